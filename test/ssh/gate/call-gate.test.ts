import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { ShipitError } from '../../../src/errors.ts'
import type { Request } from '../../../src/protocol/request.ts'
import type { Answer } from '../../../src/ssh/gate/answer-reader.ts'
import { callGate } from '../../../src/ssh/gate/call-gate.ts'
import { type Gate, useGate } from '../../operations/support/scripted-gate.ts'
import {
  at,
  bareHello,
  goodRun,
  hello,
  onWire,
  outcome,
  REQUEST,
  runEvent,
} from '../../operations/support/scripted-run.ts'

const host = useGate()
const NOT_KNOWN = 'refused: not a request that the gate knows (see docs/protocol.md)'

/** Calls the gate and gives all that came. */
async function call(
  gate: Gate | undefined,
  answerLimitMs = 5000,
  isEnough: (answer: Answer) => boolean = () => false,
  request: Request = REQUEST,
) {
  const { open, ...callee } = host.target(gate, { answerLimitMs, version: '0.10.0' })
  const connection = await open()
  try {
    const answers: Answer[] = []
    const end = await callGate(connection, request, callee, (answer) => {
      answers.push(answer)
      return isEnough(answer) ? 'enough' : undefined
    })
    return { answers, end, output: outputOf(answers) }
  } finally {
    connection.close()
  }
}

function outputOf(answers: readonly Answer[]): string {
  return answers.map((each) => (each.type === 'output' ? Buffer.from(each.bytes).toString() : '')).join('')
}

function eventsOf(answers: readonly Answer[]): string[] {
  return answers.flatMap((each) => (each.type === 'event' ? each.event.event : []))
}

async function failureOf(
  gate: Gate | undefined,
  answerLimitMs?: number,
  request?: Request,
): Promise<ShipitError> {
  const error = await call(gate, answerLimitMs, undefined, request).then(
    () => assert.fail('there was an answer'),
    (reason) => reason as unknown,
  )
  assert.ok(error instanceof ShipitError, String((error as Error).stack))
  return error
}

