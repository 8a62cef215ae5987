import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HostKeyError, RefusedError } from '../../../src/errors.ts'
import { type DeployOptions, deploy } from '../../../src/operations/fleet/deploy.ts'
import { muster } from '../../../src/operations/fleet/muster.ts'
import type { Event, OutcomeEvent, RefusalReason } from '../../../src/protocol/event.ts'
import type { HostOutcome, Progress } from '../../../src/results/progress.ts'
import { patient } from '../../support/patience.ts'
import { type Gate, type GateCall, useGate } from '../support/scripted-gate.ts'
import {
  at,
  bareHello,
  COMMIT,
  commit,
  ended,
  goodRun,
  hello,
  onWire,
  outcome,
  REQUEST,
  runEvent,
  STEPS,
  skipped,
  started,
} from '../support/scripted-run.ts'

const host = useGate()

async function deployTo(
  gate: Gate | undefined,
  options: DeployOptions = {},
): Promise<HostOutcome & { shown: Progress[] }> {
  const shown: Progress[] = []
  const target = host.target(gate, { answerLimitMs: 300 })
  const [result] = await deploy(
    [target],
    { request: REQUEST, steps: STEPS },
    (progress) => {
      shown.push(progress)
      return undefined
    },
    { retryMs: 1, ...options },
  )
  assert.ok(result)
  return { ...result, shown }
}

/** A gate that tells these events, then ends. */
function telling(events: readonly Event[], status = 0): Gate {
  return (call) =>
    begin(call)
      .say(...events)
      .end(status)
}

function begin(call: GateCall): GateCall {
  return call.say(hello())
}

/** What an attach says that the client has. */
function placeOf(command: string): { offset: number; events: number } {
  const [, offset = 0, events = 0] = /--offset (\d+) --events (\d+)/.exec(command) ?? []
  return { offset: Number(offset), events: Number(events) }
}

function refusing(reason: RefusalReason, more: object = {}): Gate {
  return (call) => {
    // and never ends: the refusal is the end
    call.say(bareHello(), at({ event: 'refused', reason, exit: 1, ...more } as never))
  }
}

const holder = {
  run: '20261122T120000Z-ffffffffffffffff',
  user: 'bob',
  ref: REQUEST.ref,
  seconds: 12,
  step: 'git',
}
const half = [runEvent(), started(1), ended(1), commit(), skipped(2), started(3)]

function broken(changes: Partial<OutcomeEvent>): Gate {
  return telling([...half, ended(3, 23), outcome({ number: 3, step: 'rsync src', status: 23, ...changes })])
}

