import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { readLogs } from '../../src/operations/read-logs.ts'
import { type Gate, startGate } from './scripted-gate.ts'
import { goodRun, hello, onWire, RUN, RUN_TOKEN } from './scripted-run.ts'

let host: Awaited<ReturnType<typeof startGate>>
before(async () => {
  host = await startGate()
})
after(() => host.close())

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

const LOG = `${goodRun()
  .map((event) => onWire(RUN_TOKEN, event))
  .join('')}one\ntwo\nthree\n`
const offsetOf = (command: string) => Number(/--offset (\d+)/.exec(command)?.[1] ?? 0)

describe('a log whose link is lost in the middle', () => {
  it('is read on from where it broke, each byte once', async () => {
    const { text, events, error } = await read((call) => {
      const offset = offsetOf(call.command)
      call.say([call.session, hello({ offset })])
      // a few bytes at a time, in the middle of lines and of events
      const rest = LOG.slice(offset)
      call.channel.write(rest.slice(0, 700))
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
      const offset = offsetOf(call.command)
      call.say([call.session, hello({ offset })])
      if (offset === 0) call.channel.write(LOG.slice(0, 900))
      setTimeout(call.die, 20)
    })
    assert.equal(error?.exitCode, 69)
    assert.match(error?.message ?? '', /lost in the middle of the log/)
  })
})
