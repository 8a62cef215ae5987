// Hosts that want a code after the key (AuthenticationMethods publickey,keyboard-interactive), with real sshd, PAM and a real terminal.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { whyNoTerminal } from '../ui/support/terminal.ts'
import { type Answered, answerInTerminal } from './support/in-terminal.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const CODE = '271 828'
/** How a question ends on the screen: pam_exec(8) asks for a password. */
const ASKED = ' asks: Password: '
const RIGHT: Answered = [ASKED, `${CODE}\r`]
const WRONG: Answered = [ASKED, '1\r']
/** ssh says as whom. */
const BY_SSH = ') Password: '
const RIGHT_BY_SSH: Answered = [BY_SSH, `${CODE}\r`]
const WRONG_BY_SSH: Answered = [BY_SSH, '1\r']
const HOSTS = ['web1', 'web2', 'web3']

/** The host's own: sshd asks PAM, and PAM a program that knows the code. */
const ASK_FOR_CODE = `cat >/usr/local/sbin/check-code <<'END'
#!/bin/sh
test "$(tr -d '\\0')" = '${CODE}'
END
chmod 755 /usr/local/sbin/check-code
printf '%s\\n' 'auth required pam_exec.so expose_authtok quiet /usr/local/sbin/check-code' 'auth required pam_permit.so' 'account required pam_permit.so' 'session required pam_permit.so' >/etc/pam.d/sshd
printf '%s\\n' 'KbdInteractiveAuthentication yes' 'AuthenticationMethods publickey,keyboard-interactive' >/etc/ssh/sshd_config.d/10-code.conf
kill -HUP "$(cat /run/sshd.pid)"; until [ -s /run/sshd.pid ]; do sleep 0.05; done`

hostsSuite('hosts that want a code after the key', { hosts: HOSTS.length }, (lab) => {
  const projects: Project[] = []
  const projectOf = (hosts: readonly string[], ssh = {}) => {
    const project = new Project({ lab, hosts, ssh: { transport: 'ssh2', ...ssh }, steps: "shell('true')" })
    projects.push(project)
    return project
  }
  let one: Project
  before(async () => {
    one = projectOf(['web1'])
    await Promise.all(
      HOSTS.map(async (host) => {
        await one.install(host)
        await lab.output(host, ASK_FOR_CODE)
      }),
    )
  })
  after(() => {
    for (const project of projects) project.remove()
  })

  const inTerminal = (project: Project, words: string, answers: readonly Answered[], env = {}) =>
    answerInTerminal(
      lab,
      { command: `"${process.execPath}" "${project.program}" ${words}`, cwd: project.folder, env },
      answers,
    )
  const count = (shown: string, what: RegExp) => shown.match(what)?.length ?? 0

  test('a person deploys with the right code, which is not shown', { skip: whyNoTerminal }, async () => {
    const { status, shown } = await inTerminal(one, 'deploy', [RIGHT])
    assert.equal(status, 0, shown)
    assert.match(shown, /web1 asks: Password: /)
    assert.ok(!shown.includes(CODE), shown)
  })

  test('a wrong code is asked for again, and after three of them the login has failed', {
    skip: whyNoTerminal,
  }, async () => {
    const second = await inTerminal(one, 'status', [WRONG, RIGHT])
    assert.equal(second.status, 0, second.shown)
    const { status, shown } = await inTerminal(one, 'status', [WRONG, WRONG, WRONG])
    assert.equal(status, 69, shown)
    assert.match(
      shown.replaceAll(/\s+/g, ' '),
      /accepted the key, and asks for more \(keyboard-interactive\): it did not accept the answer/,
    )
    assert.equal(count(shown, /asks: Password/g), 3)
  })

  test('three hosts ask one after the other', { skip: whyNoTerminal }, async () => {
    const all = projectOf(HOSTS)
    const { status, shown } = await inTerminal(all, 'status', [RIGHT, RIGHT, RIGHT])
    assert.equal(status, 0, shown)
    for (const host of HOSTS)
      assert.equal(count(shown, new RegExp(`${host} asks: Password: `, 'g')), 1, shown)
    // each question was answered before the next was put
    assert.doesNotMatch(shown, /Password: .*Password: /)
  })

  test('in CI, without a terminal and with --json nobody is asked, and the error says why', async () => {
    const said = /asks for more \(keyboard-interactive\): there is no terminal to answer in/
    const piped = await one.shipit('status')
    assert.equal(piped.status, 69)
    assert.match(piped.stdout + piped.stderr, said)
    const json = await one.shipit('deploy', '--json')
    assert.equal(json.status, 69)
    assert.match(json.stdout, said)
    for (const line of json.stdout.trim().split('\n')) assert.equal(JSON.parse(line).schema, 1)
    if (whyNoTerminal) return
    const inCi = await inTerminal(one, 'status', [], { CI: 'true' })
    assert.equal(inCi.status, 69)
    assert.match(inCi.shown.replaceAll(/\s+/g, ' '), said)
  })

  test('the program ssh asks the same, once the host has taken the key', async () => {
    const bySsh = projectOf(['web1', 'web2'], { transport: 'openssh' })
    const piped = await bySsh.shipit('status')
    assert.equal(piped.status, 69)
    assert.match(
      piped.stdout + piped.stderr,
      /asks for more \(keyboard-interactive\): there is no terminal to answer in/,
    )
    if (whyNoTerminal) return
    const right = await inTerminal(bySsh, 'status', [RIGHT_BY_SSH, RIGHT_BY_SSH])
    assert.equal(right.status, 0, right.shown)
    assert.ok(!right.shown.includes(CODE), right.shown)
    for (const host of ['web1', 'web2'])
      assert.equal(count(right.shown, new RegExp(`${host} asks: .*Password: `, 'g')), 1, right.shown)

    const one = projectOf(['web1'], { transport: 'openssh' })
    const second = await inTerminal(one, 'status', [WRONG_BY_SSH, RIGHT_BY_SSH])
    assert.equal(second.status, 0, second.shown)
    const wrong = await inTerminal(one, 'status', [WRONG_BY_SSH, WRONG_BY_SSH, WRONG_BY_SSH])
    assert.equal(wrong.status, 69, wrong.shown)
    assert.match(wrong.shown.replaceAll(/\s+/g, ' '), /it did not accept the answer/)
    const nobody = await inTerminal(one, 'status', [[BY_SSH, '\u0004']])
    assert.equal(nobody.status, 69, nobody.shown)
    assert.match(nobody.shown.replaceAll(/\s+/g, ' '), /asks for more .*: nobody answered/)
    // a password in place of a key is none
    const stranger = projectOf(['web1'], { transport: 'openssh', identityFile: lab.key('bob') })
    const refused = await inTerminal(stranger, 'status', [])
    assert.equal(refused.status, 69, refused.shown)
    assert.equal(count(refused.shown, /asks: /g), 0, refused.shown)
  })

  test('a jump host asks once for all hosts behind it', { skip: whyNoTerminal }, async () => {
    for (const host of ['web2', 'web3'])
      await lab.output(host, 'rm /etc/ssh/sshd_config.d/10-code.conf; kill -HUP "$(cat /run/sshd.pid)"')
    for (const [transport, answer] of [
      ['ssh2', RIGHT],
      ['openssh', RIGHT_BY_SSH],
    ] as const) {
      const behind = projectOf(['web2', 'web3'], { proxyJump: 'alice@web1', transport })
      const { status, shown } = await inTerminal(behind, 'status', [answer])
      assert.equal(status, 0, shown)
      assert.equal(count(shown, /web1 asks: .*Password: /g), 1, shown)
    }
  })
})
