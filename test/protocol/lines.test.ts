import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { LineSplitter, MAX_EVENT_BYTES, type Piece } from '../../src/protocol/lines.ts'

const TOKEN = '0123456789abcdef0123456789abcdef'
const OTHER = 'fedcba9876543210fedcba9876543210'
const TIME = '2026-11-22T12:00:00Z'
const END = `{"event":"end","time":"${TIME}"}`
const COMMIT = `{"event":"commit","time":"${TIME}","commit":"${'a'.repeat(40)}"}`

/** What came: texts and the events' names with the token they bore; adjacent output is one. */
type Seen = string | { event: string; token: string }

function see(seen: Seen[], piece: Piece): void {
  const last = seen.at(-1)
  if (piece.type === 'event') {
    seen.push({ event: piece.event.event, token: piece.token })
  } else if (typeof last === 'string') {
    seen[seen.length - 1] = last + Buffer.from(piece.bytes).toString('latin1')
  } else {
    seen.push(Buffer.from(piece.bytes).toString('latin1'))
  }
}

function split(chunks: readonly (string | Buffer)[], tokens: readonly string[] = [TOKEN]): Seen[] {
  const splitter = new LineSplitter(...tokens)
  const seen: Seen[] = []
  for (const chunk of chunks) for (const piece of splitter.push(Buffer.from(chunk))) see(seen, piece)
  for (const piece of splitter.end()) see(seen, piece)
  return seen
}

const end = { event: 'end', token: TOKEN }
const commit = { event: 'commit', token: TOKEN }

test('output and events come in order, byte for byte', () => {
  assert.deepEqual(split([`before\n\x1e${TOKEN} ${END}\nbetween\n\x1e${TOKEN} ${COMMIT}\nafter`]), [
    ...['before\n', end, 'between\n', commit, 'after'],
  ])
})

test('an event may begin in the middle of a line', () => {
  assert.deepEqual(split([`no newline\x1e${TOKEN} ${END}\n`]), ['no newline', end])
})

test('carriage returns, colour and bytes that are no text stay as they are', () => {
  const bytes = Buffer.from([0x0d, 0x1b, 0x5b, 0x33, 0x31, 0x6d, 0x00, 0xff, 0xfe, 0x80, 0x1e, 0x0a])
  assert.deepEqual(split([bytes]), [bytes.toString('latin1')])
})

describe('is output', () => {
  const cases: Record<string, string> = {
    'a line with an unknown token': `\x1e${OTHER} ${END}\n`,
    'a line with a part of the token': `\x1e${TOKEN.slice(1)} ${END}\n`,
    'a line with a longer token': `\x1e${TOKEN}0 ${END}\n`,
    'a line with the token in upper case': `\x1e${TOKEN.toUpperCase()} ${END}\n`,
    'a line without the mark': `${TOKEN} ${END}\n`,
    'a line without the blank': `\x1e${TOKEN}${END}\n`,
    'a line whose JSON is none': `\x1e${TOKEN} {"event"}\n`,
    'a line whose JSON is no event': `\x1e${TOKEN} {"event":"shutdown","time":"${TIME}"}\n`,
    'a line with text after the JSON': `\x1e${TOKEN} ${END}x\n`,
    'a line whose JSON is broken by a mark': `\x1e${TOKEN} {"event":"end",\x1e"time":"${TIME}"}\n`,
    'an event that is not finished when the stream ends': `\x1e${TOKEN} ${END}`,
    'a mark and a part of the token at the end': `x\x1e${TOKEN.slice(0, 5)}`,
    'a mark at the end': 'x\x1e',
    'an event longer than the limit': `\x1e${TOKEN} ${END}${' '.repeat(MAX_EVENT_BYTES - 34 - END.length + 1)}\n`,
  }
  for (const [what, text] of Object.entries(cases)) {
    test(what, () => {
      assert.deepEqual(split([text]), [text])
      assert.deepEqual(split([...text]), [text])
    })
  }
})

test('an event that is as long as the limit is one', () => {
  const line = `\x1e${TOKEN} ${END}${' '.repeat(MAX_EVENT_BYTES - 34 - END.length)}`
  assert.equal(line.length, MAX_EVENT_BYTES)
  assert.deepEqual(split([`${line}\n`]), [end])
  assert.deepEqual(split([...line, '\n']), [end])
})

test('what looked like an event does not hide the one after it', () => {
  assert.deepEqual(split([`\x1e${TOKEN} x\x1e${TOKEN} ${END}\n`]), [`\x1e${TOKEN} x`, end])
  assert.deepEqual(split([`\x1e\x1e${TOKEN} ${END}\n`]), ['\x1e', end])
  const long = `\x1e${TOKEN} ${'x'.repeat(MAX_EVENT_BYTES)}`
  assert.deepEqual(split([`${long}\x1e${TOKEN} ${END}\n`]), [long, end])
  assert.deepEqual(split([`${long}\n\x1e${TOKEN} ${END}\n`]), [`${long}\n`, end])
})

