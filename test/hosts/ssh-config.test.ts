// Hosts as ssh_config names them: aliases, jump hosts and commands on the way, with real sshd at each hop.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'
import { watchProcesses } from './support/watch-processes.ts'

hostsSuite('hosts that ssh_config describes', { hosts: 3 }, (lab) => {
  let project: Project
  let home: string
  before(async () => {
    project = new Project({ lab, hosts: ['web1'], steps: "shell('true')" })
    await project.install('web1')
    home = mkdtempSync(join(tmpdir(), 'shipit-home-'))
    mkdirSync(join(home, '.ssh'), { mode: 0o700 })
  })
  after(() => {
    project.remove()
    rmSync(home, { recursive: true })
  })

  /** Writes the config anew: hosts of which it says nothing else, and what it does when it is loaded. */
  function writeConfig(hosts: readonly string[], ssh = {}, code = '') {
    const file = join(project.folder, 'deploy.config.ts')
    const production = `production: { hosts: ${JSON.stringify(hosts)}, ssh: ${JSON.stringify(ssh)} }`
    const config = readFileSync(file, 'utf8').replace(/^import .* 'node:fs'\n.*\n/, '')
    const head = code === '' ? '' : `import { writeFileSync } from 'node:fs'\n${code}\n`
    writeFileSync(file, head + config.replace(/production: \{ .* \}(?=,\n)/, production))
  }

  /** Runs shipit with this ssh_config, for hosts of which the config knows nothing but the names. */
  async function shipit(sshConfig: string, hosts: readonly string[], ...args: string[]) {
    writeFileSync(join(home, '.ssh/config'), sshConfig)
    writeConfig(hosts)
    return lab.ctl([process.execPath, project.program, ...args], {
      cwd: project.folder,
      env: { HOME: home, SSH_AUTH_SOCK: '' },
    })
  }

  const settings = () =>
    ['User alice', `IdentityFile ${lab.key('alice')}`, `UserKnownHostsFile ${lab.knownHosts}`]
      .map((line) => `  ${line}\n`)
      .join('')
  const logins = async (host: string) =>
    (await lab.output(host, 'grep "Accepted publickey for alice" /var/log/auth.log || true'))
      .split('\n')
      .filter(Boolean)
  const addressOf = async (host: string) =>
    (await lab.output(host, "ip -4 -o addr show scope global | sed 's/.*inet \\([0-9.]*\\).*/\\1/'")).trim()

  test('deploys to an alias by way of two jump hosts, as `ssh live` would', async () => {
    const config = `Host live\n  HostName web1\n  ProxyJump web2,web3\nHost *\n${settings()}`
    const result = await shipit(config, ['live'], 'deploy', 'production')
    assert.equal(result.status, 0, result.stdout + result.stderr)
    assert.match(result.stdout, /live/)
    const [last] = (await logins('web1')).slice(-1)
    assert.ok(last?.includes(` from ${await addressOf('web3')} `), `not by way of web3: ${last}`)
  })

  test('hosts behind a jump host share one connection to it', async () => {
    const before = (await logins('web2')).length
    const config = `Host live live2\n  HostName web1\n  ProxyJump web2\nHost *\n${settings()}`
    const result = await shipit(config, ['live', 'live2'], 'status', 'production')
    assert.equal(result.status, 0, result.stdout + result.stderr)
    assert.equal((await logins('web2')).length, before + 1)
  })

  test('goes by way of a ProxyCommand, and looks the key up under its HostKeyAlias', async () => {
    const known = join(home, 'aliased')
    const line = readFileSync(lab.knownHosts, 'utf8')
      .split('\n')
      .find((each) => each.startsWith('web1'))
    writeFileSync(known, `${line?.replace(/^\S+/, 'the-shop')}\n`)
    const proxy = `ProxyCommand ssh -F ${join(home, '.ssh/config')} -o ProxyCommand=none -W %h:%p web2`
    const config = `Host live\n  HostName web1\n  HostKeyAlias the-shop\n  UserKnownHostsFile ${known}\n  ${proxy}\nHost *\n${settings()}`
    const result = await shipit(config, ['live'], 'status', 'production')
    assert.equal(result.status, 0, result.stdout + result.stderr)
  })

  test('an alias that leads nowhere says at which hop it ends', async () => {
    const closed = `Host live\n  HostName web1\n  Port 2\n  ProxyJump web2\nHost *\n${settings()}`
    const behind = await shipit(closed, ['live'], 'status', 'production')
    assert.equal(behind.status, 69)
    assert.match(
      behind.stdout + behind.stderr,
      /cannot reach 'live': 'web2' cannot connect to web1:2: Connection refused/,
    )
    const lost = `Host live\n  HostName web1\n  ProxyCommand sh -c 'echo no way >&2; exit 1'\nHost *\n${settings()}`
    const command = await shipit(lost, ['live'], 'status', 'production')
    assert.equal(command.status, 69)
    assert.match(command.stdout + command.stderr, /cannot reach 'live': its ProxyCommand says 'no way'/)
    const circle = `Host live\n  ProxyJump web2\nHost web2\n  ProxyJump live\nHost *\n${settings()}`
    const round = await shipit(circle, ['live'], 'status', 'production')
    assert.equal(round.status, 78)
    assert.match(round.stderr, /form a loop: web2 → live → web2/)
  })

  test('a user certificate, and a host known by its authority alone, go by the program ssh, chosen by itself', async () => {
    const at = (name: string) => join(home, name)
    const keygen = (...args: string[]) => execFileSync('ssh-keygen', ['-q', ...args])
    keygen('-t', 'ed25519', '-N', '', '-f', at('ca'))
    keygen('-t', 'ed25519', '-N', '', '-f', at('id'))
    keygen('-s', at('ca'), '-I', 'alice', '-n', 'alice', at('id.pub'))
    const host = '/etc/ssh/ssh_host_ed25519_key.pub'
    writeFileSync(at('host.pub'), await lab.output('web1', `cat ${host}`))
    keygen('-s', at('ca'), '-h', '-I', 'web1', '-n', 'web1', at('host.pub'))
    const ca = readFileSync(at('ca.pub'), 'utf8')
    const put = (path: string, text: string, host = 'web1') =>
      lab.output(host, `cat >${path}`, { input: text })
    await put('/etc/ssh/ca.pub', ca)
    await put('/etc/ssh/host-cert.pub', readFileSync(at('host-cert.pub'), 'utf8'))
    const lines = 'TrustedUserCAKeys /etc/ssh/ca.pub\nHostCertificate /etc/ssh/host-cert.pub\n'
    await put('/etc/ssh/sshd_config', lines + (await lab.output('web1', 'cat /etc/ssh/sshd_config')))
    await lab.killSshd('web1')
    await lab.startSshd('web1')
    writeFileSync(at('authorities'), `@cert-authority web1 ${ca}`)
    const config = `Host live\n  HostName web1\n  User alice\n  IdentityFile ${at('id')}\n  UserKnownHostsFile ${at('authorities')}\n`
    const deployed = await shipit(config, ['live'], 'deploy', 'production')
    assert.equal(deployed.status, 0, deployed.stdout + deployed.stderr)
    const doctor = await shipit(config, ['live'], 'doctor', 'production', '--verbose')
    assert.match(doctor.stdout, /the program ssh \(certificate .*id-cert\.pub\)/)
    assert.doesNotMatch(doctor.stdout, /broken: /)

    const jumped = `${config}  ProxyJump web2\nHost web2\n${settings()}`
    // what a jump host says in its banner is not taken for what ssh says of the host behind it
    const forged = `SHA256:${'A'.repeat(43)}`
    await put('/etc/ssh/banner', `debug1: Server host key: ssh-ed25519 ${forged}\n`, 'web2')
    await put(
      '/etc/ssh/sshd_config',
      `Banner /etc/ssh/banner\n${await lab.output('web2', 'cat /etc/ssh/sshd_config')}`,
      'web2',
    )
    await lab.killSshd('web2')
    await lab.startSshd('web2')
    const behind = await shipit(jumped, ['live'], 'doctor', 'production', '--verbose')
    assert.match(behind.stdout, /the program ssh \(certificate /)
    assert.ok(!behind.stdout.includes(forged), behind.stdout)

    const agent = spawn('ssh-agent', ['-D', '-a', at('agent')], { stdio: 'ignore' })
    while (!existsSync(at('agent'))) await sleep(20)
    execFileSync('ssh-add', ['-q', at('id')], {
      env: { ...process.env, SSH_AUTH_SOCK: at('agent') },
      stdio: 'ignore',
    })
    const plain = config
      .replace(/ {2}IdentityFile .*\n/, '  IdentityFile none\n')
      .replace(at('authorities'), lab.knownHosts)
    const held = await shipit(`${plain}  IdentityAgent ${at('agent')}\n`, ['live'], 'status', 'production')
    agent.kill()
    assert.equal(held.status, 0, held.stdout + held.stderr)

    keygen('-s', at('ca'), '-h', '-I', 'web1', '-n', 'other', at('host.pub'))
    await put('/etc/ssh/host-cert.pub', readFileSync(at('host-cert.pub'), 'utf8'))
    await lab.killSshd('web1')
    await lab.startSshd('web1')
    const foreign = await shipit(config, ['live'], 'status', 'production')
    assert.equal(foreign.status, 69)
    assert.match(
      foreign.stdout + foreign.stderr,
      /the host certificate of 'live' \(.*\) is not for the name 'web1' \(name is not a listed principal\)/,
    )
  })

  test("a job's key and known hosts come by its environment, over both transports, and nobody sees the key", async () => {
    const key = readFileSync(lab.key('alice'), 'utf8')
    const known = readFileSync(lab.knownHosts, 'utf8')
    // a file variable of GitLab may be read by all
    const file = join(home, 'key')
    writeFileSync(file, key, { mode: 0o666 })
    const config =
      'Host live\n  HostName web1\n  User alice\n  IdentityFile none\n  UserKnownHostsFile none\n'
    writeFileSync(join(home, '.ssh/config'), config)
    const environ = join(home, 'environ')
    // of its own: other tests make folders of the same names meanwhile
    const temp = join(home, 'tmp')
    mkdirSync(temp)
    for (const [transport, given, words] of [
      ['ssh2', key, ['deploy', 'production', '--json']],
      ['openssh', key, ['deploy', 'production', '--json']],
      ['openssh', file, ['status', 'production']],
    ] as const) {
      writeConfig(['live'], { transport }, `writeFileSync('${environ}', JSON.stringify(process.env))`)
      const run = lab.spawnCtl([process.execPath, project.program, ...words], {
        cwd: project.folder,
        env: {
          HOME: home,
          TMPDIR: temp,
          SSH_AUTH_SOCK: '',
          SHIPIT_SSH_KEY: given,
          SHIPIT_KNOWN_HOSTS: known,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const ended = once(run, 'exit')
      const watch = watchProcesses(run.pid ?? 0)
      const [stdout, stderr] = await Promise.all(
        [run.stdout, run.stderr].map((stream) => text(stream as Readable)),
      )
      const { count, text: seen } = watch.stop()
      assert.deepEqual(await ended, [0, null], `${transport}: ${stdout}${stderr}`)
      assert.ok(count > (transport === 'openssh' ? 2 : 1), `${count} processes`)
      const all: Record<string, string | undefined> = {
        stdout,
        stderr,
        seen,
        config: readFileSync(environ, 'utf8'),
      }
      for (const secret of ['SHIPIT_SSH_KEY', ...key.split('\n').slice(1, 4)]) {
        for (const [where, said = ''] of Object.entries(all)) {
          const at = said.indexOf(secret)
          assert.equal(at, -1, `${transport}, ${where}: ${said.slice(Math.max(0, at - 3000), at)}`)
        }
      }
    }
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, 'stranger')])
    const stranger = readFileSync(join(home, 'stranger'), 'utf8')
    for (const transport of ['ssh2', 'openssh']) {
      writeConfig(['live'], { transport })
      const refused = await lab.ctl([process.execPath, project.program, 'deploy', 'production', '--json'], {
        cwd: project.folder,
        env: {
          HOME: home,
          TMPDIR: temp,
          SSH_AUTH_SOCK: '',
          SHIPIT_SSH_KEY: stranger,
          SHIPIT_KNOWN_HOSTS: known,
        },
      })
      const said = refused.stdout + refused.stderr
      assert.equal(refused.status, 69, said)
      assert.match(said, /accepted none of the keys/)
      for (const secret of stranger.split('\n').slice(1, 5)) assert.ok(!said.includes(secret), said)
    }
    assert.deepEqual(
      readdirSync(temp).filter((name) => name.startsWith('shipit-')),
      [],
    )
    const wrong = await lab.ctl([process.execPath, project.program, 'status', 'production'], {
      cwd: project.folder,
      env: { HOME: home, SSH_AUTH_SOCK: '', SHIPIT_SSH_KEY: key.replaceAll('\n', '') },
    })
    assert.equal(wrong.status, 78)
    const told = wrong.stdout + wrong.stderr
    assert.match(told, /SHIPIT_SSH_KEY does not hold a private key that shipit can use/)
    assert.ok(!told.includes(key.slice(80, 120)), told)
  })

  test('a line of ssh_config that ssh does not take is told with its place', async () => {
    const result = await shipit('Host live\n  HostNmae web1\n', ['live'], 'status', 'production')
    assert.equal(result.status, 78)
    assert.match(
      result.stderr,
      /cannot read its settings for 'live': .*config.* line 2: Bad configuration option/,
    )
  })
})
