import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readLogs } from '../../../src/operations/run/read-logs.ts'
import { type Gate, type GateCall, useGate } from '../support/scripted-gate.ts'
import { framed, goodRun, hello, onWire, RUN } from '../support/scripted-run.ts'

const host = useGate()

async function read(gate: Gate) {
  let text = ''
  const events: string[] = []
  const [result] = await readLogs(
    [host.target(gate, { answerLimitMs: 500 })],
    { run: RUN, app: 'codebase', follow: false },
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
