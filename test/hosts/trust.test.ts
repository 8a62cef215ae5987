// A person looks at the keys of hosts and trusts them: `shipit trust`, with real sshd and a real terminal. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { whyNoTerminal } from '../ui/support/terminal.ts'
import { type Answered, answerInTerminal } from './support/in-terminal.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const ASKED = 'gave you? [y/N, or paste theirs] '

hostsSuite('trust', { hosts: 2 }, (lab) => {
  let project: Project
  let folder: string
  let known: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'shipit-trust-'))
    known = join(folder, 'ssh/known_hosts')
    project = new Project({
      lab,
      hosts: ['web1'],
      steps: "shell('true')",
      knownHosts: known,
      ssh: { proxyJump: 'alice@web2' },
    })
  })
  after(() => {
    project.remove()
    rmSync(folder, { recursive: true })
  })

  const inTerminal = (words: string, answers: readonly Answered[], env = {}) =>
    answerInTerminal(
      lab,
      { command: `"${process.execPath}" "${project.program}" ${words}`, cwd: project.folder, env },
      answers,
    )
  const fingerprintOf = async (host: string) =>
    (await lab.output(host, 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).split(' ')[1] ?? '?'

  test('shows a fingerprint and asks nobody in CI or without a terminal', async () => {
    const result = await project.shipit('trust', 'web1')
    assert.equal(result.status, 69)
    const fingerprint = await fingerprintOf('web2')
    assert.match(
      result.stderr,
      /the host key of 'web2' \(.*:22\) is unknown: .*; without a terminal nobody can be asked/,
    )
    assert.ok(result.stderr.includes(fingerprint), result.stderr)
    const inCi = await inTerminal('trust web2 --json', [], { CI: '1' })
    assert.equal(inCi.status, 69, inCi.shown)
    const { state, host, publicKey, name, error } = JSON.parse(inCi.shown)
    assert.deepEqual([state, host, name, error.exitCode], ['not-asked', 'web2', 'web2', 69])
    assert.match(error.message, /in CI nobody can be asked/)
    assert.match(publicKey, /^ssh-ed25519 AAAA/)
    const unknown = await project.shipit('trust', 'web3')
    assert.equal(unknown.status, 2)
    assert.match(unknown.stderr, /. It has: web1, web2\.\n {2}. See how each is reached:\n +shipit hosts\n/)
  })

  test('asks hop by hop, takes a pasted fingerprint, and writes known_hosts as ssh does', {
    skip: whyNoTerminal,
  }, async () => {
    const no = await inTerminal('trust web1', [[ASKED, 'n\r']])
    assert.equal(no.status, 69, no.shown)
    assert.match(
      no.shown,
      /web2, on the way to web1\n {2}address .*\n[\s\S]*was not trusted, and nothing was written/,
    )
    const wrong = await inTerminal('trust web1', [[ASKED, `${await fingerprintOf('web1')}\r`]])
    assert.equal(wrong.status, 69, wrong.shown)
    const yes = await inTerminal('trust web1', [
      [ASKED, `${await fingerprintOf('web2')}\r`],
      [ASKED, 'y\r'],
    ])
    assert.equal(yes.status, 0, yes.shown)
    assert.match(yes.shown, /web2, on the way to web1: ssh-ed25519 \S+ was added to '.*known_hosts' line 1/)
    assert.match(yes.shown, /web1: ssh-ed25519 \S+ was added to '.*known_hosts' line 2/)
    assert.match(readFileSync(known, 'utf8'), /^web2 ssh-ed25519 \S+\nweb1 ssh-ed25519 \S+\n$/)
    // ssh itself takes the lines, and whoever is known is not asked about again
    const options = ['-F', 'none', '-o', `UserKnownHostsFile=${known}`, '-o', 'StrictHostKeyChecking=yes']
    const login = await lab.ctl(['ssh', ...options, '-i', lab.key('alice'), 'alice@web1', 'id -un'])
    assert.equal(login.stdout, 'alice\n', login.stderr)
    const again = await project.shipit('trust', 'web1', '--json')
    assert.deepEqual(
      again.stdout.split('\n').flatMap((line) => (line ? [JSON.parse(line).state] : [])),
      ['known', 'known'],
    )
  })

  test('replaces no key that has changed or is revoked', { skip: whyNoTerminal }, async () => {
    const right = readFileSync(known, 'utf8')
    const other = readFileSync(`${lab.key('bob')}.pub`, 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ')
    for (const [text, says] of [
      [right.replace(/^web1 .*/m, `web1 ${other}`), /has changed[\s\S]*ssh-keygen -R web1 -f /],
      [`${right}@revoked ${/^web1.*/m.exec(right)?.[0]}\n`, /is revoked by '.*' line 3/],
    ] as const) {
      writeFileSync(known, text)
      const result = await inTerminal('trust web1', [])
      assert.equal(result.status, 69, result.shown)
      assert.match(result.shown, says)
      assert.equal(readFileSync(known, 'utf8'), text)
    }
  })
})
