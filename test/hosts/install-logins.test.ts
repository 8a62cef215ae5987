// What keeps a person from logging in to deploy, though the install did all that it was to do: named by the install and by --check.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { InstalledHost, installScript, publicKey, someConfig } from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'

const sshd = (lines: string) => `printf '${lines}\\n' >/etc/ssh/sshd_config.d/00-site.conf`
const NO_SITE = 'rm /etc/ssh/sshd_config.d/00-site.conf'

hostsSuite('logins of those who may deploy', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  let script: string
  before(async () => {
    // alice is in the config, bob is in the group alone
    script = installScript(someConfig({ people: { alice: [publicKey(lab, 'alice')] } }))
    await host.does(script)
  })

  for (const [what, breaks, mends, alice, bob] of [
    [
      'other accounts or groups',
      sshd('AllowUsers root bob@*\\nMatch User bob\\n AllowGroups wheel'),
      NO_SITE,
      'sshd lets others in (AllowUsers root bob@* )',
      'sshd lets other groups in (AllowGroups wheel )',
    ],
    [
      'more than a key, or files',
      sshd(
        'Match User alice\\n AuthenticationMethods publickey,password\\nMatch User bob\\n ForceCommand internal-sftp',
      ),
      NO_SITE,
      'sshd requires more than a key (AuthenticationMethods publickey,password)',
      'sshd runs something else in place of the gate (ForceCommand internal-sftp)',
    ],
    [
      'accounts with a password and a shell',
      'chage -d 0 alice; usermod -s /bin/gone bob',
      'chage -d 20000 alice; usermod -s /bin/bash bob',
      'its password has expired',
      'its shell /bin/gone does not exist',
    ],
  ] as const) {
    test(`where the host wants ${what}`, async () => {
      await host.sh(breaks)
      const checked = await host.run(script, '--check')
      await host.sh(mends)
      assert.equal(checked.status, 1, checked.stdout + checked.stderr)
      assert.ok(checked.stdout.includes(`check: login of 'alice': ${alice}`), checked.stdout)
      assert.ok(checked.stdout.includes(`check: 'bob' may deploy, but cannot log in: ${bob}`), checked.stdout)
      assert.match(checked.stderr, /1 differ/)
    })
  }

  test('and no more is said than that, once it does', async () => {
    assert.equal(await host.does(script, '--check'), 'check: nothing differs\n')
    await host.sh(sshd('AllowUsers root admin alice@10.0.0.0/8 bob@*'))
    assert.equal(await host.does(script, '--check'), 'check: nothing differs\n')
    await host.sh(NO_SITE)
  })

  test('the install ends with 1, and keeps what it installed', async () => {
    await host.sh(sshd('DenyGroups deployers'))
    const installed = await host.run(script)
    assert.equal(installed.status, 1)
    assert.match(
      installed.stdout,
      /install: login of 'alice': sshd turns its group away \(DenyGroups deployers \)/,
    )
    assert.match(installed.stderr, /install: installed, but not in force/)
    assert.equal(await host.sh('ls /etc/sudoers.d/shipit-codebase'), '/etc/sudoers.d/shipit-codebase')
  })
})