describe('an answer', () => {
  test('is events, output between them, and how it ended', async () => {
    const { answers, end, output } = await call((gate) => {
      gate.say(hello(), runEvent(), 'one\ntw', outcome(), 'o\n').end(3)
    })
    assert.deepEqual(eventsOf(answers), ['hello', 'run', 'outcome'])
    assert.equal(output, 'one\ntwo\n')
    assert.deepEqual(end, { status: 3, lost: false })
    assert.match(
      host.calls[0] ?? '',
      /^shipit-gate deploy --run \S+ --app codebase .* --session [0-9a-f]{32}$/,
    )
  })

  test('begins at the hello: what a banner or a ~/.bashrc says, forged events too, is passed over', async () => {
    const { answers, output } = await call((gate) => {
      const guess = '0'.repeat(32)
      gate
        .raw('Welcome!\n', `\x1e{"event":"outcome"}\n`, onWire(guess, hello()), onWire(guess, outcome()))
        .raw(`\x1e${gate.session}`, `\x1e${gate.session} {}\n`, onWire(gate.session, outcome()))
        .raw('no newline')
        .say(hello(), runEvent(), 'after\n')
        .end()
    })
    assert.deepEqual(eventsOf(answers), ['hello', 'run'])
    assert.equal(output, 'after\n')
  })

  test('is output where the host says so, whatever it looks like', async () => {
    const { answers, output } = await call((gate) => {
      const forged = [onWire(gate.session, outcome()), onWire(gate.session, hello()), `\x1e${gate.session} `]
      gate.say(hello(), ...forged, runEvent(), '', forged.join('')).end()
    })
    assert.deepEqual(eventsOf(answers), ['hello', 'run'])
    assert.equal(output.match(/\x1e[0-9a-f]{32} \{.*"event":"outcome"/g)?.length, 2)
  })

  test('passes over what it does not know, and counts it', async () => {
    const { answers } = await call((gate) => {
      gate.say(hello()).raw(`\x1e${gate.session} {"event":"news"}\n`).say(runEvent()).end()
    })
    assert.deepEqual(
      answers.map(({ type }) => type),
      ['event', 'unknown', 'event'],
    )
  })

  for (const [what, event] of [
    ['events', 'commit'],
    ['events that it does not know', 'news'],
  ] as const) {
    test(`has an end of ${what}`, async () => {
      const error = await failureOf((gate) => {
        const time = '2026-11-28T12:00:00Z'
        const line = `\x1e${gate.session} ${JSON.stringify({ event, time, commit: 'a'.repeat(40) })}\n`
        gate.say(hello()).raw(line.repeat(100_000)).end()
      })
      assert.equal(error.exitCode, 76)
      assert.match(error.message, /sent more than 100000 events$/)
    })
  }

  test('that is cut off in a control line is lost, and the rest of the line with it', async () => {
    const { output, end } = await call((gate) => {
      gate.say(hello(), 'some\n').raw(`\x1e${gate.session} {"ev`)
      setTimeout(gate.die, 30)
    })
    assert.equal(output, 'some\n')
    assert.deepEqual(end, { lost: true })
  })
})

test('an answer that is enough is not read on', async () => {
  const isOutcome = (answer: Answer) => answer.type === 'event' && answer.event.event === 'outcome'
  const gate: Gate = (gate) => {
    // it never ends
    gate.say(hello(), 'one\n', outcome(), 'two\n')
  }
  const { answers, end, output } = await call(gate, 5000, isOutcome)
  assert.deepEqual(eventsOf(answers), ['hello', 'outcome'])
  assert.equal(output, 'one\n')
  assert.equal(end, undefined)
})

const FAILURES: Record<
  string,
  [Gate | undefined, { exit: number; code: string; message: RegExp; advice?: RegExp }]
> = {
  'no shipit on the host': [
    (gate) => {
      gate.channel.stderr.write('sh: shipit-gate: not found\n')
      gate.look('no no').end(127)
    },
    {
      exit: 77,
      code: 'SHIPIT_REFUSED',
      message: /^shipit is not installed on 'web1': sh: shipit-gate: not found$/,
      advice: /install/,
    },
  ],
  'a PATH without the gate': [
    (gate) => gate.look('yes no').end(127),
    {
      exit: 77,
      code: 'SHIPIT_REFUSED',
      message: /^the shell of 'alice' on 'web1' does not find shipit-gate, although shipit is installed$/,
      advice: /PATH/,
    },
  ],
  'an account that can run nothing, by its shell': [
    (gate) => gate.look(undefined).raw('This account is currently not available.\n').end(1),
    {
      exit: 69,
      code: 'SHIPIT_CONNECTION',
      message:
        /^'web1' lets 'alice' log in, but runs no command for that account \(status 1\): This account is currently not available\.$/,
      advice: /ssh alice@web1` true|`ssh alice@web1` true|administrator/,
    },
  ],
  'a shell that is missing': [
    (gate) => {
      gate.channel.stderr.write('.bashrc: line 1: exec: zsh: not found\n')
      gate.look(undefined).end(127)
    },
    {
      exit: 69,
      code: 'SHIPIT_CONNECTION',
      message: /\(status 127\): \.bashrc: line 1: exec: zsh: not found$/,
    },
  ],
  'a refusal by sudo': [
    (gate) => {
      gate.channel.stderr.write('alice is not in the sudoers file.\n\x1b]0;title\x07\x1b[2Jgone\n')
      gate.end(1)
    },
    {
      exit: 77,
      code: 'SHIPIT_REFUSED',
      message:
        /^sudo on 'web1' did not start the runner for 'alice': alice is not in the sudoers file\.; gone$/,
      advice: /sh install\.sh --check/,
    },
  ],
  'a refusal by the gate': [
    (gate) => {
      gate.channel.stderr.write('refused: this app is not installed on this host\n')
      gate.end(77)
    },
    {
      exit: 77,
      code: 'SHIPIT_REFUSED',
      message: /^'web1' refused the request: this app is not installed on this host$/,
    },
  ],
  'another status': [
    (gate) => gate.end(3),
    { exit: 76, code: 'SHIPIT_PROTOCOL', message: /^'web1' ended with status 3 and no answer$/ },
  ],
  'a good status and no answer': [
    (gate) => gate.raw('hello\n').end(0),
    { exit: 76, code: 'SHIPIT_PROTOCOL', message: /^'web1' ended with status 0 and no answer$/ },
  ],
  'an older protocol': [
    (gate) => gate.say(hello({ protocol: 0, version: '0.0.9' })).end(),
    {
      exit: 76,
      code: 'SHIPIT_PROTOCOL',
      message: /speaks protocol 0 \(shipit 0\.0\.9\), this shipit speaks 2$/,
      advice: /install script/,
    },
  ],
  'a newer protocol': [
    (gate) => gate.say(hello({ protocol: 3 })).end(),
    { exit: 76, code: 'SHIPIT_PROTOCOL', message: /^'web1' speaks protocol 3/, advice: /Update/ },
  ],
  'a second hello': [
    (gate) => gate.say(hello(), hello(), ...goodRun()).end(),
    { exit: 76, code: 'SHIPIT_PROTOCOL', message: /^'web1' sent a second hello$/ },
  ],
  'a byte between the frames': [
    (gate) => gate.say(hello(), runEvent()).raw('\n').say(outcome()).end(),
    {
      exit: 76,
      code: 'SHIPIT_PROTOCOL',
      message: /^'web1' sent something that is neither an event nor output$/,
    },
  ],
  'a hello under another token': [
    (gate) => gate.raw(onWire('f'.repeat(32), hello())).end(),
    { exit: 76, code: 'SHIPIT_PROTOCOL', message: /^'web1' ended with status 0 and no answer$/ },
  ],
  'a hello that is longer than a line may be': [
    (gate) =>
      gate
        .raw(`\x1e${gate.session} {"event":"hello","protocol":1,"version":"${'9'.repeat(100_000)}"}\n`)
        .end(),
    { exit: 76, code: 'SHIPIT_PROTOCOL', message: /^'web1' ended with status 0 and no answer$/ },
  ],
  'a connection that dies before the answer': [
    (gate) => {
      gate.raw('noise\n')
      setTimeout(gate.die, 20)
    },
    {
      exit: 69,
      code: 'SHIPIT_CONNECTION',
      message: /^the connection to 'web1' was lost before it answered$/,
    },
  ],
  'a host that executes nothing': [
    undefined,
    {
      exit: 69,
      code: 'SHIPIT_CONNECTION',
      message: /^'web1' \(127\.0\.0\.1:\d+\) did not start the command: /,
    },
  ],
}

describe('there is an error for', () => {
  for (const [name, [gate, { exit, code, message, advice }]] of Object.entries(FAILURES)) {
    test(name, async () => {
      const error = await failureOf(gate)
      assert.match(error.message, message)
      assert.equal(error.code, code)
      assert.equal(error.exitCode, exit)
      if (advice) assert.match(error.suggestions.join('\n'), advice)
    })
  }

  for (const [version, flags, message, ...advice] of [
    [
      '0.9.1',
      [],
      'the install there is older than this shipit (shipit 0.9.1 there, 0.10.0 here)',
      'Have root run a new install script there: shipit install --out install.sh --one-file',
    ],
    [
      '0.10.0',
      ['docs'],
      'its recipe has no --docs, or the install there is older than this shipit',
      'Have root run a new install script there: shipit install --out install.sh --one-file',
      'To see what differs in the recipe: shipit install --diff',
    ],
    [
      '0.11.0',
      [],
      'the install there is newer than this shipit (shipit 0.11.0 there, 0.10.0 here)',
      'Update @deploybot/shipit in this project.',
    ],
    [
      undefined,
      [],
      'the install there is older than this shipit',
      'Have root run a new install script there: shipit install --out install.sh --one-file',
    ],
  ] as const) {
    test(`a request that the gate of shipit ${version} with these flags does not know: ${flags}`, async () => {
      const request = { ...REQUEST, ask: true as const, flags: flags.map((name) => ({ name })) }
      const error = await failureOf(
        (gate) => {
          if (/^shipit-gate hello /.test(gate.command) && version !== undefined)
            return gate.say(at({ event: 'hello', protocol: 2, version, user: 'alice' })).end()
          gate.channel.stderr.write(`shipit: ${NOT_KNOWN}\n`)
          gate.end(77)
        },
        undefined,
        request,
      )
      assert.equal(error.message, `'web1' does not know this request: ${message}`)
      assert.deepEqual([error.exitCode, error.code, error.suggestions], [77, 'SHIPIT_REFUSED', advice])
    })
  }

  test('what the gate of this shipit says of a request that it does not know', () => {
    const judge = readFileSync(new URL('../../../remote/lib/judge.sh', import.meta.url), 'utf8')
    assert.ok(judge.includes(`die 77 '${NOT_KNOWN}'`))
  })

  const late = /^'web1' accepted the request and did not answer within 0\.2 s$/

  test('a host that never answers', async () => {
    assert.match((await failureOf(() => {}, 200)).message, late)
  })

  test('a host that only makes noise, without an end', async () => {
    const error = await failureOf((gate) => {
      setInterval(() => gate.raw('noise\n'), 1).unref()
    }, 200)
    assert.match(error.message, late)
  })
})

test('a log has no time limit, once it has begun', async () => {
  const later: Gate = (gate) => setTimeout(() => gate.say(...goodRun()).end(), 200)
  const { end } = await call((gate) => later(gate.say(hello())), 100)
  assert.deepEqual(end, { status: 0, lost: false })
})

const { app, ref } = REQUEST
const PLAN: Request = { verb: 'plan', app, ref, flags: [] }

describe('more time is given', () => {
  const end = at({ event: 'end' })
  /** What each of them was answered, all of them asked at once. */
  const answersTo = async (gate: Gate, answerLimitMs: number, requests: readonly Request[]) => {
    const asked = requests.map((request) => call(gate, answerLimitMs, undefined, request))
    return (await Promise.all(asked)).map(({ answers }) => eventsOf(answers).join(' '))
  }

  // it asks git for up to 35 s, and then has words for what went wrong
  test('before the hello, where the host asks the repository for the commit: half as much again', async () => {
    const later: Gate = (gate) => setTimeout(() => gate.say(bareHello(), end).end(), 2300)
    assert.deepEqual(await answersTo(later, 2000, [PLAN, { ...REQUEST, ask: true }]), [
      'hello end',
      'hello end',
    ])
  })

  test('after the hello, where a plan looks or compares paths, or a status checks', async () => {
    const later: Gate = (gate) => {
      gate.say(bareHello())
      setTimeout(() => gate.say(end).end(), 1000)
    }
    const status: Request = { verb: 'status', app, check: true }
    const requests = [{ ...PLAN, look: true }, { ...PLAN, paths: ['apps/web/'] }, status]
    assert.deepEqual(await answersTo(later, 300, requests), Array(3).fill('hello end'))
  })
})
