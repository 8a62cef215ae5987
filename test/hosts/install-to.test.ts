// `install --to` and `uninstall --to`: a person with sudo runs the script by the system's own ssh. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { MARKED } from '../attacks/support/hostile-host-bytes.ts'
import { bin } from '../run-node.ts'
import { whyNoTerminal } from '../ui/support/terminal.ts'
import { InstalledHost } from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

hostsSuite('a script that is run by ssh and sudo', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  let project: Project
  const env = () => ({ PATH: `${project.folder}:${process.env.PATH}` })
  const shipit = (...words: string[]) =>
    lab.ctl([process.execPath, bin, ...words], { cwd: project.folder, env: env() })

  before(async () => {
    project = new Project({ lab, hosts: ['web1'] })
    const ssh = join(project.folder, 'ssh')
    writeFileSync(ssh, `#!/bin/sh\nexec /usr/bin/ssh -F ${lab.sshConfig} "$@"\n`)
    chmodSync(ssh, 0o755)
    await lab.scenario('web1')
  })
  after(() => project.remove())

  test('--to has a person with sudo run it over ssh, passes the exit code on, and leaves no copy', async () => {
    const asked = await shipit('install', 'production', '--to', 'admin@web1')
    assert.equal(asked.status, 2)
    assert.match(asked.stderr, /nobody can be asked for confirmation/)
    const words = [process.execPath, bin, 'install', 'production', '--to', 'admin@web1', '--yes']
    const script = '"$@" && cat'
    const options = { cwd: project.folder, env: env(), input: 'not for ssh\n' }
    const done = await lab.ctl(['sh', '-c', script, 'sh', ...words], options)
    assert.equal(done.status, 0, done.stderr)
    assert.match(
      done.stderr,
      /Rights that root gives the app 'codebase' on web1:[\s\S]*== admin@web1[\s\S]*Look at it:\n {4}shipit doctor production\n/,
    )
    assert.match(done.stdout, /^\[admin@web1\] \| install: done\nnot for ssh\n$/m)
    assert.equal(await host.sh('ls /tmp'), '')
    assert.notEqual((await shipit('install', 'production', '--to', 'alice@web1', '--yes')).status, 0)
    assert.equal((await shipit('install', 'production', '--to', '-oProxyCommand=x', '--yes')).status, 2)
    // all hosts of the environment, without naming each
    const gone = await shipit('uninstall', 'production', '--purge', '--as', 'admin', '--yes')
    assert.equal(gone.status, 0, gone.stderr)
    assert.match(gone.stdout, /^\[admin@web1\] \| uninstall: done\n$/m)
    assert.equal(await host.sh('ls /tmp; ls -d /var/lib/shipit 2>/dev/null || true'), '')
  })

  test('in a terminal sudo asks for a password, the script asks, and no escape sequence of the host gets through', {
    skip: whyNoTerminal,
  }, async () => {
    await host.sh('echo admin:secret | chpasswd; echo "admin ALL=(ALL:ALL) ALL" >/etc/sudoers.d/admin')
    const hostile = MARKED.replaceAll(/[\0\n]/g, '')
    await lab.output('web1', 'cat >.hostile; echo "cat ~/.hostile; echo" >.bashrc', {
      input: hostile,
      user: 'admin',
    })
    const command = `"${process.execPath}" "${bin}" install production --to admin@web1`
    const run = lab.spawnCtl(['script', '-qefc', command, '/dev/null'], {
      cwd: project.folder,
      env: { ...env(), SHELL: '/bin/sh', CI: undefined, NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const answers: [question: string, answer: string][] = [
      ['password for admin: ', 'secret\n'],
      ['[y/N] ', 'y\n'],
    ]
    let shown = ''
    run.stdout?.on('data', (bytes: Buffer) => {
      shown += bytes.toString()
      const [next] = answers
      if (!next || !shown.endsWith(next[0])) return
      answers.shift()
      run.stdin?.write(next[1])
    })
    assert.deepEqual(await once(run, 'close'), [0, null], shown)
    // the last lines may come when the terminal adds returns of its own again
    const text = shown.replaceAll(/\r+\n/g, '\n')
    assert.match(
      text,
      / {2}\+ deploybot as root: .*[\s\S]*install: \+ account deploybot[\s\S]*install: make these changes\? \[y\/N\] y\n[\s\S]*\ninstall: done\n/,
    )
    assert.match(text, /EVIL/)
    assert.doesNotMatch(text, /secret|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/)
  })

  for (const [what, login] of [
    ['reads all of standard input', 'cat >/dev/null'],
    ['takes lines of it', 'for i in $(seq 20); do read -r x; done'],
  ] as const) {
    test(`root runs nothing when a login file ${what}`, async () => {
      await host.sh('echo "admin ALL=(ALL:ALL) NOPASSWD: ALL" >/etc/sudoers.d/admin')
      await lab.output('web1', 'cat >.bashrc', { input: `${login}\n`, user: 'admin' })
      const { status, stderr } = await shipit('uninstall', 'production', '--to', 'admin@web1', '--yes')
      assert.equal(status, 69, stderr)
      assert.match(stderr, /error: the copy of the script on 'admin@web1' is incomplete\n/)
      assert.equal(await host.sh('ls /tmp; ls /etc/shipit/apps'), 'codebase')
    })
  }

  test('an endless answer of a host ends with 76, and nothing is run there', async () => {
    await lab.output('web1', 'echo "yes" >.bashrc', { user: 'admin' })
    const { status, stderr } = await shipit('uninstall', 'production', '--to', 'admin@web1', '--yes')
    assert.equal(status, 76)
    assert.match(stderr, /error: 'admin@web1' sent more than 64 KiB while it received the script\n/)
    assert.match(stderr, /Nothing was run there as root/)
  })
})
