import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { ConnectionError, UnknownVerdictError } from '../../../src/errors.ts'
import { deploy } from '../../../src/operations/fleet/deploy.ts'
import { cancelRun } from '../../../src/operations/run/cancel-run.ts'
import { HostSilence } from '../../../src/operations/run/host-silence.ts'
import type { FollowOptions } from '../../../src/operations/run/work.ts'
import type { Event } from '../../../src/protocol/event.ts'
import type { Progress } from '../../../src/results/progress.ts'
import { patient } from '../../support/patience.ts'
import { type Gate, type GateCall, useGate } from '../support/scripted-gate.ts'
import {
  at,
  bareHello,
  ended,
  hello,
  outcome,
  REQUEST,
  RUN,
  runEvent,
  STEPS,
  started,
} from '../support/scripted-run.ts'

const host = useGate()

const verbOf = (command: string) => command.split(' ')[1] ?? ''

/** Answers and ends. */
function answer(call: GateCall, ...events: Event[]): void {
  call.say(bareHello(), ...events).end()
}

const unknown = at({ event: 'refused', reason: 'unknown-run', exit: 66 })
const locked = at({ event: 'refused', reason: 'locked', exit: 75 })
const cancelling = [
  at({ event: 'cancelling', run: RUN, step: 'git', phase: 'prepare' }),
  at({ event: 'end' }),
]
const cancelledRun = [
  runEvent(),
  started(1),
  ended(1, 143),
  outcome({ outcome: 'cancelled', exit: 130, number: 1, step: 'git', status: 143, by: 'alice' }),
]

/** Follows a run that is cancelled as soon as `when` says so of what was shown or called. */
async function cancelled(
  gate: Gate,
  when: (seen: { shown: readonly Progress[]; calls: readonly string[] }) => boolean,
  options: FollowOptions = {},
) {
  const shown: Progress[] = []
  const calls: string[] = []
  const cancelling = new AbortController()
  const target = host.target(
    (call) => {
      calls.push(verbOf(call.command))
      gate(call)
    },
    { answerLimitMs: 2000 },
  )
  const look = setInterval(() => {
    if (when({ shown, calls })) cancelling.abort()
  }, 5)
  const [result] = await deploy(
    [target],
    { request: REQUEST, steps: STEPS },
    (progress) => {
      shown.push(progress)
      return undefined
    },
    { retryMs: 1, cancel: cancelling.signal, ...options },
  )
  clearInterval(look)
  assert.ok(result)
  return { ...result, shown, calls }
}

