// A service step on a real host, over real sshd and sudo. The hosts of the lab have no systemd, so a small program stands for systemctl here;
// test/machines has the real one.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { service } from '../../src/index.ts'
import { git, rsync } from '../../src/recipe/steps.ts'
import { InstalledHost, installScript, someConfig } from './support/install-kit.ts'
import { hostsSuite, type RunResult } from './support/lab.ts'
import { Project } from './support/project.ts'

/** A unit is a folder with what `show` tells; with `crashes` in it, it is started again each second. */
const SYSTEMCTL = `#!/bin/sh
for unit; do :; done
unit=/srv/units/$unit
case "$1" in
show)
	[ -d "$unit" ] || { printf 'LoadState=not-found\\nActiveState=inactive\\nSubState=dead\\nCanReload=no\\n'; exit; }
	start=1
	[ ! -e "$unit/crashes" ] || start=$(cut -d. -f1 /proc/uptime)
	reloads=yes
	[ ! -e "$unit/still" ] || reloads=no
	is=active
	[ ! -e "$unit/slow" ] || is=activating
	printf 'Type=simple\\nResult=success\\nNRestarts=0\\nLoadState=loaded\\nActiveState=%s\\nSubState=running\\n' "$is"
	printf 'ActiveEnterTimestampMonotonic=%s\\nInvocationID=%s\\nCanReload=%s\\n' "$start" "$start" "$reloads"
	;;
*) echo "$(id -un) $*" >>/srv/units/asked ;;
esac
`

hostsSuite('a service step on a real host', { hosts: 1 }, (lab) => {
  const host = new InstalledHost(lab, 'web1')
  let project: Project
  before(async () => {
    await lab.scenario('web1')
    await lab.output('web1', 'cat >/usr/bin/systemctl; chmod 755 /usr/bin/systemctl', { input: SYSTEMCTL })
    await lab.output(
      'web1',
      'mkdir -p /run/systemd/system /srv/units/shop.service /srv/units/still.service; touch /srv/units/still.service/still',
    )
    project = new Project({
      lab,
      hosts: ['web1'],
      steps:
        "git(), rsync({ from: 'src', to: '/var/codebase/src', delete: true }), service('shop', 'reload', { for: 5, stays: 2 }),",
    })
  })
  after(() => project.remove())
  const said = ({ stdout, stderr }: RunResult) => stdout + stderr
  const deploy = () => project.shipit('deploy', 'production', '--branch', 'x', '--back')

  test('is refused by the install where systemd does not know the unit, or cannot do that with it', async () => {
    for (const [step, says] of [
      [
        service('gone', 'restart'),
        /step 'restart gone' would restart gone\.service, and this host has no such unit: make it/,
      ],
      [
        service('still', 'reload'),
        /would reload still\.service, which cannot be reloaded: give the unit ExecReload=/,
      ],
    ] as const) {
      const steps = [git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }), step]
      const { status, stdout, stderr } = await host.run(installScript(someConfig({ steps })))
      assert.equal(status, 1, stdout)
      assert.match(stderr, says)
      assert.match(stderr, /nothing was changed$/m)
    }
    const steps = [git(), service('still', 'reload-or-restart')]
    assert.equal((await host.run(installScript(someConfig({ steps })), '--summary')).status, 0)
  })

  test('is one line of root, and then a look at the unit', async () => {
    assert.match(await project.install('web1'), /install: done$/)
    assert.match(
      await lab.output('web1', 'grep systemctl /etc/sudoers.d/shipit-codebase'),
      /^deploybot ALL=\(root\) (?:NOSETENV: )?NOPASSWD: \/usr\/local\/libexec\/shipit\/as-root \/usr\/bin\/timeout -k 5 60 \/usr\/bin\/systemctl reload shop\.service$/m,
    )
    const deployed = await deploy()
    assert.equal(deployed.status, 0, said(deployed))
    assert.match(deployed.stdout, /shop\.service is active, and has been for 2 s without a restart/)
    assert.equal(await lab.output('web1', 'grep shop /srv/units/asked'), 'root reload shop.service')
  })

  test('fails where the unit is started again, and says where its log is', async () => {
    await lab.output('web1', 'touch /srv/units/shop.service/crashes')
    const failed = await deploy()
    assert.equal(failed.status, 1, said(failed))
    assert.match(said(failed), /shop\.service: it ended and was started again after 'systemctl reload'/)
    assert.match(said(failed), /^\[web1\] reload shop \| journalctl -u shop\.service -n 50 --no-pager$/m)
    await lab.output('web1', 'rm /srv/units/shop.service/crashes')
  })

  test('is impossible without the unit, before anything is published', async () => {
    await lab.output('web1', 'mv /srv/units/shop.service /srv/units/away; rm -r /var/codebase/src/*')
    const plan = await project.shipit('plan', 'production', '--branch', 'x')
    const doctor = await project.shipit('doctor', 'production')
    assert.match(doctor.stdout, /shop\.service.* does not exist, and the recipe would reload it/)
    assert.match(plan.stdout, /reload shop would fail\n +this host has no unit shop\.service/)
    const refused = await deploy()
    assert.equal(refused.status, 1, said(refused))
    assert.match(said(refused), /this host has no unit shop\.service: make it/)
    assert.equal(await lab.output('web1', 'ls /var/codebase/src'), '')
    await lab.output('web1', 'mv /srv/units/away /srv/units/shop.service')
    assert.equal((await deploy()).status, 0)
    assert.doesNotMatch((await project.shipit('doctor', 'production')).stdout, /shop\.service/)
  })

  test('is warned of, and stops nothing, where an install of the same step finds the unit gone', async () => {
    await lab.output('web1', 'mv /srv/units/shop.service /srv/units/away')
    const installed = await project.install('web1')
    await lab.output('web1', 'mv /srv/units/away /srv/units/shop.service')
    assert.match(
      installed,
      /! step 'reload shop' would reload shop\.service, and this host has no such unit: make it/,
    )
  })

  test('is ended by a cancel that says now, while it waits', async () => {
    project.remove()
    project = new Project({ lab, hosts: ['web1'], steps: "git(), service('shop', 'reload', { for: 300 })," })
    await project.install('web1')
    await lab.output('web1', 'touch /srv/units/shop.service/slow; : >/srv/units/asked')
    const waiting = deploy()
    await lab.output('web1', 'until [ -s /srv/units/asked ]; do sleep 0.2; done; sleep 1')
    const cancelled = await project.shipit('cancel', 'production', '--now')
    assert.equal(cancelled.status, 0, said(cancelled))
    const ended = await waiting
    assert.equal(ended.status, 130, said(ended))
    await lab.output('web1', 'rm /srv/units/shop.service/slow')
    assert.equal((await deploy()).status, 0)
  })
})
