// 50 builds of an untrusted branch in a row, each leaving what it can: after each nothing is left of it, and a build of master is
// byte for byte that of a fresh host.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { hostsSuite } from '../hosts/support/lab.ts'
import { AttackedHost, RUNNER } from './support/attacked-host.ts'
import {
  LEAVING_BUILDS,
  type LeavingBuild,
  leavingScript,
  leftBehind,
  openHost,
} from './support/leaving-builds.ts'

const BUILDS = 50
const STEPS = `
  git(),
  make('html', { in: 'doc', out: '_build/html', as: 'build', timeout: 12 }),
  rsync({ from: 'doc/_build/html/', to: '/var/codebase/doc/', delete: true }),
`
// what a build finds, as far as an earlier one could have changed it
const TRUSTED = `mkdir -p _build/html
{ id; pwd; env | sort; umask; ulimit -a; ls -lAn ~ .. . "$TMPDIR" /tmp /var/tmp /dev/shm /run/lock | grep -v ^total | sed 's/ [A-Z][a-z][a-z] .*[0-9] / /'
  cat /proc/sysvipc/shm /proc/sysvipc/msg /proc/sysvipc/sem; crontab -l; cat index.rst Makefile; } >_build/html/index.html 2>&1
`

for (const mode of ['in views of their own', 'where the host allows no namespaces'] as const) {
  hostsSuite(`hostile builds in a row ${mode}`, { hosts: 1, diskSize: '1g' }, (lab) => {
    const host = new AttackedHost(lab, STEPS)
    const names = Object.keys(LEAVING_BUILDS) as LeavingBuild[]
    before(async () => {
      await host.prepare()
      await openHost(host)
      if (mode !== 'in views of their own') await host.root('chmod 0700 /usr/bin/unshare')
      await push('master', TRUSTED)
      for (const [index, name] of names.entries()) await push(`evil/${index}`, leavingScript([name]))
      await push(
        `evil/${names.length}`,
        leavingScript(
          names.filter((name) => name !== 'a fork bomb' && !name.startsWith('all the processes')),
        ),
      )
    })
    after(() => host.remove())

    async function push(branch: string, script: string): Promise<void> {
      const made = await lab.exec(
        'web1',
        `set -e; rm -rf /root/work; git clone -q -b master /srv/git/codebase.git /root/work; cd /root/work; git checkout -q -B ${branch}
        printf 'html:\\n\\t@sh leave.sh\\n' >doc/Makefile; cat >doc/leave.sh
        git add -A; git -c user.name=a -c user.email=a@b commit -qm evil; git push -q -f origin ${branch}`,
        { input: script },
      )
      assert.equal(made.status, 0, made.stderr)
    }

    const deploy = (branch: string) =>
      host.alice(
        `sudo -n -u deploybot ${RUNNER} 'deploy --run ${makeRunId()} --app codebase --branch ${branch} --back'`,
      )

    /** What the trusted build has found, but for the id of its run. */
    const found = async () =>
      (await host.root('cat /var/codebase/doc/index.html')).replace(/^SHIPIT_RUN=.*$/m, 'SHIPIT_RUN=')

    test(`leave nothing, ${BUILDS} of them`, { timeout: 900_000 }, async () => {
      assert.equal((await deploy('master')).status, 0)
      const fresh = await found()
      for (let build = 0; build < BUILDS; build++) {
        const name = names[build % (names.length + 1)] ?? 'all of them'
        const { status, stdout } = await deploy(`evil/${build % (names.length + 1)}`)
        assert.ok(status === 0 || name === 'a fork bomb', `${name}: ${stdout}`)
        assert.equal(await leftBehind(host), '', name)
        const trusted = await deploy('master')
        assert.equal(trusted.status, 0, `${name}: ${trusted.stdout}`)
        assert.equal(await found(), fresh, name)
      }
    })
  })
}
