// Deploys by all that ssh_config can ask for to get in, each by the transport that it needs, on a real host. Certificates, jump hosts and
// commands on the way are in ssh-config.test.ts.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startAgent } from '../ssh/support/agent.ts'
import { whyNoTerminal } from '../ui/support/terminal.ts'
import { answerInTerminal } from './support/in-terminal.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const BY_SSH2 = 'ssh2, in this process'
const LINES = '/etc/ssh/sshd_config.d/10-ways.conf'

hostsSuite('a deploy', { hosts: 1 }, (lab) => {
  let project: Project
  let home: string
  const at = (name: string) => join(home, name)
  before(async () => {
    project = new Project({ lab, hosts: ['live'], steps: "shell('true')" })
    const file = join(project.folder, 'deploy.config.ts')
    // ssh_config says all there is to say
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(/production: \{ .* \}(?=,\n)/, "production: { hosts: ['live'] }"),
    )
    await project.install('web1')
    home = mkdtempSync(join(tmpdir(), 'shipit-home-'))
    mkdirSync(at('.ssh'), { mode: 0o700 })
  })
  after(() => {
    project.remove()
    rmSync(home, { recursive: true })
  })

  const keygen = (...words: string[]) => execFileSync('ssh-keygen', ['-q', ...words], { stdio: 'pipe' })
  /** What alice's ssh_config says of the host; these lines come first, so they win. */
  function writeConfig(...lines: string[]): void {
    const usual = ['HostName web1', 'User alice', `UserKnownHostsFile ${lab.knownHosts}`]
    writeFileSync(
      at('.ssh/config'),
      `Host live\n${[...lines, ...usual].map((line) => `  ${line}\n`).join('')}`,
    )
  }
  const env = () => ({ HOME: home, SSH_AUTH_SOCK: '' })
  /** Deploys. @returns what spoke SSH */
  async function deploy(more: Record<string, string> = {}): Promise<string | undefined> {
    const { status, stdout, stderr } = await lab.ctl(
      [process.execPath, project.program, 'deploy', 'production', '--verbose'],
      { cwd: project.folder, env: { ...env(), ...more } },
    )
    assert.equal(status, 0, stdout + stderr)
    return /^\[live\] connected, by (.*)$/m.exec(stdout)?.[1]
  }
  /** sshd with other lines, which come before its own. */
  const sshdHas = (lines: string) =>
    lab.output(
      'web1',
      `printf '${lines}' >${LINES}; kill -HUP "$(cat /run/sshd.pid)"; sleep 0.1; until [ -s /run/sshd.pid ]; do sleep 0.05; done`,
    )

  test('by an encrypted key, whose passphrase is asked for once', { skip: whyNoTerminal }, async () => {
    copyFileSync(lab.key('alice'), at('encrypted'))
    keygen('-p', '-P', '', '-N', 'open sesame', '-f', at('encrypted'))
    writeConfig(`IdentityFile ${at('encrypted')}`)
    const { status, shown } = await answerInTerminal(
      lab,
      {
        command: `"${process.execPath}" "${project.program}" deploy production`,
        cwd: project.folder,
        env: env(),
      },
      [[`passphrase of ${at('encrypted')}: `, 'open sesame\r']],
    )
    assert.equal(status, 0, shown)
    assert.ok(!shown.includes('open sesame'), shown)
  })

  test('by an agent of ten keys, of which ssh_config names one', async () => {
    const agent = await startAgent(at('agent'))
    try {
      for (let i = 0; i < 9; i++) {
        keygen('-t', 'ed25519', '-N', '', '-f', at(`other${i}`))
        agent.add(at(`other${i}`))
      }
      agent.add(lab.key('alice'))
      writeConfig(`IdentityFile ${lab.key('alice')}.pub`)
      assert.equal(await deploy({ SSH_AUTH_SOCK: agent.socket }), BY_SSH2)
    } finally {
      await agent.stop()
    }
  })

  test('to another port, its key known by a HostKeyAlias alone', async () => {
    await sshdHas('Port 2200\\n')
    const line = readFileSync(lab.knownHosts, 'utf8')
      .split('\n')
      .find((each) => each.startsWith('web1'))
    writeFileSync(at('aliased'), `${line?.replace(/^\S+/, 'the-shop')}\n`)
    const lines = ['Port 2200', 'HostKeyAlias the-shop', `UserKnownHostsFile ${at('aliased')}`]
    writeConfig(...lines, `IdentityFile ${lab.key('alice')}`)
    assert.equal(await deploy(), BY_SSH2)
  })

  test('to a host that allows only key exchange that quantum computers do not break', async () => {
    await sshdHas('KexAlgorithms sntrup761x25519-sha512@openssh.com\\n')
    writeConfig(`IdentityFile ${lab.key('alice')}`)
    assert.equal(await deploy(), 'the program ssh (the host allows no key exchange that ssh2 has)')
  })

  test('to a host that allows only ed25519', async () => {
    await sshdHas('HostKeyAlgorithms ssh-ed25519\\nPubkeyAcceptedAlgorithms ssh-ed25519\\n')
    assert.equal(await deploy(), BY_SSH2)
  })

  test('to a host that allows only RSA keys with SHA-2, whichever', async () => {
    keygen('-t', 'rsa', '-b', '2048', '-N', '', '-f', at('rsa'))
    await lab.output('web1', 'cat >>/home/alice/.ssh/authorized_keys', {
      input: readFileSync(at('rsa.pub'), 'utf8'),
    })
    writeConfig(`IdentityFile ${at('rsa')}`)
    for (const hash of ['512', '256']) {
      await sshdHas(`PubkeyAcceptedAlgorithms rsa-sha2-${hash}\\n`)
      assert.equal(await deploy(), BY_SSH2)
    }
  })
})
