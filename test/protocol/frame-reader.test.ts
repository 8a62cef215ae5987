import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { FrameReader, MAX_EVENT_BYTES, type Piece } from '../../src/protocol/frame-reader.ts'

const SESSION = '0123456789abcdef0123456789abcdef'
const OTHER = 'f'.repeat(32)
const TIME = '2026-11-22T12:00:00Z'
const END = `{"event":"end","time":"${TIME}"}`
const COMMIT = `{"event":"commit","time":"${TIME}","commit":"${'a'.repeat(40)}"}`
const HELLO = `{"event":"hello","time":"${TIME}","protocol":2,"version":"1","user":"alice"}`

/** What came: texts, and the names of events. Adjacent output is one. */
type Seen = string | { event: string }

const line = (json: string, token = SESSION) => `\x1e${token} ${json}\n`
const output = (text: string) =>
  `${line(`{"event":"output","size":${Buffer.byteLength(text, 'latin1')}}`)}${text}`

function see(seen: Seen[], piece: Piece): void {
  if (piece.type !== 'output') {
    seen.push({ event: piece.type === 'event' ? piece.event.event : piece.type })
    return
  }
  const text = Buffer.from(piece.bytes).toString('latin1')
  const last = seen.at(-1)
  if (typeof last === 'string') seen[seen.length - 1] = last + text
  else seen.push(text)
}

function read(chunks: readonly (string | Buffer)[]): Seen[] {
  const reader = new FrameReader(SESSION)
  const seen: Seen[] = []
  for (const chunk of chunks)
    for (const piece of reader.push(Buffer.from(chunk as string, 'latin1'))) see(seen, piece)
  return seen
}

const hello = { event: 'hello' }
const end = { event: 'end' }
const broken = { event: 'broken' }

test('frames are events, and output between them', () => {
  const frames = line(HELLO) + output('one\n') + line(COMMIT) + output('two') + output('') + line(END)
  assert.deepEqual(read([frames]), [hello, 'one\n', { event: 'commit' }, 'two', end])
})

test('output is never looked at', () => {
  const forged = `${line(END)}\n${line(HELLO)}${output('x')}\x1e${SESSION}`
  assert.deepEqual(read([line(HELLO) + output(forged) + line(END)]), [hello, forged, end])
})

test('an event that is not known is counted', () => {
  assert.deepEqual(read([line(HELLO) + line('{"event":"news"}') + line(END)]), [
    hello,
    { event: 'unknown' },
    end,
  ])
})

describe('before the hello, noise is', () => {
  const noises: Record<string, string> = {
    nothing: '',
    'a banner': 'Welcome!\r\n',
    'text without a newline': 'Welcome',
    'a hello under another token': line(HELLO, OTHER),
    'an event that is no hello': line(END),
    'a line that is no event': line('{}'),
    'the token alone': `\x1e${SESSION}`,
    'the token and a mark': `\x1e${SESSION} \x1e`,
    'a part of the token': `\x1e${SESSION.slice(0, 9)}`,
    'a line longer than an event': line(`{${'x'.repeat(MAX_EVENT_BYTES)}}`),
    'a hello longer than an event': line(`${HELLO.slice(0, -1)},"x":"${'x'.repeat(MAX_EVENT_BYTES)}"}`),
  }
  for (const [what, noise] of Object.entries(noises)) {
    test(what, () => assert.deepEqual(read([noise + line(HELLO) + line(END)]), [hello, end]))
  }
})

describe('after the hello, a stream is broken by', () => {
  const wrong: Record<string, string> = {
    'a byte': 'x',
    'a newline': '\n',
    'a mark alone': `\x1e${line(END)}`,
    'another token': line(END, OTHER),
    'a longer token': line(END, `${SESSION}0`),
    'the token in upper case': line(END, SESSION.toUpperCase()),
    'what is no object': line('[]'),
    'an event that is cut off': line(END.slice(0, -1)),
    'text after the object': line(`${END}x`),
    'more output than was said': `${output('one')}x`,
    'a size with a sign': line('{"event":"output","size":+1}').replace('}', ' '),
    'a line without an end': `\x1e${SESSION} {${'x'.repeat(MAX_EVENT_BYTES)}`,
  }
  for (const [what, text] of Object.entries(wrong)) {
    test(what, () => {
      const seen = read([line(HELLO) + text, line(END)])
      assert.deepEqual(seen.at(-1), broken)
      assert.equal(
        seen.some((each) => each !== hello && typeof each === 'object' && each.event === 'end'),
        false,
      )
    })
  }
})

