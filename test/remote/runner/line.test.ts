import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { EventOf } from '../../../src/protocol/event.ts'
import { makeRunId } from '../../../src/protocol/request.ts'
import { shell } from '../../../src/recipe/steps.ts'
import {
  type Answer,
  eventsOf,
  RenderedHost,
  SESSION,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
} from '../support/rendered-host.ts'

/** More than Linux gives a process: proc(5), pid_max. */
const NO_PID = 4194305
const LINE = '/var/lib/shipit/apps/codebase/line'
/** Longer than on a host, where a busy machine would lose places between two requests of a test. */
const LINE_SECONDS = 120
const LOST_SECONDS = LINE_SECONDS + 1
/** Does not take a lock before the reader that is noted there has gone. */
const PATIENT_FLOCK =
  'while [ -s "$aside/reader" ] && [ -e "/proc/$(cat "$aside/reader")/fd/0" ]; do sleep 0.01; done\nexec "$real" "$@"'

/** Waits for a second one, once it is told to. */
const MEETING_MV = `if [ -e "$aside/meet" ]; then
  : >"$aside/came.$$"; turns=0
  until [ "$(ls "$aside" | grep -c '^came')" -ge 2 ] || [ "$turns" -ge 1000 ]; do sleep 0.02; turns=$((turns + 1)); done
fi
exec "$real" "$@"`

describe('the line', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    for (const [what, tried] of Object.entries({
      'gives the lock to who came first, and keeps no place for who does not ask again': inLine,
      'is not held up by a client that reads no answer, or that does not take the lock': unread,
      'has five places of one person, also where two requests come at once': together,
    }))
      it(`${what}, under ${name}`, { skip: whyNotShell(name) }, async () => {
        const steps = [shell(WHILE_HELD, { name: 'held', phase: 'prepare' })]
        const host = new RenderedHost({
          shell: name,
          steps,
          before: { flock: PATIENT_FLOCK, mv: MEETING_MV },
        })
        try {
          host.setConstant('runner', 'LINE_SECONDS', LINE_SECONDS)
          await tried(host)
        } finally {
          host.remove()
        }
      })
  }
})

async function unread(host: RenderedHost): Promise<void> {
  host.setConstant('runner', 'READ_SECONDS', 1)
  host.setConstant('runner', 'MAX_LOCK_TRIES', 2)
  host.setConstant('runner', 'LOCK_TRIES', 2)
  const [first, second] = [makeRunId(), makeRunId()]
  const wait = (run: string, prelude = '') =>
    host.ask(`deploy --run ${run} --app codebase --branch master --wait`, prelude)
  const tickets = () => readdirSync(host.path(LINE)).sort()
  host.hold()
  const held = host.start(`deploy --run ${makeRunId()} --app codebase --branch master --session ${SESSION}`)
  await held.until('"state":"started"')
  for (const run of [first, second]) assert.ok(refusal(await wait(run)).holder)
  host.release()
  assert.equal((await held.answer).status, 0)

  // nobody is known to have the lock, and yet it can't be had: asking does not keep the first place
  const [ticket = ''] = tickets()
  const [came, asked, ...ref] = host.read(`${LINE}/${ticket}`).trim().split(' ')
  const aged = [came, Number(asked) - 1, ...ref, ''].join(' ')
  host.write(`${LINE}/${ticket}`, `${aged}\n`)
  const { inLine } = await whileLocked(host, async () => refusal(await wait(first)))
  assert.equal(inLine?.ahead, 0)
  assert.equal(host.read(`${LINE}/${ticket}`), `${aged}\n`)

  // each has room for the byte that is written without the lock: one is read no further, the other is closed then
  const pipe = host.path('/pipe')
  host.run('mkfifo', [pipe])
  const full = `exec 3<>'${pipe}'; head -c 65535 /dev/zero >&3; exec >&3;`
  const broken = `head -c 1 '${pipe}' >/dev/null & echo $! >'${host.path('/aside/reader')}'; exec >'${pipe}';`
  for (const output of [full, broken]) {
    assert.deepEqual((await wait(first, output)).events, [])
    // it has the place that its last ask had, and a link that comes again finds it
    assert.equal(host.read(`${LINE}/${ticket}`), `${aged}\n`)
    assert.equal(refusal(await wait(second)).inLine?.ahead, 1)
  }
  host.write(`${LINE}/${ticket}`, [came, Number(asked) - LOST_SECONDS, ...ref, ''].join(' '))
  assert.equal((await wait(second)).status, 0)
}

/** Keeps the lock as a request does of which nobody knows yet. */
async function whileLocked<T>(host: RenderedHost, act: () => Promise<T>): Promise<T> {
  const lock = host.path('/etc/shipit/apps/codebase/lock')
  const holder = spawn('flock', [lock, 'sh', '-c', 'echo held; exec cat'])
  await once(holder.stdout, 'data')
  try {
    return await act()
  } finally {
    holder.stdin.end()
    await once(holder, 'close')
  }
}

async function together(host: RenderedHost): Promise<void> {
  const wait = () => host.deploy('--branch master --wait')
  const places = () => readdirSync(host.path(LINE)).sort()
  host.hold()
  const held = host.start(`deploy --run ${makeRunId()} --app codebase --branch master --session ${SESSION}`)
  await held.until('"state":"started"')
  for (let count = 0; count < 4; count += 1) refusal(await wait())
  const before = places()
  host.write('/aside/meet', '')
  const told = (await Promise.all([wait(), wait()])).map((answer) => refusal(answer).inLine !== undefined)
  rmSync(host.path('/aside/meet'))
  assert.deepEqual(places().slice(0, 4), before)
  assert.ok(places().length <= 5, places().join())
  assert.equal(told.filter(Boolean).length, places().length - 4)
  host.release()
  assert.equal((await held.answer).status, 0)
}

