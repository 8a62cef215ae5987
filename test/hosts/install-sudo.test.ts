// What a host's own sudoers does to the lines of an app: settings that forbid what they need, and rules that come after them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isWhole, shortForm, wholeOnly } from '../support/whole.ts'
import { InstalledHost } from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

/** Settings of hardening guides, in each way in which sudoers can say for whom (sudoers(5)). */
const HARDENING = `Defaults env_reset, \\
	noexec
Defaults:deploybot noexec
Defaults>root noexec # for what runs as root
Defaults>deploybot noexec
Defaults!/usr/local/libexec/shipit/runner noexec
Defaults:%deployers noexec
Defaults runcwd=/root
`

/** One step of each kind that goes through sudo. */
const STEPS = `git(),
    command(['sh', '-c', 'mkdir out && id -un >out/who'], { name: 'pack', as: 'build', out: 'out', phase: 'prepare' }),
    rsync({ from: 'out/', to: '/var/codebase/src/', delete: true }),
    root(['/usr/bin/env', 'id'], { unsafe: 'a test' }),`

hostsSuite("the host's own sudoers", { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  let project: Project
  let script: string
  before(async () => {
    await lab.scenario('web1')
    project = new Project({ lab, hosts: ['web1'], steps: STEPS })
    script = project.installScript()
  })
  after(() => project.remove())

  test(
    'where it forbids to start programs, or wants another folder, our own lines alone are free of that',
    wholeOnly,
    async () => {
      await host.sh('echo "@include /etc/sudoers.hardening" >>/etc/sudoers')
      await lab.output('web1', ['/bin/sh', '-c', 'cat >/etc/sudoers.hardening'], { input: HARDENING })
      await host.does(script)
      assert.equal(await host.does(script, '--check'), 'check: nothing differs\n')
      const deployed = await project.shipit('deploy', 'production')
      assert.equal(deployed.status, 0, deployed.stdout + deployed.stderr)
      const doctor = await project.shipit('doctor')
      assert.doesNotMatch(doctor.stdout, /broken/)
      const written = await host.sh('cat /etc/sudoers.d/shipit-codebase')
      assert.equal(written.match(/ NOSETENV: EXEC: NOPASSWD: /g)?.length, written.match(/NOPASSWD:/g)?.length)
      await host.sh('rm /etc/sudoers.hardening; sed -i "/hardening/d" /etc/sudoers')
      await host.does(script)
      assert.doesNotMatch(await host.sh('cat /etc/sudoers.d/shipit-codebase'), / EXEC/)
    },
  )

  test('no caller sets a variable for our commands, wherever and for whom sudoers says setenv', async () => {
    const zz = `Defaults setenv
Defaults!ALL setenv
Defaults:%deployers,deploybot setenv
Defaults>deploybot,root setenv
Defaults!/usr/local/libexec/shipit/runner setenv
`
    await host.does(script)
    await lab.output('web1', ['/bin/sh', '-c', 'cat >/etc/sudoers.d/zz'], { input: zz })
    assert.equal(await host.does(script, '--check'), 'check: nothing differs\n')
    const asRoot = '/usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/bin/env id'
    for (const [user, target, command] of [
      ['alice', 'deploybot', '/usr/local/libexec/shipit/runner'],
      ['deploybot', 'root', asRoot],
      ['deploybot', 'build-codebase', '/usr/local/libexec/shipit/build codebase stop'],
    ] as const)
      for (const words of ['LD_PRELOAD=/tmp/x.so', '--preserve-env=FOO', '-E']) {
        const said = await lab.exec('web1', `FOO=x sudo -n -u ${target} ${words} ${command} </dev/null`, {
          user,
        })
        assert.match(said.stderr, /you are not allowed to (?:set|preserve) the/, `${words} ${command}`)
      }
    await host.sh('rm /etc/sudoers.d/zz')
  })

  const rules = {
    'takes variables': [
      'Defaults!ALL setenv\nalice ALL=(deploybot) NOPASSWD: /usr/local/libexec/shipit/*',
      "sudo for 'alice': /usr/local/libexec/shipit/runner takes variables from its caller (setenv), by /etc/sudoers.d/wheel:3: alice",
    ],
    'keeps the environment': [
      'Cmnd_Alias SHIPIT = /usr/local/libexec/shipit/*\nDefaults!SHIPIT env_keep += "LD_PRELOAD"',
      "sudo's settings: /etc/sudoers.d/wheel:3 comes later and changes env_keep for our commands too: give",
    ],
    'asks for a password': [
      '%deployers ALL=(ALL) ALL',
      "sudo for 'alice': /usr/local/libexec/shipit/runner needs a password, by /etc/sudoers.d/wheel:2: %deployers ALL=(ALL) ALL. sudo follows the last rule",
    ],
    'has an alias': [
      'User_Alias DEV = alice\nDEV ALL=(ALL) PASSWD: ALL',
      "sudo for 'alice': /usr/local/libexec/shipit/runner needs a password, by /etc/sudoers.d/wheel:3: DEV ALL=(ALL) PASSWD: ALL.",
    ],
    'forbids it': [
      'bob ALL=(deploybot) NOPASSWD: ALL, !/usr/local/libexec/*/runner',
      "sudo for 'bob': /usr/local/libexec/shipit/runner is forbidden, by /etc/sudoers.d/wheel:2: ",
    ],
    'lets no program be started': [
      '%deployers ALL=(ALL) NOPASSWD: NOEXEC: ALL',
      "sudo for 'alice': /usr/local/libexec/shipit/runner may start no other program (noexec), by /etc/sudoers.d/wheel:2: ",
    ],
    'takes a root step away': [
      'deploybot ALL=(root) PASSWD: ALL',
      "sudo for 'deploybot': /usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/bin/env id needs a password, by /etc/sudoers.d/wheel:2: deploybot ALL=(root) PASSWD: ALL.",
    ],
    'wants a terminal of our commands': [
      'Defaults!/usr/local/libexec/shipit/runner requiretty',
      "sudo for 'alice': sudo requires a terminal (requiretty)",
    ],
  } as const
  // the short form: one for each account and each way in which a rule gets into the way
  for (const [what, [line, says]] of shortForm(
    rules,
    'takes variables',
    'asks for a password',
    'takes a root step away',
    'wants a terminal of our commands',
  )) {
    test(`a later rule that ${what} is named with its file`, async () => {
      await lab.output('web1', ['/bin/sh', '-c', 'cat >/etc/sudoers.d/wheel'], { input: `# ours\n${line}\n` })
      // an install says the same as --check: the short form has the first, and the one for which it writes other lines
      if (isWhole || what === 'takes variables' || what === 'wants a terminal of our commands') {
        const installed = await host.run(script)
        assert.equal(installed.status, 1)
        assert.ok(installed.stdout.includes(`install: ${says}`), installed.stdout)
        assert.match(installed.stderr, /install: installed, but not in force/)
      }
      const checked = await host.run(script, '--check')
      assert.equal(checked.status, 1, checked.stdout)
      assert.ok(checked.stdout.includes(`check: ${says}`), checked.stdout)
      await host.sh('rm /etc/sudoers.d/wheel')
    })
  }

  test('and nothing is said once they are gone', async () => {
    await host.does(script)
    assert.equal(await host.does(script, '--check'), 'check: nothing differs\n')
  })
})