const ENDS: Record<string, [Gate | undefined, number, RegExp]> = {
  'a run that fails': [
    broken({ outcome: 'failed', exit: 1 }),
    1,
    /^step 'rsync src' failed with status 23 on 'web1': the target of rsync src may be partly updated/,
  ],
  'a run out of time': [
    broken({ outcome: 'timed-out', exit: 1, limitSeconds: 9 }),
    1,
    /ran out of time \(9 s\)/,
  ],
  'a run that is cancelled': [
    broken({ outcome: 'cancelled', exit: 130 }),
    130,
    /^the run on 'web1' was cancelled/,
  ],
  'a run that is interrupted': [
    broken({ outcome: 'interrupted', exit: 76 }),
    76,
    /was interrupted in step 'rsync src'/,
  ],
  'a refusal by policy': [refusing('policy'), 77, /does not allow you to deploy branch 'x'$/],
  'a refusal for drift': [refusing('drift'), 78, /^the recipe on 'web1' differs from yours$/],
  'a refusal for a lock': [
    refusing('locked', { holder }),
    75,
    /is locked: bob has been deploying branch 'x' for 12 s, now in step 'git'/,
  ],
  'a refusal for a lock that has just been taken': [
    refusing('locked'),
    75,
    /another run is starting, or has just ended$/,
  ],
  'a refusal for a cancel that came before': [
    refusing('cancelled', { by: 'bob' }),
    130,
    /^the run on 'web1' was cancelled by bob before it began$/,
  ],
  'a refusal for processes that are left': [refusing('busy', { holder }), 75, /still alive on 'web1': bob/],
  'a refusal by the policy on what is live': [
    refusing('policy-live'),
    77,
    /does not allow you to roll back what is live/,
  ],
  'a refusal for the clock': [
    refusing('clock'),
    78,
    /^run \S+ was started at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, and it is \S+Z on 'web1': they may differ by at most one day$/,
  ],
  'a refusal for an id that was used': [
    refusing('used'),
    76,
    /^'web1' knows run id \S+ from another request, another person, or .*: nothing was started$/,
  ],
  'a refusal for a full disk': [refusing('storage'), 76, /cannot write its records: nothing was started$/],
  'a freeze': [
    refusing('frozen', { freeze: { user: 'bob', reason: 'a_move', seconds: 9 } }),
    75,
    /is frozen by bob, 9 s ago: a move$/,
  ],
  'no shipit': [(call) => call.look('no no').end(127), 77, /^shipit is not installed on 'web1'$/],
  'no leave by sudo': [(call) => call.end(1), 77, /^sudo on 'web1' did not start the runner for 'alice'$/],
  'no leave by the gate': [(call) => call.end(77), 77, /^'web1' refused the request$/],
  'another protocol': [
    (call) => call.say(hello({ protocol: 7 }), ...goodRun()).end(),
    76,
    /^'web1' speaks protocol 7 /,
  ],
  'a second hello': [
    (call) =>
      begin(begin(call))
        .say(...goodRun())
        .end(),
    76,
    /^'web1' sent a second hello$/,
  ],
  'success under another token': [
    (call) =>
      begin(call)
        .raw(...goodRun().map((event) => onWire('0'.repeat(32), event)))
        .end(),
    76,
    /^'web1' sent something that is neither an event nor output$/,
  ],
  'success that is output': [
    (call) => {
      const place = placeOf(call.command)
      call.say(hello(place))
      // as a build would print it that knows the token
      if (place.offset === 0) call.say(...goodRun().map((event) => onWire(call.session, event)))
      call.end()
    },
    76,
    /^no news of the run from 'web1'$/,
  ],
  'output between the frames': [
    (call) =>
      begin(call)
        .raw('one\n')
        .say(...goodRun())
        .end(),
    76,
    /^'web1' sent something that is neither an event nor output$/,
  ],
  'a refusal in the middle of a run': [
    telling([...half, at({ event: 'refused', reason: 'frozen', exit: 75 }), ...goodRun().slice(6)]),
    76,
    /but an event 'refused' came that does not belong to a run$/,
  ],
  'success without its steps': [telling([runEvent(), outcome()]), 76, /but not every step was done$/],
  'success of another ref': [
    telling([runEvent({ ref: { kind: 'tag', name: 'x' } }), ...goodRun().slice(1)]),
    76,
    /but it deployed tag 'x'$/,
  ],
  'a run that never tells its outcome': [
    telling(goodRun().slice(0, -1)),
    76,
    /^no news of the run from 'web1'$|another place/,
  ],
  'a host that executes nothing': [undefined, 69, /did not start the command/],
  // the run may have begun
  'a host that never answers': [() => {}, 76, /did not answer within 0\.3 s$/],
  'a host that dies before it answers': [(call) => call.die(), 76, /was lost before it answered$/],
}

describe('a deploy ends with an error for', () => {
  for (const [name, [gate, exit, message]] of Object.entries(ENDS)) {
    test(name, async () => {
      const { error, shown } = await deployTo(gate)
      assert.match(error?.message ?? 'deployed', message)
      assert.equal(error?.exitCode, exit)
      assert.deepEqual(shown.at(-1)?.type, 'ended')
    })
  }
})

test('a deploy that has waited for the lock in vain says how long', async () => {
  const { error } = await deployTo(refusing('locked', { holder }), { waitMs: 1000 })
  assert.match(error?.message ?? '', /is still locked after 1 s: bob has been deploying/)
  assert.equal(error?.exitCode, 75)
})

