// A deploy that waits for the lock, on a real host: who may cancel it by the id that status shows, what its client then says, and what
// somebody is told who wants to watch it.
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { type Client, eventually, FaultHost } from '../faults/support/fault-host.ts'
import { checkJsonLines } from '../support/json-lines.ts'
import { hostsSuite, type RunResult } from './support/lab.ts'
import { Project } from './support/project.ts'

const STEPS = `git(), shell('hold prepare', { name: 'prepare', phase: 'prepare' })`
const ALLOW = `[{ group: 'deployers' }, { group: 'wardens', branches: ['*'], tags: ['*'], verbs: ['cancel'] }]`

hostsSuite('a deploy that waits', { hosts: 1 }, (lab) => {
  let host: FaultHost
  let bob: Project
  /** has the lock, until it is released */
  let first: { client: Client; run: string }

  before(async () => {
    host = await FaultHost.make(lab, 'web1', { steps: STEPS, allow: ALLOW })
    bob = new Project({ lab, hosts: ['web1'], user: 'bob', steps: STEPS, allow: ALLOW })
    // the lab has no syslog
    await lab.output(
      'web1',
      `install -m 666 /dev/null /run/trail; rm -f /usr/bin/logger
       printf '#!/bin/sh\nprintf "%%s\\n" "$*" >>/run/trail\n' >/usr/bin/logger; chmod 755 /usr/bin/logger`,
    )
    await host.hold('prepare')
    const client = host.startIn(bob, 'deploy', 'production')
    first = { client, run: await host.untilIn('prepare') }
  })
  after(() => {
    bob.remove()
    host.remove()
  })
  afterEach(async () => assert.deepEqual(await ids(), []))

  const ids = async (): Promise<string[]> => {
    const [line] = linesOf(await host.project.shipit('status', 'production', '--json'))
    return (line as { waiting: { run: string }[] }).waiting.map(({ run }) => run)
  }
  /** Starts a deploy of alice's and waits until status shows it. */
  const waits = async (...words: string[]) => {
    const client = host.start('deploy', 'production', '--wait', '5m', ...words)
    await eventually('it waits', () => (client.stdout() + client.stderr()).includes('waiting'))
    const [run = ''] = await ids()
    return { client, run }
  }
  const cancel = (project: Project, run: string, ...words: string[]) =>
    project.shipit('cancel', 'production', '--run', run, ...words)

  test('is cancelled by its author with the id that status shows, or its first digits, and ends with 130', async () => {
    const { client, run } = await waits()
    const told = await cancel(host.project, shown(run))
    assert.equal(told.status, 0, told.stderr)
    assert.equal(told.stdout, `web1: run ${shown(run)} was waiting for the lock, and will not begin\n`)
    assert.equal((await client.ended).exit, 130)
    assert.match(client.stdout() + client.stderr(), /'web1' was cancelled by alice before it began/)
    // it waits no longer
    const again = await cancel(host.project, run)
    assert.equal(again.status, 66)
    assert.match(
      again.stderr,
      new RegExp(`run ${shown(run)} was cancelled on 'web1' by alice before it began`),
    )
    const byDigits = await cancel(host.project, shown(run))
    assert.equal(byDigits.status, 66)
    assert.match(byDigits.stderr, /these hosts have no run .*\n(?:.*\n)*.*cancelled while it waited/)
  })

  test('is not cancelled by another person, unless the policy lets that one cancel', async () => {
    const { client, run } = await waits('--json')
    const refused = await cancel(bob, run)
    assert.equal(refused.status, 77)
    assert.match(refused.stderr, /the policy on 'web1' does not allow you to cancel somebody else's run/)
    assert.equal(linesOf(await cancel(bob, run, '--json'))[0]?.event, 'cancel')
    assert.deepEqual(await ids(), [run])
    assert.equal(client.process.exitCode, null)

    await lab.output('web1', 'gpasswd -a bob wardens')
    const [told] = linesOf(await cancel(bob, run, '--json'))
    assert.deepEqual(told, { schema: 1, event: 'cancel', host: 'web1', run, withdrawn: true })
    await lab.output('web1', 'gpasswd -d bob wardens')
    assert.equal((await client.ended).exit, 130)
    const lines = checkJsonLines(client.stdout())
    const { reason, by } = lines.find(({ event }) => event === 'refused') as { reason?: string; by?: string }
    assert.deepEqual([reason, by], ['cancelled', 'bob'])
    assert.match(client.stdout(), /the run on 'web1' was cancelled by bob before it began/)
    for (const outcome of ['refused reason=policy', 'withdrawn of=alice']) {
      const line = `run=${run} by=bob verb=cancel outcome=${outcome}\n`
      await eventually(line, async () => (await lab.output('web1', 'cat /run/trail')).includes(line))
    }
  })

  test('says hello and for whom it waits once, however long it waits', async () => {
    const { client, run } = await waits('--json')
    await eventually('it has asked again', async () => {
      const [ticket = ''] = (await lab.output('web1', 'cat /var/lib/shipit/apps/codebase/line/*')).split('\n')
      const [came, asked] = ticket.split(' ').map(Number)
      return Number(asked) - Number(came) >= 4
    })
    await cancel(host.project, run)
    assert.equal((await client.ended).exit, 130)
    const told = checkJsonLines(client.stdout()).map(({ event }) => event)
    assert.deepEqual(
      told.filter((event) => event === 'hello' || event === 'waiting'),
      ['hello', 'waiting'],
    )
  })

  test('is told as one that waits to who wants to watch it, with what to do', async () => {
    const { client, run } = await waits()
    for (const command of ['attach', 'log', 'report']) {
      const told = await bob.shipit(command, 'production', '--run', run)
      assert.equal(told.status, 75, told.stderr)
      assert.match(
        told.stderr,
        new RegExp(
          `run ${shown(run)} has not begun on 'web1': it is waiting for the lock \\(next in line; held by bob for [^)]*, run ${shown(first.run)}\\)`,
        ),
      )
      assert.match(told.stderr, new RegExp(`shipit attach production --run ${shown(first.run)}\\n`))
      assert.match(told.stderr, new RegExp(`shipit cancel production --run ${shown(run)}\\n`))
    }
    assert.equal((await bob.shipit('attach', 'production', '--run', run, '--json')).status, 75)
    await host.release('prepare')
    assert.deepEqual([(await first.client.ended).exit, (await client.ended).exit], [0, 0])
    assert.equal((await bob.shipit('attach', 'production', '--run', run)).status, 0)
    assert.equal((await cancel(host.project, run)).status, 66)
  })
})

/** The digits of an id that people are shown. */
function shown(run: string): string {
  return run.replace(/^.*-(.{7}).*$/, '$1')
}

function linesOf({ stdout }: RunResult) {
  return checkJsonLines(stdout)
}
