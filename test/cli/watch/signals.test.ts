// Signals as they really come: npm and timeout(1) send one twice within milliseconds, and a person who can't wait presses again.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { type GateCall, startGate } from '../../operations/support/scripted-gate.ts'
import * as run from '../../operations/support/scripted-run.ts'
import { whyNoTerminal } from '../../ui/support/terminal.ts'

/** Longer than what counts as one press. */
const NEXT_PRESS_MS = 600
/** Longer than a client that leaves waits for anything but an answer. */
const SLOW_ANSWER_MS = 900

/** How long the hosts have to answer once a person has said cancel. */
const ANSWER_MS = 3000
const CTRL_C = '\x03'

const PROGRAM = join(import.meta.dirname, 'support/watch-client.ts')

let gate: Awaited<ReturnType<typeof startGate>>
before(async () => {
  gate = await startGate()
})
after(() => gate.close())

/** Starts a client, and waits for a word of it. */
async function start(mode: string, word: string) {
  gate.calls.length = 0
  const child = spawn(process.execPath, [PROGRAM, mode, JSON.stringify(gate.settings)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (output += bytes))
  const ended = once(child, 'close')
  while (!output.includes(word)) {
    assert.equal(child.exitCode, null, output)
    await setTimeout(10)
  }
  /** A signal that comes twice, a few milliseconds apart. */
  const pressTwice = async () => {
    child.kill('SIGTERM')
    await setTimeout(5)
    child.kill('SIGTERM')
  }
  return { child, ended, output: () => output, pressTwice }
}

/** Begins a run, and answers a cancel as a test says. */
function runs(onCancel: (call: GateCall, following: GateCall) => unknown) {
  let following: GateCall
  return (call: GateCall) => {
    if (/ cancel /.test(call.command)) onCancel(call, following)
    else following = call.say(run.hello(), run.runEvent(), run.started(1))
  }
}

const cancelling = (call: GateCall) =>
  call
    .say(run.bareHello(), run.at({ event: 'cancelling', run: run.RUN, step: 'git', phase: 'prepare' }))
    .say(run.at({ event: 'end' }))
    .end()

test('a signal that comes twice within milliseconds cancels, and the run is followed to its end', async () => {
  gate.answer(
    runs(async (call, following) => {
      await setTimeout(SLOW_ANSWER_MS)
      cancelling(call)
      following.say(run.outcome({ outcome: 'cancelled', exit: 130, step: 'git' })).end(130)
    }),
  )
  const { ended, output, pressTwice } = await start('watch', 'git: started')
  await pressTwice()
  assert.deepEqual(await ended, [130, null], output())
  assert.match(output(), /was cancelled/)
  assert.doesNotMatch(output(), /left/)
})

test('a second press leaves, once the host has answered the cancel', async () => {
  gate.answer(
    runs(async (call) => {
      await setTimeout(NEXT_PRESS_MS + SLOW_ANSWER_MS)
      cancelling(call)
    }),
  )
  const { child, ended, output, pressTwice } = await start('watch', 'git: started')
  await pressTwice()
  await setTimeout(NEXT_PRESS_MS)
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [130, null], output())
  assert.match(output(), /SIGTERM: left; run \S+ is being cancelled\n/)
})

test('from a host that does not answer the cancel a second press leaves after 2 s, a third at once', async () => {
  gate.answer(runs(() => {}))
  const leave = async (presses: number) => {
    const { child, ended, output } = await start('watch', 'git: started')
    let fromMs = 0
    for (let press = 1; press <= presses; press += 1) {
      if (press > 1) await setTimeout(NEXT_PRESS_MS)
      if (press === 2) fromMs = performance.now()
      child.kill('SIGTERM')
    }
    assert.deepEqual(await ended, [130, null], output())
    assert.match(output(), /SIGTERM: left; .*web1 has not answered the cancel\n/)
    return performance.now() - fromMs
  }
  const [twice = 0, thrice = 0] = await Promise.all([leave(2), leave(3)])
  assert.ok(twice >= 2000 && thrice < twice, `${twice} ms, ${thrice} ms`)
})

