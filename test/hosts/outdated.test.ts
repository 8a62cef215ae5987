// deploy --outdated begins on the hosts alone where the commit is not live, and on none if it is live on all.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { pushTo } from './support/checkout.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const HOSTS = ['web1', 'web2', 'web3']
const STATE = '/var/lib/shipit/apps/codebase'

hostsSuite('deploy --outdated', { hosts: HOSTS.length }, (lab) => {
  let project: Project
  before(async () => {
    const steps = `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true })`
    project = new Project({ lab, hosts: HOSTS, steps, connectTimeout: 30 })
    for (const host of HOSTS) {
      await lab.scenario(host)
      await project.install(host)
    }
  })
  after(() => project.remove())

  const runsOn = (host: string) => lab.output(host, `ls ${STATE}/runs 2>/dev/null | wc -l`)
  const allRuns = () => Promise.all(HOSTS.map(runsOn))
  const liveOn = (host: string) => lab.output(host, `cut -d ' ' -f 1,5 ${STATE}/live`)
  const outdated = (...words: string[]) => project.shipit('deploy', 'production', '--outdated', ...words)
  const resultOf = (stdout: string) => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '').hosts

  test('deploys where another commit is live, or none, and begins nothing where all is done', async () => {
    assert.equal((await project.shipit('deploy', 'production', '--host', 'web1')).status, 0)
    const id = await pushTo(lab, HOSTS, { subject: 'newer' })
    assert.equal((await project.shipit('deploy', 'production', '--host', 'web2')).status, 0)
    const before = await runsOn('web2')
    const rehearsed = await outdated('--dry-run', '--partial', '--json')
    assert.equal(rehearsed.status, 0, rehearsed.stderr)
    const plans = rehearsed.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      plans.map(({ host, deploys }) => [host, deploys]),
      [
        ['web1', true],
        ['web2', false],
        ['web3', true],
      ],
    )
    const some = await outdated()
    assert.equal(some.status, 0, some.stdout)
    assert.match(some.stdout, /^\[web2\] up to date$/m)
    assert.match(some.stdout, /is live on web\[1,3\]/)
    assert.match(some.stdout, new RegExp(`\\(${id.slice(0, 12)}\\) is up to date on web2 \\(production\\)`))
    for (const host of HOSTS) assert.equal(await liveOn(host), `${id} complete`)
    assert.equal(await runsOn('web2'), before)

    const counts = await allRuns()
    const all = await outdated('--json')
    assert.equal(all.status, 0, all.stdout)
    const entry = { deployed: false, upToDate: true, commit: id }
    assert.deepEqual(resultOf(all.stdout), Object.fromEntries(HOSTS.map((host) => [host, entry])))
    const one = await outdated('--host', 'web1', '--detach', '--json')
    assert.deepEqual([one.status, JSON.parse(one.stdout).hosts], [0, { web1: 'UP_TO_DATE' }])
    const older = await outdated('--commit', id)
    assert.match(older.stdout, /is up to date on web\[1-3\]/)
    assert.deepEqual(await allRuns(), counts)
  })

  test('counts a host whose deploy failed half way as outdated, and a frozen one only if it lacks the commit', async () => {
    const id = (await liveOn('web1')).split(' ')[0]
    await lab.output('web1', `sed -i 's/complete$/partial/' ${STATE}/live`)
    await project.shipit('freeze', 'production', '--host', 'web2', '--message', 'a test')
    const repaired = await outdated()
    assert.equal(repaired.status, 0, repaired.stdout)
    assert.match(repaired.stdout, /is live on web1/)
    assert.match(repaired.stdout, /is up to date on web\[2-3\]/)
    assert.equal(await liveOn('web1'), `${id} complete`)

    await pushTo(lab, HOSTS, { subject: 'newest' })
    const counts = await allRuns()
    const frozen = await outdated()
    await project.shipit('unfreeze', 'production', '--host', 'web2')
    assert.equal(frozen.status, 75, frozen.stdout)
    assert.match(frozen.stdout, /frozen/)
    assert.deepEqual(await allRuns(), counts)
  })

  test('does not count what is live under the hands of a run', async () => {
    assert.equal((await project.shipit('deploy', 'production')).status, 0)
    await lab.output(
      'web3',
      `(flock -x 9; echo held >/tmp/held; while [ -e /tmp/held ]; do sleep 0.1; done) 9</etc/shipit/apps/codebase/lock >/dev/null 2>&1 &
      until [ -e /tmp/held ]; do sleep 0.05; done`,
    )
    const locked = await outdated()
    await lab.output('web3', 'rm /tmp/held')
    assert.equal(locked.status, 75, locked.stdout)
    assert.match(locked.stdout, /'codebase' on 'web3' is locked/)
    assert.match(locked.stdout, /is up to date on web\[1-2\]/)
  })
})
