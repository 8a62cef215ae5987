// What a host's own sudoers does to the lines of an app: settings that forbid what they need, and rules that come after them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
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
    root(['/usr/bin/env', 'id']),`

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

  test('where it forbids to start programs, or wants another folder, our own lines alone are free of that', async () => {
    await host.sh('echo "@include /etc/sudoers.hardening" >>/etc/sudoers')
    await lab.output('web1', ['/bin/sh', '-c', 'cat >/etc/sudoers.hardening'], { input: HARDENING })
    await host.does(script)
    assert.equal(await host.does(script, '--check'), 'check: nothing differs\n')
    const deployed = await project.shipit('deploy', 'production')
    assert.equal(deployed.status, 0, deployed.stdout + deployed.stderr)
    const doctor = await project.shipit('doctor')
    assert.doesNotMatch(doctor.stdout, /broken/)
    const written = await host.sh('cat /etc/sudoers.d/shipit-codebase')
    assert.equal(written.match(/ EXEC: NOPASSWD: /g)?.length, written.match(/NOPASSWD:/g)?.length)
    await host.sh('rm /etc/sudoers.hardening; sed -i "/hardening/d" /etc/sudoers')
    await host.does(script)
    assert.doesNotMatch(await host.sh('cat /etc/sudoers.d/shipit-codebase'), /EXEC|!runcwd/)
  })
})