test('after cancel was answered, a further press does not wait for the hosts', {
  skip: whyNoTerminal,
  timeout: 20_000,
}, async () => {
  gate.answer(runs(() => {}))
  gate.calls.length = 0
  const child = spawn('script', ['-qec', `exec "$WATCH_NODE" "$WATCH" watch "$WATCH_GATE"`, '/dev/null'], {
    env: {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, SHELL: '/bin/sh', TERM: 'xterm' },
      ...{ WATCH_NODE: process.execPath, WATCH: PROGRAM, WATCH_GATE: JSON.stringify(gate.settings) },
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.on('data', (bytes) => (output += bytes))
  const ended = once(child, 'close')
  const until = async (words: string) => {
    while (!output.includes(words)) {
      assert.equal(child.exitCode, null, output)
      await setTimeout(10)
    }
  }
  await until('git: started')
  await setTimeout(NEXT_PRESS_MS)
  child.stdin.write(CTRL_C)
  await until('[L/c/k]')
  child.stdin.write('c\r')
  await setTimeout(NEXT_PRESS_MS)
  const fromMs = performance.now()
  child.stdin.write(CTRL_C)
  await until('The run is being cancelled. Leave it, or keep watching? [L/k]')
  const ms = performance.now() - fromMs
  child.stdin.write('l\r')
  assert.deepEqual(await ended, [130, null], output)
  assert.match(output, /left; .*web1 has not answered the cancel/)
  assert.ok(ms < ANSWER_MS - NEXT_PRESS_MS, `${ms} ms`)
})

test('with --detach a signal that comes twice keeps the run from starting, and shipit waits for the answer', async () => {
  gate.answer(async (call) => {
    if (!/ cancel /.test(call.command)) return
    await setTimeout(SLOW_ANSWER_MS)
    call.say(run.bareHello(), run.at({ event: 'refused', reason: 'unknown-run', exit: 66 })).end(66)
  })
  const { child, ended, output } = await start('detach', '')
  while (gate.calls.length === 0) await setTimeout(10)
  child.kill('SIGINT')
  await setTimeout(5)
  child.kill('SIGINT')
  assert.deepEqual(await ended, [130, null], output())
  assert.match(output(), /was cancelled before it began/)
  assert.doesNotMatch(output(), /left/)
})

test('with --detach a second press leaves, once the host has answered', async () => {
  gate.answer(async (call) => {
    if (!/ cancel /.test(call.command)) return
    await setTimeout(NEXT_PRESS_MS + SLOW_ANSWER_MS)
    cancelling(call)
  })
  const { child, ended, output } = await start('detach', '')
  while (gate.calls.length === 0) await setTimeout(10)
  child.kill('SIGINT')
  await setTimeout(NEXT_PRESS_MS)
  const fromMs = performance.now()
  child.kill('SIGINT')
  assert.deepEqual(await ended, [130, null], output())
  assert.match(output(), /^left; unknown whether run/m)
  const ms = performance.now() - fromMs
  assert.ok(ms >= SLOW_ANSWER_MS, `${ms} ms`)
})

test('a second press says nothing of a run that its host will not start', async () => {
  for (const mode of ['watch', 'detach']) {
    gate.answer(async (call) => {
      if (!/ cancel /.test(call.command)) return
      await setTimeout(NEXT_PRESS_MS + SLOW_ANSWER_MS)
      call.say(run.bareHello(), run.at({ event: 'refused', reason: 'unknown-run', exit: 66 })).end(66)
    })
    const { child, ended, output } = await start(mode, '')
    while (gate.calls.length === 0) await setTimeout(10)
    child.kill('SIGINT')
    await setTimeout(NEXT_PRESS_MS)
    child.kill('SIGINT')
    assert.deepEqual(await ended, [130, null], output())
    assert.match(output(), /was cancelled before it began/)
    assert.doesNotMatch(output(), /left/)
  }
})

test('a signal that comes twice to a command that only reads does not end it by the signal', async () => {
  const { ended, output, pressTwice } = await start('read', 'waiting')
  await pressTwice()
  assert.deepEqual(await ended, [130, null], output())
  assert.equal(output(), 'waiting\nleft\n')
})