test('a deploy that waits for the lock shows one hello, however often it asks', async () => {
  let calls = 0
  const { error, shown } = await deployTo(
    (call) => {
      calls += 1
      if (calls < 3) refusing('locked', { holder, inLine: { ahead: 0 } })(call)
      else telling(goodRun())(call)
    },
    { waitMs: 30_000 },
  )
  assert.equal(error, undefined)
  const told = shown.filter((each) => each.type === 'event' && each.event.event === 'hello')
  assert.deepEqual([calls, told.length], [3, 1])
})

describe('a deploy is good', () => {
  test('when all was told in order, whatever stands around it', async () => {
    const {
      error,
      commit: id,
      run,
      shown,
    } = await deployTo((call) => {
      call.raw('banner\n', onWire('0'.repeat(32), outcome()))
      begin(call)
        .say(...goodRun())
        .end()
    })
    assert.equal(error, undefined)
    assert.equal(id, COMMIT)
    assert.equal(run?.user, 'alice')
    const events = shown.flatMap((each) => (each.type === 'event' ? each.event.event : []))
    assert.equal(events.filter((each) => each === 'outcome').length, 1)
  })

  test('at its outcome: what comes afterwards is not waited for', async () => {
    const startedMs = performance.now()
    const { error } = await deployTo((call) => {
      begin(call).say(...goodRun(), ...goodRun())
      setInterval(() => call.say('and on\n'), 5).unref()
    })
    assert.equal(error, undefined)
    assert.ok(performance.now() - startedMs < patient(2000))
  })

  test('when the connection was lost in the middle and the rest came from another one', async () => {
    const log = goodRun()
    const { error, shown } = await deployTo((call) => {
      const place = placeOf(call.command)
      call.say(hello(place))
      if (place.events > 0) return call.say('put\n', ...log.slice(4)).end()
      call.say(...log.slice(0, 4), 'out')
      setTimeout(call.die, 20)
    })
    assert.equal(error, undefined)
    assert.ok(shown.some(({ type }) => type === 'lost'))
    assert.match(
      host.calls.at(-1) ?? '',
      /^shipit-gate attach --run \S+ --app codebase --offset 3 --events 4 /,
    )
  })
})

describe('a run whose link is lost after it has begun', () => {
  /** Loses the link in the middle of the run; what comes to the next request is `then`'s. */
  const losing =
    (then: Gate): Gate =>
    (call) => {
      if (call.command.includes('attach')) return then(call)
      begin(call).say(...half)
      setTimeout(call.die, 20)
    }

  test('is asked for again while sudo or the gate refuses', async () => {
    let asked = 0
    const { error } = await deployTo(
      losing((call) => {
        asked += 1
        if (asked === 1) return call.end(1)
        if (asked === 2) return call.end(77)
        call
          .say(hello(placeOf(call.command)))
          .say(...goodRun().slice(half.length))
          .end()
      }),
    )
    assert.deepEqual([error, asked], [undefined, 3])
  })

  for (const [why, then] of Object.entries({
    'no longer allows it': refusing('policy'),
    'has forgotten it': refusing('unknown-run'),
  })) {
    test(`may be live where the host ${why}`, async () => {
      const { error, run } = await deployTo(losing(then))
      assert.match(error?.message ?? '', /^lost sight of the run on 'web1': /)
      assert.deepEqual([error?.exitCode, error?.isUnknown, error?.isBeforeAll], [76, true, false])
      assert.deepEqual(error?.details.run, run?.run)
    })
  }

  test('may be live where its request had no answer, whatever comes to the next one', async () => {
    let calls = 0
    const { error } = await deployTo((call) => {
      calls += 1
      // the second is refused by sudo for as long as it is asked
      if (calls === 1) call.die()
      else if (calls === 2) call.end(1)
      else
        begin(call)
          .say(...goodRun())
          .end()
    })
    assert.deepEqual([error, calls], [undefined, 3])

    const target = host.target((call) => call.die(), { answerLimitMs: 300 })
    let opened = 0
    const open = () => {
      opened += 1
      return opened === 1 ? target.open() : Promise.reject(new HostKeyError('another key'))
    }
    const work = { request: REQUEST, steps: STEPS }
    const [result] = await deploy([{ ...target, open }], work, () => undefined, { retryMs: 1 })
    assert.deepEqual([result?.error?.exitCode, result?.error?.isBeforeAll], [76, false])
  })

  test('may be live where its host speaks another protocol', async () => {
    const { error } = await deployTo((call) => call.say({ ...hello(), protocol: 7 } as Event).end())
    assert.deepEqual([error?.exitCode, error?.isUnknown], [76, true])
  })

  test('may be live where the host has another key by now', async () => {
    const target = host.target(
      losing(() => assert.fail('asked')),
      { answerLimitMs: 300 },
    )
    let opened = 0
    const [result] = await deploy(
      [
        {
          ...target,
          open: () => {
            opened += 1
            return opened === 1 ? target.open() : Promise.reject(new HostKeyError('another key'))
          },
        },
      ],
      { request: REQUEST, steps: STEPS },
      () => undefined,
      { retryMs: 1 },
    )
    assert.equal(result?.error?.message, "lost sight of the run on 'web1': another key")
    assert.equal(result?.error?.exitCode, 76)
  })
})

