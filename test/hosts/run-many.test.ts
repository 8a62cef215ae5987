// Many who deploy at once: one at a time, nobody for a client that has gone, and two apps do not meet. And one who deploys to
// two hosts, whose history is one.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Client, eventually, FaultHost } from '../faults/support/fault-host.ts'
import { isWhole } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const MANY = isWhole ? 12 : 4
const GONE = isWhole ? 4 : 1
const RUNNER = '/usr/local/libexec/shipit/runner'
const LINE = '/var/lib/shipit/apps/codebase/line'
/** Fails if another run is in it. */
const ALONE = `shell('mkdir /srv/alone/in && sleep 0.1 && rmdir /srv/alone/in', { name: 'alone' }),`
const STEPS = `shell('hold prepare', { name: 'prepare' }), ${ALONE}`

hostsSuite('many deploys at once', { hosts: 2 }, (lab) => {
  let host: FaultHost
  before(async () => {
    // that many logins at once, on a machine with other work
    host = await FaultHost.make(lab, 'web1', {
      steps: STEPS,
      connectTimeout: 60,
    })
    await host.sh('mkdir -m 777 /srv/alone')
  })
  after(() => host.remove())

  const startAll = (count: number, ...words: string[]): Client[] =>
    Array.from({ length: count }, () => host.start('deploy', 'production', ...words))
  const waitingFor = async (project: Project): Promise<{ user: string; run: string }[]> =>
    JSON.parse((await project.shipit('status', '--json')).stdout).waiting
  const outcomes = () => [...host.state('history').matchAll(/"outcome":"(\w+)"/g)].map(([, name]) => name)

  test(`of ${MANY} without --wait one succeeds, and the others end with 75 and name it`, async () => {
    await host.hold('prepare')
    const clients = startAll(MANY)
    await eventually(
      'all but one were refused',
      () => clients.filter(({ process }) => process.exitCode === 75).length === MANY - 1,
    )
    const { run } = host
    await host.release('prepare')
    const ends = await Promise.all(clients.map(({ ended }) => ended))
    assert.equal(ends.filter(({ exit }) => exit === 0).length, 1)
    for (const client of clients.filter(({ process }) => process.exitCode === 75))
      assert.match(
        client.stdout(),
        new RegExp(
          `alice has been deploying branch 'master' for .*\\(run ${run.replace(/^.*-(.{7}).*$/, '$1')}\\)`,
        ),
      )
    assert.deepEqual(outcomes(), ['succeeded'])
  })

  test(`with --wait all ${MANY} succeed, one at a time, and of ${GONE} whose client is killed none starts`, async () => {
    await host.hold('prepare')
    const clients = startAll(MANY + GONE, '--wait', '10m')
    await eventually(
      'all but one wait',
      () =>
        clients.filter((client) => client.stdout().includes('waiting for the lock')).length ===
        MANY + GONE - 1,
    )
    const gone = clients.filter((client) => client.stdout().includes('waiting for the lock')).slice(0, GONE)
    for (const { process } of gone) process.kill('SIGKILL')
    await host.release('prepare')
    const ends = await Promise.all(
      clients.filter((client) => !gone.includes(client)).map(({ ended }) => ended),
    )
    assert.deepEqual(
      ends.map(({ exit }) => exit),
      Array(MANY).fill(0),
    )
    assert.deepEqual(outcomes(), Array(1 + MANY).fill('succeeded'))
    assert.ok(host.isFree)
  })

  test('four who wait get the lock in the order in which they came, whatever is killed', async () => {
    const bob = new Project({ lab, hosts: ['web1'], user: 'bob', steps: STEPS })
    // a slow machine may need ten seconds to connect again, and would lose the place
    await host.sh(
      `sed -i 's/^LINE_SECONDS=10$/LINE_SECONDS=15/' ${RUNNER}; grep -qx LINE_SECONDS=15 ${RUNNER}`,
    )
    try {
      // those who were killed before keep their places for a while, and who does not wait is refused behind them
      await eventually('nobody is in line', async () => (await waitingFor(host.project)).length === 0)
      const before = host.run
      await host.hold('prepare')
      const holder = host.start('deploy', 'production')
      await host.untilIn('prepare', before)
      const clients: Client[] = []
      for (const [project, place] of [
        [bob, 'next in line'],
        [host.project, '2nd in line, behind bob'],
        [bob, '3rd in line, behind alice'],
        [host.project, '4th in line, behind bob'],
      ] as const) {
        const client = host.startIn(project, 'deploy', 'production', '--wait', '10m')
        clients.push(client)
        await eventually(place, () =>
          client.stdout().includes(`waiting for the lock: ${place}; held by alice`),
        )
      }
      const [first, second, third, fourth] = clients as [Client, Client, Client, Client]
      const waiting = await waitingFor(bob)
      assert.deepEqual(
        waiting.map(({ user }) => user),
        ['bob', 'alice', 'bob', 'alice'],
      )
      assert.match((await bob.shipit('status')).stdout, /waiting {3}1\. bob for .*\n +2\. alice for /)
      // the laptop of one, and all that sshd runs for another
      second.process.kill('SIGKILL')
      await host.sh('pkill -KILL -u bob || :')
      await host.release('prepare')
      const ends = await Promise.all([holder, first, third, fourth].map(({ ended }) => ended))
      assert.deepEqual(
        ends.map(({ exit }) => exit),
        [0, 0, 0, 0],
      )
      const order = host.state('order').trim().split('\n').slice(-3)
      assert.deepEqual(
        order,
        [0, 2, 3].map((index) => waiting[index]?.run),
      )
      assert.deepEqual(await host.sh(`ls ${LINE}`), '')
    } finally {
      await host.release('prepare')
      bob.remove()
    }
  })

  test('two apps on one host do not block each other', async () => {
    const other = new Project({
      lab,
      hosts: ['web1'],
      app: 'other',
      account: 'deploy-other',
      steps: "shell('true', { name: 'other' }),",
    })
    await other.install('web1')
    const before = host.run
    await host.hold('prepare')
    const client = host.start('deploy', 'production')
    await host.untilIn('prepare', before)
    assert.equal((await other.shipit('deploy', 'production')).status, 0)
    await host.release('prepare')
    assert.equal((await client.ended).exit, 0)
    other.remove()
  })

  test('the history of two hosts, begun and left, has one entry for a run on both, and tells them apart where one failed', async () => {
    const hosts = ['web1', 'web2']
    const pair = new Project({
      lab,
      hosts,
      app: 'pair',
      account: 'deploy-pair',
      steps: "shell('test ! -e /srv/bad', { name: 'good' }),",
    })
    await lab.scenario('web2')
    await Promise.all(hosts.map((each) => pair.install(each)))
    const left = await pair.shipit('deploy', 'production', '--detach')
    assert.match(
      left.stdout,
      /^(?:web[12]: run ([0-9a-f]{7}) has begun\n){2}> Watch it:\n {4}shipit attach production --run \1\n$/,
    )
    assert.equal((await pair.shipit('attach', 'production', '--run', 'last')).status, 0)
    await lab.output('web2', 'touch /srv/bad')
    assert.equal((await pair.shipit('deploy', 'production')).status, 1)

    const json = (await pair.shipit('history', '--json')).stdout.trimEnd().split('\n')
    const [newest, oldest] = json.map((line) => JSON.parse(line))
    const fates = (entry: typeof newest) =>
      entry.hosts.map(({ host, outcome }: { host: string; outcome: { outcome: string; step?: string } }) => [
        host,
        outcome.outcome,
        outcome.step,
      ])
    assert.equal(json.length, 2)
    assert.deepEqual(fates(oldest), [
      ['web1', 'succeeded', undefined],
      ['web2', 'succeeded', undefined],
    ])
    assert.deepEqual(fates(newest), [
      ['web1', 'succeeded', undefined],
      ['web2', 'failed', 'good'],
    ])

    const lines = (await pair.shipit('history')).stdout
    assert.match(
      lines,
      /^ +when .*\n\+ \S+ \S+ +master +alice .* web1 +[0-9a-f]{7}\nx .* web2 +failed in good with status 1\n\+ .* web\[1-2\] +[0-9a-f]{7}\n$/,
    )
    pair.remove()
  })
})
