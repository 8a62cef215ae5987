// Names of groups and accounts may have a dot, and those of a directory a backslash: each is compared as it stands, never as a pattern.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { Folder, remote } from '../../recipe/support/run-shell.ts'
import { SHELLS, whyNotShell } from '../support/rendered-host.ts'

const PARTS = ['base', 'accounts/accounts', 'sshd/sshd', 'sshd/forced', 'sshd/access', 'sshd/sshd-proof']

/** What these words print, after the parts of the install script. The host has no getent. */
function ask(shell: readonly string[], folder: Folder, words: string): string {
  const script = folder.write(
    'script',
    `set -fu
APP=x TASK=install
${PARTS.map((part) => remote[`install/${part}`]).join('\n')}
STAGE=${folder.path}/stage APPS=${folder.path}/apps
getent() { return 1; }
is_ours() { return 1; }
say() { printf '%s\\n' "$1"; }
${words}
`,
  )
  const [program = '', ...first] = shell
  const { status, stdout, stderr } = spawnSync(program, [...first, script], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''], stdout)
  return stdout
}

for (const [name, shell] of Object.entries(SHELLS)) {
  describe(`names under ${name}`, { skip: whyNotShell(name) }, () => {
    test('people of another group are not walled in with those of one that has a dot', () => {
      using folder = new Folder()
      folder.write('stage/grants', 'person anna dep.loy\nperson bob depXloy\n')
      assert.equal(ask(shell, folder, "forced='dep.loy'; forced_members"), 'anna ')
    })

    test("the lines for sshd that a person with a dot gets are not those of another one's", () => {
      using folder = new Folder()
      folder.write(
        'stage/sshd-lines',
        '\nMatch User a.b\n    AuthorizedKeysFile one\n\nMatch User aXb\n    AuthorizedKeysFile other\n\nMatch all\n',
      )
      assert.deepEqual(ask(shell, folder, "show_block 'Match User a.b' 2>&1").split('\n').slice(1), [
        'Match User a.b',
        '    AuthorizedKeysFile one',
        '',
      ])
    })

    test('what sshd says of an account of a directory is found by its name', () => {
      using folder = new Folder()
      folder.write('stage/own/CORP\\anna,1', 'permituserenvironment no\n')
      folder.write('stage/own/CORPanna,1', 'permituserenvironment yes\n')
      assert.equal(ask(shell, folder, "own_values permituserenvironment 'CORP\\anna'"), 'no\n')
    })

    test('a file of keys is not taken for one that shipit made because that of a longer name is', () => {
      using folder = new Folder()
      folder.write('keys/anna', 'of root\n')
      const access = folder.write('access', `# shipit\nsum 0644 root:root ${folder.path}/keys/anna.b\n`)
      const check = remote['install/sshd/access']?.replaceAll('/etc/shipit/access', access)
      const told = (person: string) =>
        ask(
          shell,
          folder,
          `${check}\nPEOPLE_KEYS=${folder.path}/keys people='${person}'; (check_access) 2>&1 || :`,
        )
      assert.match(told('anna'), /keys\/anna exists, and shipit did not make it/)
      folder.write('keys/anna.b', '')
      assert.equal(told('anna.b'), '')
    })

    test('where only /etc/shadow says it, the password of another account is not asked', () => {
      using folder = new Folder()
      const shadow = folder.write('shadow', 'aXb:$6$hash:1::::::\na.b:!:2::::::\n')
      const parts = remote['install/accounts/accounts']?.replaceAll('/etc/shadow', shadow)
      assert.equal(ask(shell, folder, `${parts}\nshadow_of a.b`), 'a.b:!:2::::::\n')
    })

    test('of accounts that no directory has, doctor tells the one of that name', () => {
      using folder = new Folder()
      const passwd = folder.write(
        'passwd',
        'aXb:x:1:1::/home/other:/bin/sh\na.b:x:2:2::/home/own:/bin/sh\nCORP\\b:x:3:3::/home/corp:/bin/sh\n',
      )
      const parts = remote['runner/doctor']?.replaceAll('/etc/passwd', passwd)
      const words = `${parts}\nentry_of a.b; entry_of 'CORP\\b'`
      assert.equal(
        ask(shell, folder, `ALNUM=''\n${words}`),
        'a.b:x:2:2::/home/own:/bin/sh\nCORP\\b:x:3:3::/home/corp:/bin/sh\n',
      )
    })
  })
}