async function inLine(host: RenderedHost): Promise<void> {
  const wait = (run: string) => host.deploy('--branch master --wait', run)
  const places = () => readdirSync(host.path(LINE)).sort()
  const waiters = async () =>
    eventsOf(await host.ask('status --app codebase'), 'waiter').map(({ run }) => run)
  const hold = async (run = makeRunId()) => {
    host.hold()
    const call = host.start(`deploy --run ${run} --app codebase --branch master --wait --session ${SESSION}`)
    await call.until('"state":"started"')
    return call
  }
  const ids = Array.from({ length: 6 }, () => makeRunId())
  // an id that begins before all others gains nothing
  const early = makeRunId(new Date(Date.now() - 3_600_000))
  const [first = '', second = '', third = '', ...others] = ids

  const held = await hold()
  for (const [ahead, run] of [first, second, third].entries()) {
    const { inLine, holder } = refusal(await wait(run))
    assert.deepEqual(
      [inLine?.ahead, inLine?.behind !== undefined, holder !== undefined],
      [ahead, ahead > 0, true],
    )
  }
  assert.deepEqual(await waiters(), [first, second, third])
  // of one person no more than five, and the same one has no second place
  for (const run of [...others, second]) await wait(run)
  assert.deepEqual(await waiters(), [first, second, third, ...others.slice(0, 2)])
  assert.equal(refusal(await wait(others[2] ?? '')).inLine, undefined)
  for (const run of others) await host.ask(`cancel --run ${run} --app codebase`)
  assert.deepEqual(await waiters(), [first, second, third])
  host.release()
  assert.equal((await held.answer).status, 0)

  // the lock is free now, and is the first one's
  for (const answer of [await wait(second), await host.deploy('--branch master', early), await host.deploy()])
    assert.equal(refusal(answer).holder, undefined)
  assert.equal(refusal(await host.deploy()).inLine?.ahead, 3)
  const next = await hold(first)
  assert.deepEqual(await waiters(), [second, third])
  assert.deepEqual(refusal(await wait(third)).inLine?.ahead, 1)
  host.release()
  assert.equal((await next.answer).status, 0)

  // the second asked last too long ago, and so did one that was killed while it wrote its place
  const [ticket = ''] = places()
  const [came, asked, ...ref] = host.read(`${LINE}/${ticket}`).split(' ')
  host.write(`${LINE}/${ticket}`, [came, Number(asked) - LOST_SECONDS, ...ref].join(' '))
  const who = ticket.split(',')[2]
  host.write(`${LINE}/new,${who},${NO_PID}`, '')
  // another person's, and another request's of this one, which may be about to give it its name
  const kept = [`new,bob,${NO_PID}`, `new,${who},${process.pid}`]
  for (const each of kept) host.write(`${LINE}/${each}`, '')
  host.write(`${LINE}/100000,${early},mallory`, 'a[$(touch /tmp/x)] 1 branch master\n')
  assert.equal((await wait(third)).status, 0)
  assert.deepEqual(places(), kept.sort())
  for (const each of kept) rmSync(host.path(`${LINE}/${each}`))

  // one that lets the first place go by while the lock is free loses the others too
  const last = await hold()
  const [fourth = '', fifth = ''] = [makeRunId(), makeRunId()]
  for (const run of [fourth, fifth]) await wait(run)
  host.release()
  assert.equal((await last.answer).status, 0)
  assert.equal(refusal(await host.deploy()).inLine?.ahead, 2)
  const [gone = ''] = places()
  host.write(
    `${LINE}/${gone}`,
    host.read(`${LINE}/${gone}`).replace(/ \d+ /, (time) => ` ${Number(time) - LOST_SECONDS} `),
  )
  assert.equal((await host.deploy()).status, 0)
  assert.deepEqual(places(), [])

  // who asks without waiting has waited long enough
  const blocking = await hold()
  const [patient, impatient] = [makeRunId(), makeRunId()]
  for (const run of [impatient, patient]) await wait(run)
  assert.equal(refusal(await host.deploy('--branch master', impatient)).holder !== undefined, true)
  assert.deepEqual(await waiters(), [patient])
  await host.ask(`cancel --run ${patient} --app codebase`)
  host.release()
  assert.equal((await blocking.answer).status, 0)
  assert.equal((await host.deploy()).status, 0)

  // everybody sees the ids of those who wait, and uses up none of them
  const now = Math.floor(Date.now() / 1000)
  const theirs = makeRunId()
  host.write(`${LINE}/100001,${theirs},mallory`, `${now} ${now} branch master\n`)
  const taken = await host.deploy('--branch master', theirs)
  assert.deepEqual([taken.status, eventsOf(taken, 'refused')[0]?.reason], [76, 'used'])

  // one that was asked for a moment after this process has read the clock stays; one of tomorrow does not
  host.write(`${LINE}/100001,${theirs},mallory`, `${now} ${now + 4} branch master\n`)
  host.write(`${LINE}/100002,${makeRunId()},mallory`, `${now} ${now + 86_400} branch master\n`)
  assert.deepEqual(await waiters(), [theirs])
}

function refusal(answer: Answer): EventOf<'refused'> {
  const [refused] = eventsOf(answer, 'refused')
  assert.ok(refused, `${answer.status} ${answer.stderr}`)
  assert.deepEqual([refused.reason, answer.status], ['locked', 75])
  return refused
}
