// What hosts say before a deploy begins: which of them need it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { RefusedError } from '../../../src/errors.ts'
import { type MusterWork, muster } from '../../../src/operations/fleet/muster.ts'
import type { Event, EventOf, Live, PathsState } from '../../../src/protocol/event.ts'
import type { Progress } from '../../../src/results/progress.ts'
import { type Gate, useGate } from '../support/scripted-gate.ts'
import { at, bareHello, COMMIT, REQUEST, RUN, STEPS } from '../support/scripted-run.ts'

const host = useGate()
const PATHS = ['apps/web/', 'package.json']
const LIVE: Live = { commit: 'c'.repeat(40), ref: REQUEST.ref, run: RUN, how: 'complete' }

/** A gate that answers a plan. */
const planning =
  (paths: PathsState | undefined, status: Partial<EventOf<'status'>> = {}): Gate =>
  (call) =>
    call
      .say(
        bareHello(),
        at({ event: 'status', lock: 'free', live: LIVE, ...status }),
        at({ event: 'plan', commit: COMMIT }),
        ...(paths ? [at({ event: 'paths', state: paths })] : []),
        at({ event: 'end' }),
      )
      .end(0)

/** What was said of the host before anything began, the last at the end. */
const told: Progress[] = []

async function ask(
  gate: Gate,
  options: Omit<Parameters<typeof muster>[3], 'retryMs'> = { changed: PATHS },
  work: Partial<MusterWork> = {},
) {
  const { ready, outcomes } = await muster(
    [host.target(gate, { answerLimitMs: 3000 })],
    { request: REQUEST, steps: STEPS, ...work },
    (progress) => {
      if (progress.type === 'planned') told.push(progress)
      return undefined
    },
    { retryMs: 1, ...options },
  )
  for (const { opened } of ready) opened?.close()
  return { isReady: ready.length === 1, outcomes }
}

describe('with `changed`', () => {
  const unchanged = { host: 'web1', isUnchanged: true, live: LIVE, commit: COMMIT }

  test('a host is asked for the paths, and left out where none of them differs', async () => {
    assert.deepEqual(await ask(planning('same')), { isReady: false, outcomes: [unchanged] })
    const planned = { host: 'web1', type: 'planned', isReady: true, live: LIVE, commit: COMMIT }
    assert.deepEqual(told.at(-1), { ...planned, paths: 'same', isUnchanged: true })
    assert.equal(host.calls.length, 1)
    assert.match(
      host.calls[0] ?? '',
      / plan --app codebase --branch x --paths apps\/web\/,package\.json --digest /,
    )
  })

  for (const state of ['changed', 'missing', 'recipe', 'flags', undefined] as const)
    test(`a host that says ${state ?? 'nothing'} of them is deployed to`, async () =>
      assert.deepEqual(await ask(planning(state)), { isReady: true, outcomes: [] }))

  test('what is live only partly is deployed over', async () => {
    const live: Live = { ...LIVE, how: 'partial' }
    assert.equal((await ask(planning('same', { live }))).isReady, true)
  })

  test('a freeze is none of such a host, but a run in progress may change what is live', async () => {
    const freeze = { user: 'bob', reason: 'backup', seconds: 5 }
    assert.deepEqual((await ask(planning('same', { freeze }))).outcomes, [unchanged])
    const [locked] = (await ask(planning('same', { lock: 'held' }))).outcomes
    assert.equal(locked?.error?.kind, 'locked')
  })

  test('the deploy that is suggested instead is the same one', async () => {
    const ways = ['changed', 'partial'] as const
    const [locked] = (await ask(planning('same', { lock: 'held' }), { changed: PATHS }, { ways })).outcomes
    assert.equal(
      locked?.error?.suggestions.at(-1),
      'Deploy when it is done: shipit deploy --branch x --changed --partial --wait 15m',
    )
  })

  test('nor does it matter which commit that is', async () => {
    const refuse = () => new RefusedError('another one')
    assert.deepEqual((await ask(planning('same'), { changed: PATHS, refuse })).outcomes, [unchanged])
    assert.equal(
      (await ask(planning('changed'), { changed: PATHS, refuse })).outcomes[0]?.error?.kind,
      'refused',
    )
  })

  test('the same commit is up to date, unless it would be deployed in another way', async () => {
    const live: Live = { ...LIVE, commit: COMMIT }
    const upToDate = [{ host: 'web1', isUpToDate: true, commit: COMMIT }]
    assert.deepEqual((await ask(planning('same', { live }))).outcomes, upToDate)
    assert.equal((await ask(planning('flags', { live }))).isReady, true)
    const { outcomes } = await ask(planning('flags', { live }), { changed: PATHS, outdated: true })
    assert.deepEqual(outcomes, upToDate)
  })
})

for (const [what, gate, exit] of [
  ['another protocol', (call) => call.say({ ...bareHello(), protocol: 7 } as Event).end(), 76],
  ['a link that is lost', (call) => void setTimeout(call.say(bareHello()).die, 20), 69],
  ['an answer that ends too soon', (call) => call.say(bareHello()).end(), 76],
] as const satisfies [string, Gate, number][]) {
  test(`${what} is known to have begun nothing`, async () => {
    const [outcome] = (await ask(gate, { begins: true })).outcomes
    const error = outcome?.error
    assert.deepEqual([error?.exitCode, error?.isBeforeAll, error?.isUnknown], [exit, true, false])
  })
}

test('without it no host is asked for paths, and what one says of them is nothing', async () => {
  assert.equal((await ask(planning('same'), {})).isReady, true)
  assert.doesNotMatch(host.calls[0] ?? '', /--paths/)
})