describe('a run that is cancelled', () => {
  test('before its request was sent begins nowhere, and nothing is sent', async () => {
    const target = { ...host.target(undefined), open: () => new Promise<never>(() => {}) }
    const [result] = await deploy([target], { request: REQUEST, steps: STEPS }, () => undefined, {
      cancel: AbortSignal.abort(),
    })
    assert.match(result?.error?.message ?? '', /was cancelled before it began$/)
    assert.equal(result?.error?.exitCode, 130)
  })

  test('while it waits for a lock begins nowhere, and at once', async () => {
    const began = performance.now()
    const { error, calls } = await cancelled(
      (call) => answer(call, locked),
      ({ shown }) => shown.some(({ type }) => type === 'waiting'),
      { waitMs: 60_000 },
    )
    assert.match(error?.message ?? '', /was cancelled before it began$/)
    assert.deepEqual(calls, ['deploy'])
    assert.ok(performance.now() - began < patient(2000))
  })

  test('while it waits for a lock begins nowhere, also where the host is gone', async () => {
    let isGone = false
    const { error, calls } = await cancelled(
      (call) => {
        if (isGone) return void setImmediate(call.die)
        isGone = true
        answer(
          call,
          at({ event: 'refused', reason: 'locked', exit: 75, inLine: { ahead: 1, behind: 'bob' } }),
        )
      },
      ({ shown }) => shown.some(({ type }) => type === 'waiting'),
      { waitMs: 60_000 },
    )
    assert.match(error?.message ?? '', /was cancelled before it began$/)
    assert.deepEqual(calls, ['deploy', 'cancel'])
  })

  test('is cancelled once more where the link was lost in the middle of the answer', async () => {
    const log = [runEvent(), started(1)]
    let cancels = 0
    const { error, outcome: how } = await cancelled(
      (call) => {
        const verb = verbOf(call.command)
        if (verb === 'deploy') call.say(hello(), ...log)
        else if (verb === 'attach') {
          call.say(hello({ events: log.length }))
          const tell = setInterval(() => {
            if (cancels < 2) return
            clearInterval(tell)
            call.say(...cancelledRun.slice(2)).end(130)
          }, 5)
        } else {
          cancels += 1
          if (cancels > 1) return answer(call, ...cancelling)
          call.say(bareHello())
          void setTimeout(20).then(call.die)
        }
      },
      ({ shown }) => shown.some((each) => each.type === 'event' && each.event.event === 'step'),
      { retryMs: 20 },
    )
    assert.deepEqual([error?.exitCode, how?.outcome, cancels], [130, 'cancelled', 2])
  })

  test('while its request is on the way is waited for, until the host has said that it never begins', async () => {
    const { error, calls } = await cancelled(
      (call) => {
        if (verbOf(call.command) === 'cancel') answer(call, unknown)
      },
      ({ calls: made }) => made.includes('deploy'),
    )
    assert.match(error?.message ?? '', /was cancelled before it began$/)
    assert.deepEqual(calls, ['deploy', 'cancel'])
  })

  test('while its request is on the way, and has begun, is followed to its outcome', async () => {
    let first: GateCall | undefined
    const {
      error,
      calls,
      outcome: how,
    } = await cancelled(
      (call) => {
        if (verbOf(call.command) === 'deploy') first = call
        else {
          answer(call, ...cancelling)
          first?.say(hello(), ...cancelledRun).end(130)
        }
      },
      ({ calls: made }) => made.includes('deploy'),
    )
    assert.deepEqual([error?.exitCode, how?.outcome, how?.by], [130, 'cancelled', 'alice'])
    assert.deepEqual(calls, ['deploy', 'cancel'])
  })

  test('after the link was lost before the first event is not begun anew: whether it has begun is asked', async () => {
    let deaf = true
    const {
      error,
      calls,
      shown,
      outcome: how,
    } = await cancelled(
      (call) => {
        const verb = verbOf(call.command)
        if (deaf) {
          deaf = verb !== 'cancel'
          setImmediate(call.die)
        } else if (verb === 'cancel') answer(call, ...cancelling)
        else call.say(hello(), ...cancelledRun).end(130)
      },
      ({ calls: made }) => made.includes('deploy'),
      { retryMs: 20 },
    )
    assert.deepEqual([error?.exitCode, how?.outcome], [130, 'cancelled'])
    const first = calls.indexOf('cancel')
    assert.ok(first > 0, calls.join())
    assert.ok(!calls.slice(first).includes('deploy'), calls.join())
    assert.equal(calls.at(-1), 'attach')
    // that the host was not reached is said once
    const told = shown.flatMap((each) => (each.type === 'cancel' ? [each] : []))
    assert.deepEqual(
      told.map(({ event, error: why }) => event?.event ?? why?.exitCode),
      [69, 'cancelling'],
    )
  })

  test('while the link is lost is cancelled as soon as the host is reached', async () => {
    let deaf = false
    let isCancelled = false
    const log = [runEvent(), started(1)]
    const {
      error,
      calls,
      outcome: how,
    } = await cancelled(
      (call) => {
        const verb = verbOf(call.command)
        if (deaf) setImmediate(call.die)
        else if (verb === 'deploy') {
          call.say(hello(), ...log)
          void setTimeout(30).then(() => {
            deaf = true
            call.die()
          })
          void setTimeout(200).then(() => {
            deaf = false
          })
        } else if (verb === 'cancel') {
          isCancelled = true
          answer(call, ...cancelling)
        } else {
          call.say(hello({ events: log.length }))
          const tell = setInterval(() => {
            if (!isCancelled) return
            clearInterval(tell)
            call.say(...cancelledRun.slice(2)).end(130)
          }, 5)
        }
      },
      ({ shown }) => shown.some(({ type }) => type === 'lost'),
      { retryMs: 20 },
    )
    assert.deepEqual([error?.exitCode, how?.outcome], [130, 'cancelled'], error?.message)
    assert.ok(calls.includes('cancel'))
  })

  test('while it is followed is heard to its end, however long no cancel reaches the host', async (context) => {
    context.mock.method(HostSilence.prototype, 'giveUpAfterLong', () => {
      throw new UnknownVerdictError('nothing heard for long')
    })
    const cancelling = new AbortController()
    let first: GateCall | undefined
    const target = host.target((call) => {
      first = call.say(hello(), runEvent(), started(1))
    })
    let tries = 0
    const open = () => {
      if (!first) return target.open()
      tries += 1
      if (tries === 3)
        first
          .say(ended(1, 1), outcome({ outcome: 'failed', exit: 1, number: 1, step: 'git', status: 1 }))
          .end(1)
      return Promise.reject(new ConnectionError('no route'))
    }
    const show = (progress: Progress) => {
      if (progress.type === 'event' && progress.event.event === 'step') cancelling.abort()
      return undefined
    }
    const [result] = await deploy([{ ...target, open }], { request: REQUEST, steps: STEPS }, show, {
      retryMs: 1,
      cancel: cancelling.signal,
    })
    assert.deepEqual([result?.outcome?.outcome, tries], ['failed', 3])
  })

  test('is asked for until there is a reason to give up, and that nobody answers is shown once', async () => {
    const tooLong = new UnknownVerdictError('nothing heard for long')
    const open = () => Promise.reject(new ConnectionError('no route'))
    const shown: Progress[] = []
    let tries = 0
    const asking = cancelRun({ ...host.target(undefined), open }, REQUEST, {
      seen: () => ({ begun: true, mayHaveBegun: true, hasPlace: false }),
      show: (progress) => void shown.push(progress),
      retryMs: 1,
      stop: new AbortController().signal,
      giveUp: () => {
        tries += 1
        if (tries === 3) throw tooLong
      },
    })
    await assert.rejects(asking, tooLong)
    assert.deepEqual([tries, shown.map(({ type }) => type)], [3, ['cancel']])
  })

  test('and may not be, by the policy, is followed to its end as it is', async () => {
    const policy = at({ event: 'refused', reason: 'policy', exit: 77 })
    let first: GateCall | undefined
    const { error, shown } = await cancelled(
      (call) => {
        if (verbOf(call.command) === 'deploy') first = call.say(hello(), runEvent(), started(1))
        else {
          answer(call, policy)
          first
            ?.say(ended(1, 1), outcome({ outcome: 'failed', exit: 1, number: 1, step: 'git', status: 1 }))
            .end(1)
        }
      },
      ({ shown: seen }) => seen.some((each) => each.type === 'event' && each.event.event === 'run'),
    )
    assert.equal(error?.exitCode, 1)
    assert.ok(shown.some((each) => each.type === 'cancel' && each.error?.exitCode === 77))
  })
})

test('who waits for a lock, and has lost the link at the end of that time, begins nothing any more', async () => {
  let isCut = false
  const calls: string[] = []
  const gate = host.target((call) => {
    calls.push(verbOf(call.command))
    if (verbOf(call.command) === 'attach') return answer(call, unknown)
    if (calls.length === 1) return answer(call, locked)
    // the second one may have begun
    isCut = true
    void setTimeout(2500).then(() => {
      isCut = false
    })
    call.die()
  })
  const open = async () => {
    if (isCut) throw new ConnectionError('cut')
    return gate.open()
  }
  const [result] = await deploy([{ ...gate, open }], { request: REQUEST, steps: STEPS }, () => undefined, {
    retryMs: 100,
    waitMs: 300,
  })
  assert.equal(result?.error?.exitCode, 75, result?.error?.message)
  assert.deepEqual(calls, ['deploy', 'deploy', 'attach'])
})
