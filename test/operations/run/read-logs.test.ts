import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readLogs } from '../../../src/operations/run/read-logs.ts'
import { type Gate, type GateCall, useGate } from '../support/scripted-gate.ts'
import { framed, goodRun, hello, onWire, RUN } from '../support/scripted-run.ts'

const host = useGate()

async function read(gate: Gate, onGap?: () => void) {
  let text = ''
  const events: string[] = []
  const [result] = await readLogs(
    [host.target(gate, { answerLimitMs: 500 })],
    { run: RUN, app: 'codebase', follow: false, ...(onGap && { onGap }) },
    (progress) => {
      if (progress.type === 'output') text += Buffer.from(progress.bytes).toString()
      if (progress.type === 'event') events.push(progress.event.event)
      return undefined
    },
    new AbortController().signal,
  )
  return { text, events, error: result?.error }
}

const OUTPUT = 'one\ntwo\nthree\n'

/** The rest of a log of which so much is there: events first. */
function restFor({ command, session }: GateCall) {
  const [, offset = 0, events = 0] = /--offset (\d+) --events (\d+)/.exec(command) ?? []
  const place = { offset: Number(offset), events: Number(events) }
  const told = goodRun().slice(place.events)
  const frames = [...told.map((event) => onWire(session, event)), framed(session, OUTPUT.slice(place.offset))]
  return { place, rest: frames.join('') }
}

describe('a log whose link is lost in the middle', () => {
  it('is read on from where it broke, each byte once', async () => {
    const { text, events, error } = await read((call) => {
      const { place, rest } = restFor(call)
      call.say(hello(place))
      // a few bytes at a time, in the middle of lines and of events
      call.raw(rest.slice(0, 700))
      if (rest.length <= 700) call.end(0)
      else setTimeout(call.die, 30)
    })
    assert.equal(error, undefined)
    assert.equal(text, 'one\ntwo\nthree\n')
    assert.deepEqual(events, ['hello', ...goodRun().map(({ event }) => event)])
    assert.ok(host.calls.length > 1)
  })

  it('is an error where no more of it comes', async () => {
    const { error } = await read((call) => {
      const { place, rest } = restFor(call)
      call.say(hello(place))
      if (place.events === 0) call.raw(rest.slice(0, 900))
      setTimeout(call.die, 20)
    })
    assert.equal(error?.exitCode, 69)
    assert.match(error?.message ?? '', /lost in the middle of the log/)
  })
})

describe('a log of which the ends of outputs will do', () => {
  const MIB = 1024 * 1024
  const lines = (bytes: number) => 'a line of output\n'.repeat(bytes / 17)
  /** The first step prints this. Of a frame that is too long only the beginning comes. */
  const printing = (printed: string) => (call: GateCall) => {
    const { place } = restFor(call)
    const [before, after] = [goodRun().slice(0, 2), goodRun().slice(2)]
    call.say(hello(place), ...before.slice(place.events))
    const frame = framed(call.session, printed.slice(place.offset))
    if (frame.length > 9 * MIB) {
      call.raw(frame.toString('latin1', 0, 100_000))
      return
    }
    call.raw(frame.toString('latin1'))
    call.say(...after)
    call.end(0)
  }

  it('leaves out the middle of a long output, and goes on with a whole line', async () => {
    const printed = `key${lines(20 * MIB)}the end\n`
    let gaps = 0
    const { text, events, error } = await read(printing(printed), () => {
      gaps += 1
    })
    assert.equal(error, undefined)
    assert.deepEqual([gaps, host.calls.length], [1, 2])
    assert.deepEqual(events, ['hello', ...goodRun().map(({ event }) => event)])
    assert.match(text, /^a line of output\na line[\s\S]*output\nthe end\n$/)
    assert.ok(text.length < MIB, String(text.length))
  })

  it('has nothing of a line whose beginning is left out, up to its end or the next event', async () => {
    const { text, events, error } = await read(printing(lines(2 * MIB) + 'x'.repeat(20 * MIB)), () => {})
    assert.equal(error, undefined)
    assert.equal(text, '')
    assert.equal(events.at(-1), 'outcome')
  })

  it('logs in once more at most: a second long output is read whole', async () => {
    const [first, second] = [lines(20 * MIB), lines(10 * MIB)]
    const [before, after] = [goodRun().slice(0, 2), goodRun().slice(2)]
    let gaps = 0
    const gate = (call: GateCall) => {
      const { place } = restFor(call)
      call.say(hello(place), ...before.slice(place.events))
      const frame = framed(call.session, first.slice(place.offset))
      if (frame.length > 9 * MIB) return void call.raw(frame.toString('latin1', 0, 100_000))
      call.raw(frame.toString('latin1'))
      call.say(...after.slice(0, 1), second, ...after.slice(1))
      call.end(0)
    }
    const { text, events, error } = await read(gate, () => {
      gaps += 1
    })
    assert.equal(error, undefined)
    assert.deepEqual([gaps, host.calls.length], [1, 2])
    assert.deepEqual(events, ['hello', ...goodRun().map(({ event }) => event)])
    assert.ok(text.length > second.length && text.length < second.length + MIB, String(text.length))
  })

  it('has all of one that is not so long', async () => {
    const short = lines(7 * MIB)
    assert.equal((await read(printing(short), assert.fail)).text.length, short.length)
  })
})
