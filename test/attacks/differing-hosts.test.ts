// Two hosts, of which one lies in its history as whoever has the deploy account there could: what it says counts for it alone.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FaultHost } from '../faults/support/fault-host.ts'
import { hostsSuite } from '../hosts/support/lab.ts'
import { Project } from '../hosts/support/project.ts'

const STEPS =
  "git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }), shell('exec hold last', { name: 'last' }),"
const STATE = '/var/lib/shipit/apps/codebase'
const HISTORY = `${STATE}/history`

hostsSuite('hosts that differ', { hosts: 2 }, (lab) => {
  const made: FaultHost[] = []
  let project: Project
  before(async () => {
    made.push(
      ...(await Promise.all(['web1', 'web2'].map((name) => FaultHost.make(lab, name, { steps: STEPS })))),
    )
    project = new Project({ lab, hosts: ['web1', 'web2'], steps: STEPS })
    await Promise.all(['web1', 'web2'].map((name) => project.install(name)))
  })
  after(() => {
    for (const host of made) host.remove()
    project?.remove()
  })
  const lie = (script: string) => lab.output('web1', ['su', '-s', '/bin/sh', 'deploybot', '-c', script])
  const deploy = async (branch: string) => {
    const { status, stdout } = await project.shipit('deploy', 'production', '--branch', branch, '--back')
    assert.equal(status, 0, stdout)
    return (await lab.output('web1', ['cat', `${STATE}/current`])).trim()
  }

  test('one host cannot say what another one would go back to', async () => {
    const first = await deploy('x')
    await deploy('master')
    await lie(
      `sed -i '/"run":"${first}"/{s/"user":"alice"/"user":"bob"/;s/"ref":"x"/"ref":"master"/}' ${HISTORY}`,
    )
    const { status, stderr } = await project.shipit('rollback', 'production')
    assert.equal(status, 2)
    assert.match(stderr, /the hosts differ about run/)
    assert.match(stderr, /web1: branch 'master'.*, by bob/)
    assert.match(stderr, /web2: branch 'x'.*, by alice/)
    assert.doesNotMatch(stderr, /goes to run \S+ \(branch/)
    const { stdout } = await project.shipit('history', 'production')
    const short = first.slice(-16, -9)
    assert.match(stdout, new RegExp(`^\\+ .* x +\\S+ +alice .* web2 +${short}$`, 'm'))
    assert.match(stdout, new RegExp(`^\\+ .* master +\\S+ +bob .* web1 +${short}$`, 'm'))
    // web1 goes to what it has kept, which is not what it has told
    const back = await project.shipit('rollback', 'production', '--yes')
    assert.equal(back.status, 76)
    assert.match(back.stdout, /branch 'x' \S+ is live on web2/)
    assert.match(back.stdout, /it went back to branch 'x', and had announced branch 'master'/)
  })

  test('one host cannot hide the run that goes on on another', async () => {
    await lie(
      `i=0; while [ $i -lt 1999 ]; do i=$((i + 1)); printf '{"event":"run","time":"9999-12-31T23:59:59Z","run":"99991231T235959Z-%016x","user":"bob","app":"codebase","kind":"branch","ref":"x","flags":[],"digest":"unasked"}\\n' $i; done >>${HISTORY}`,
    )
    await made[1]?.hold('last')
    const started = await project.shipit('deploy', 'production', '--detach', '--host', 'web2')
    assert.equal(started.status, 0, started.stderr)
    assert.match(
      (await project.shipit('history', 'production')).stdout,
      /^> .* master +alice +web2 +\S+ {2}running$/m,
    )
    const { status, stdout, stderr } = await project.shipit('cancel', 'production', '--now')
    await made[1]?.release('last')
    assert.equal(status, 0, stderr)
    assert.match(stdout, /^web2: cancelling run/)
  })
})