test('a token that is accepted between two pieces counts for the next, in the same chunk', () => {
  const splitter = new LineSplitter(TOKEN)
  const seen: Seen[] = []
  for (const piece of splitter.push(Buffer.from(`\x1e${TOKEN} ${END}\nx\x1e${OTHER} ${COMMIT}\n`))) {
    see(seen, piece)
    if (piece.type === 'event') splitter.accept(OTHER)
  }
  assert.deepEqual(seen, [end, 'x', { event: 'commit', token: OTHER }])
})

test('output that can be no event is not held back', () => {
  const splitter = new LineSplitter(TOKEN)
  const seen: Seen[] = []
  for (const piece of splitter.push(Buffer.from(`prompt> \x1e${TOKEN.slice(0, 3)}`))) see(seen, piece)
  assert.deepEqual(seen, ['prompt> '])
  for (const piece of splitter.push(Buffer.from('x'))) see(seen, piece)
  assert.deepEqual(seen, [`prompt> \x1e${TOKEN.slice(0, 3)}x`])
})

test('a chunk that is used again by who sent it changes nothing', () => {
  const splitter = new LineSplitter(TOKEN)
  const chunk = Buffer.from(`\x1e${TOKEN} ${END}`)
  assert.deepEqual([...splitter.push(chunk)], [])
  chunk.fill(0)
  const seen: Seen[] = []
  for (const piece of splitter.push(Buffer.from('\n'))) see(seen, piece)
  assert.deepEqual(seen, [end])
})

const fragment = fc.oneof(
  fc.constantFrom(
    ...[
      '\x1e',
      '\n',
      '\r',
      ' ',
      TOKEN,
      OTHER,
      TOKEN.slice(0, 7),
      `\x1e${TOKEN}`,
      `\x1e${TOKEN} `,
      `\x1e${TOKEN} ${END}`,
    ],
    ...[
      `\x1e${TOKEN} ${END}\n`,
      `\x1e${TOKEN} ${COMMIT}\n`,
      `\x1e${OTHER} ${END}\n`,
      END,
      'x'.repeat(MAX_EVENT_BYTES),
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)

test('however the bytes are chunked, the same pieces come out', () => {
  fc.assert(
    fc.property(
      fc.array(fragment, { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (fragments, cuts) => {
        const whole = Buffer.from(fragments.join(''))
        const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b)
        const chunks = places.slice(1).map((to, index) => whole.subarray(places[index], to))
        const seen = split([whole])
        assert.deepEqual(split(chunks), seen)
        const output = seen.filter((each) => typeof each === 'string').join('')
        const events = seen.length - seen.filter((each) => typeof each === 'string').length
        assert.equal(output.length === whole.length, events === 0)
      },
    ),
    { numRuns: 300 },
  )
})

test('each event of a stream comes out once, whatever stands around it', () => {
  const noise = fc.string({ unit: 'binary', maxLength: 50 }).filter((text) => !text.includes('\x1e'))
  fc.assert(
    fc.property(fc.array(noise, { maxLength: 8 }), fc.integer({ min: 1, max: 200 }), (noises, size) => {
      const whole = Buffer.from(noises.map((text) => `${text}\x1e${TOKEN} ${END}\n`).join(''))
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
        whole.subarray(index * size, (index + 1) * size),
      )
      const seen = split(chunks)
      assert.equal(seen.filter((each) => typeof each !== 'string').length, noises.length)
      const output = seen.filter((each) => typeof each === 'string').join('')
      assert.equal(output, Buffer.from(noises.join('')).toString('latin1'))
    }),
  )
})

describe('64 MB take less than 5 s', () => {
  const size = 64 * 1024 * 1024
  const units: Record<string, string> = {
    'of marks': '\x1e',
    'of marks with the first letter of the token': `\x1e${TOKEN[0]}`,
    'of marks with the token': `\x1e${TOKEN} `,
  }
  for (const [what, unit] of Object.entries(units)) {
    test(what, () => {
      const chunk = Buffer.alloc(65_536, unit)
      const splitter = new LineSplitter(OTHER, TOKEN)
      let bytes = 0
      const began = process.cpuUsage()
      for (let sent = 0; sent < size; sent += chunk.length) {
        for (const piece of splitter.push(chunk)) bytes += piece.type === 'output' ? piece.bytes.length : 0
      }
      for (const piece of splitter.end()) bytes += piece.type === 'output' ? piece.bytes.length : 0
      assert.equal(bytes, size)
      // of the processor's: other tests may want it, too
      const { user, system } = process.cpuUsage(began)
      assert.ok(user + system < 5e6, `${Math.round((user + system) / 1000)} ms`)
    })
  }
})