test('output of another form is no output', () => {
  for (const size of ['01', '-1', '1.5', '1e3', '"1"', '9'.repeat(16), 'null'])
    assert.deepEqual(read([line(HELLO) + line(`{"event":"output","size":${size}}`)]), [
      hello,
      { event: 'unknown' },
    ])
})

test('an event may be as long as the limit', () => {
  const fill = 'x'.repeat(MAX_EVENT_BYTES - line(HELLO).length + 1 - '"x":"",'.length)
  const long = line(HELLO.replace('{', `{"x":"${fill}",`))
  assert.equal(long.length, MAX_EVENT_BYTES + 1)
  assert.deepEqual(read([long]), [hello])
  assert.deepEqual(read([long.replace('"x":"', '"x":"x'), line(HELLO)]), [hello])
  assert.deepEqual(read([line(HELLO), long.replace('"x":"', '"x":"x')]), [hello, broken])
})

test('output comes as soon as it is there, in the bytes that were given', () => {
  const reader = new FrameReader(SESSION)
  const chunk = Buffer.from(`${line(HELLO)}\x1e${SESSION} {"event":"output","size":9}\none`)
  const [, piece] = [...reader.push(chunk)]
  assert.equal(piece?.type === 'output' && piece.bytes.buffer, chunk.buffer)
})

test('a chunk that is used again by who sent it changes nothing', () => {
  const reader = new FrameReader(SESSION)
  const chunk = Buffer.from(`\x1e${SESSION} ${HELLO}`)
  assert.deepEqual([...reader.push(chunk)], [])
  chunk.fill(0)
  const seen: Seen[] = []
  for (const piece of reader.push(Buffer.from('\n'))) see(seen, piece)
  assert.deepEqual(seen, [hello])
})

const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array).toString('latin1'))
const fragment = fc.oneof(
  bytes,
  fc.constantFrom('\x1e', SESSION, `\x1e${SESSION} `, line(END), line(HELLO), line(END, OTHER), output('x')),
)

/** Cuts bytes at random places. */
function cut(whole: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((place) => place % (whole.length + 1)), whole.length].sort((a, b) => a - b)
  return places.slice(1).map((to, index) => whole.subarray(places[index], to))
}

test('whatever the output is and however it is cut, it comes out as it was, and the events with it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fragment, { maxLength: 4 }), { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 30 }),
      (outputs, cuts) => {
        const texts = outputs.map((fragments) => fragments.join(''))
        const frames = line(HELLO) + texts.map((text) => output(text) + line(COMMIT)).join('')
        const seen = read(cut(Buffer.from(frames, 'latin1'), cuts))
        const expected = texts.flatMap((text): Seen[] => [
          ...(text === '' ? [] : [text]),
          { event: 'commit' },
        ])
        assert.deepEqual(seen, [hello, ...expected])
      },
    ),
    { numRuns: 500 },
  )
})

test('however any bytes are cut, the same pieces come out', () => {
  fc.assert(
    fc.property(
      fc.array(fragment, { maxLength: 12 }),
      fc.array(fc.nat(), { maxLength: 20 }),
      (fragments, cuts) => {
        const whole = Buffer.from(fragments.join(''), 'latin1')
        assert.deepEqual(read(cut(whole, cuts)), read([whole]))
      },
    ),
    { numRuns: 500 },
  )
})

describe('64 MB take less than 5 s', () => {
  const size = 64 * 1024 * 1024
  const units: Record<string, [begin: string, unit: string]> = {
    'of marks before the hello': ['', '\x1e'],
    'of marks with the token before the hello': ['', `\x1e${SESSION} `],
    'of frames without a byte': [line(HELLO), output('')],
    'of frames of one byte': [line(HELLO), output('x')],
  }
  for (const [what, [begin, unit]] of Object.entries(units)) {
    test(what, () => {
      const chunk = Buffer.from(unit.repeat(Math.floor(65_536 / unit.length)))
      const reader = new FrameReader(SESSION)
      const began = process.cpuUsage()
      for (const piece of reader.push(Buffer.from(begin))) assert.equal(piece.type, 'event')
      for (let sent = 0; sent < size; sent += chunk.length)
        for (const piece of reader.push(chunk)) assert.equal(piece.type, 'output')
      // of the processor's: other tests may want it, too
      const { user, system } = process.cpuUsage(began)
      assert.ok(user + system < 5e6, `${Math.round((user + system) / 1000)} ms`)
    })
  }
})