test('a host that answers from another place after a lost connection is not believed', async () => {
  const { error } = await deployTo((call) => {
    if (!call.command.includes('attach')) begin(call).say(...half)
    else call.say(hello({ events: 1 })).say(...goodRun())
    setTimeout(call.die, 20)
  })
  assert.match(error?.message ?? '', /answered from another place in the run's log$/)
  assert.equal(error?.exitCode, 76)
})

test('who shows slowly is waited for', async () => {
  let showing = 0
  let most = 0
  const target = host.target((call) =>
    begin(call)
      .say(...half, ...Array<string>(20).fill('line\n'), ...goodRun())
      .end(),
  )
  await deploy([target], { request: REQUEST, steps: STEPS }, async () => {
    showing += 1
    most = Math.max(most, showing)
    await new Promise((resolve) => setTimeout(resolve, 1))
    showing -= 1
  })
  // not waited for are only connecting, connected and the hello
  assert.ok(most <= 4, `${most}`)
})

describe('where the host is asked first', () => {
  /** How many words came, and what `then` the gate says after the first of them. */
  const asking =
    (then: (call: GateCall, word: string) => void): Gate =>
    async (call) => {
      call.say(bareHello(), at({ event: 'status', lock: 'free' }), at({ event: 'plan', commit: COMMIT }))
      call.say(at({ event: 'ready' }))
      then(call, await call.word)
    }
  const good = (call: GateCall) =>
    begin(call)
      .say(...goodRun())
      .end()
  const refuse = () => undefined

  test('the deploy begins in the same session, at a word with the commit, after what the host had to say', async () => {
    let said = ''
    const { outcome: done, shown } = await deployTo(
      asking((call, word) => {
        said = word
        call.raw('\n')
        good(call)
      }),
      { refuse },
    )
    assert.equal(said, `begin ${COMMIT} now\n`)
    assert.equal(done?.outcome, 'succeeded')
    assert.equal(host.calls.length, 1)
    assert.match(
      host.calls[0] ?? '',
      / deploy --run \S+ --app codebase --branch x --ask --digest [0-9a-f]{64} --session [0-9a-f]{32}$/,
    )
    assert.deepEqual(
      shown.map(({ type }) => type).filter((type) => type !== 'event'),
      ['connecting', 'connected', 'planned', 'ended'],
    )
  })

  test('a link that breaks at the word is opened again, and the deploy is sent as it was meant', async () => {
    let calls = 0
    const { outcome: done } = await deployTo(
      (call) => {
        calls += 1
        if (calls === 1) asking(() => call.die())(call)
        else good(call)
      },
      { refuse },
    )
    assert.equal(done?.outcome, 'succeeded')
    assert.match(host.calls[1] ?? '', new RegExp(` --branch x --commit ${COMMIT} --digest `))
  })

  test('a lock that came meanwhile is waited for, in sessions of their own', async () => {
    let calls = 0
    const { outcome: done } = await deployTo(
      (call) => {
        calls += 1
        if (calls === 1) asking(() => refusing('locked', { holder })(call))(call)
        else good(call)
      },
      { refuse, waitMs: 5000 },
    )
    assert.equal(done?.outcome, 'succeeded')
    assert.deepEqual(
      host.calls.map((line) => [/ --ask /.test(line), / --wait /.test(line)]),
      [
        [true, true],
        [false, true],
      ],
    )
  })

  test('a host that is not to begin gets no word: the connection ends', async () => {
    let word: Promise<string> | undefined
    const gate = asking(() => {})
    const { error } = await deployTo(
      (call) => {
        word = call.word
        gate(call)
      },
      { refuse: () => new RefusedError('not that one') },
    )
    assert.equal(error?.message, 'not that one')
    await assert.rejects(Promise.race([word, sleep(300).then(() => Promise.reject(new Error('none')))]))
  })

  test('a cancel that comes as the last host is ready begins nothing, and nothing is said', async () => {
    for (const partial of [true, false]) {
      const cancel = new AbortController()
      let word: Promise<string> | undefined
      const gate = asking(() => {})
      const target = host.target(
        (call) => {
          word = call.word
          gate(call)
        },
        { answerLimitMs: 300 },
      )
      const [result] = await deploy(
        [target],
        { request: REQUEST, steps: STEPS },
        (progress) => {
          if (progress.type === 'planned') cancel.abort()
          return undefined
        },
        { retryMs: 1, refuse, partial, cancel: cancel.signal },
      )
      assert.match(result?.error?.message ?? '', /was cancelled before it began/)
      await assert.rejects(Promise.race([word, sleep(200).then(() => Promise.reject(new Error('none')))]))
    }
  })

  test('a cancel or a leave that has come before a host has its turn begins nothing there', async () => {
    for (const [signal, expected] of [
      ['cancel', /was cancelled before it began/],
      ['leave', /stopped watching/],
    ] as const) {
      let word = ''
      const target = host.target(
        asking((_, said) => {
          word = said
        }),
        { answerLimitMs: 300 },
      )
      const work = { request: REQUEST, steps: STEPS }
      const mustered = await muster([target], work, () => undefined, { begins: true })
      const options = { retryMs: 1, mustered, [signal]: AbortSignal.abort() }
      const [result] = await deploy([target], work, () => undefined, options)
      assert.match(result?.error?.message ?? '', expected)
      await sleep(100)
      assert.equal(word, '')
    }
  })

  test('a host that has waited too long, or has other programs by now, is sent the deploy itself', async () => {
    for (const status of [0, 143, 124]) {
      let calls = 0
      const { outcome: done, shown } = await deployTo(
        (call) => {
          calls += 1
          if (calls === 1) asking(() => call.end(status))(call)
          else good(call)
        },
        { refuse },
      )
      assert.equal(done?.outcome, 'succeeded')
      assert.equal(shown.filter(({ type }) => type === 'lost').length, 0)
      assert.doesNotMatch(host.calls[1] ?? '', /--ask/)
    }
  })

  test('nor is it sent that after a cancel', async () => {
    const cancel = new AbortController()
    const { error } = await deployTo(
      (call) => {
        if (!call.command.includes(' --ask')) return refusing('unknown-run')(call)
        asking(() => {
          cancel.abort()
          setTimeout(() => call.end(0), 50)
        })(call)
      },
      { refuse, cancel: cancel.signal },
    )
    assert.match(error?.message ?? '', /cancelled before it began|unknown/)
    assert.deepEqual(
      host.calls.filter((line) => / deploy /.test(line) && !/ --ask /.test(line)),
      [],
    )
  })

  test('one that refuses the word is not asked again', async () => {
    const { error } = await deployTo(
      asking((call) => call.end(77)),
      { refuse },
    )
    assert.equal(error?.kind, 'refused')
    assert.equal(host.calls.length, 1)
  })

  test('a host that begins by itself and says no more is waited for no longer than others', async () => {
    const { error } = await deployTo(begin as Gate, { refuse })
    assert.match(error?.message ?? '', /did not answer within 0.3 s/)
  })

  test('a host that ends without saying that it is ready has not answered', async () => {
    const { error } = await deployTo((call) => call.say(bareHello(), at({ event: 'end' })).end(0), { refuse })
    assert.match(error?.message ?? '', /stopped in the middle of its answer/)
  })
})
