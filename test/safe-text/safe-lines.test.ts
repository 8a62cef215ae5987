import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type Block, linesOf } from '../../src/safe-text/block.ts'
import { SafeLines } from '../../src/safe-text/safe-lines.ts'
import { patient } from '../support/patience.ts'

/** What may reach a terminal: seen characters, tabs, and the listed colours. */
const CODE =
  '(?:[0-4]|7|9|2[1-4]|27|29|3[0-79]|4[0-79]|9[0-7]|10[0-7]|[34]8;(?:5;\\d{1,3}|2;\\d{1,3};\\d{1,3};\\d{1,3}))'
const SAFE = new RegExp(
  `^(?:\\x1b\\[${CODE}(?:;${CODE})*m|[\\t\\x20-\\x7e\\u{a0}-\\u{ac}\\u{ae}-\\u{61b}\\u{61d}-\\u{180d}\\u{180f}-\\u{200a}\\u{200c}\\u{200d}\\u{2010}-\\u{2027}\\u{202f}-\\u{205f}\\u{2070}-\\u{fefe}\\u{ff00}-\\u{fff8}\\u{fffc}-\\u{dffff}\\u{e0080}-\\u{10ffff}])*$`,
  'u',
)

/** 16 KiB, and what ends its colours. */
const MAX_LINE = 16 * 1024 + 4

function safe(input: string | Uint8Array, colour = true): string[] {
  const lines = new SafeLines({ colour })
  return linesOf([...lines.push(Buffer.from(input as string)), ...lines.end()])
}

/** Bytes that matter to a terminal, more often than chance would have them. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...[
          '\x1b',
          '\x1b[',
          '\x1b]0;',
          '\x1bP',
          '\x1b_',
          '\x1b\\',
          '\x07',
          '\r',
          '\n',
          '\r\n',
          '\t',
          '\b',
          'm',
          ';',
          '0',
          '31',
          '38;5;7',
        ],
        ...[
          '\x1b[31m',
          '\x1b[8m',
          '\x1b[5;1m',
          '\x1b[2J',
          '\x1b[0m',
          '\x1b[38:2::1:2:3m',
          '\x1b[?25l',
          '\x1b(B',
          '\x1bc',
        ],
        ...[
          '\u009b',
          '\u009d',
          '\u0085',
          '\u202e',
          '\u2066',
          '\u200b',
          '\u2028',
          '\ufeff',
          '\xad',
          '\u2060',
          '\ufff9',
          '\u{e0041}',
          '\u{1f600}',
          'é',
          '漢',
          '\x7f',
          '\0',
        ],
      ),
      fc.string(),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
    ),
  )
  .map((parts) => Buffer.from(parts.join('')))
const bytes = fc.oneof(
  hostile,
  fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each)),
)

describe('what a host sends', () => {
  test('reaches a terminal as text, tabs and colour only, whatever it is', () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (input, colour) => {
        for (const line of safe(input, colour)) {
          assert.match(line, SAFE)
          if (!colour) assert.ok(!line.includes('\x1b'))
          if (line.includes('\x1b')) assert.ok(line.endsWith('\x1b[0m'))
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('is safe while its line is not complete', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const lines = new SafeLines({ colour: true })
        for (const byte of input) {
          lines.push(Uint8Array.of(byte))
          assert.match(lines.current, SAFE)
        }
      }),
    )
  })

  test('is the same however it comes in chunks', () => {
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(200)), (input, cuts) => {
        const lines = new SafeLines({ colour: true })
        const places = [0, ...cuts.filter((cut) => cut <= input.length).sort((a, b) => a - b), input.length]
        const found = places.flatMap((place, index) => lines.push(input.subarray(place, places[index + 1])))
        assert.deepEqual(linesOf([...found, ...lines.end()]), safe(input))
      }),
      { numRuns: 1000 },
    )
  })

  test('keeps colours, and ends them with the line', () => {
    assert.deepEqual(safe('\x1b[1;31mred\x1b[m\nplain\n'), ['\x1b[1;31mred\x1b[0m', 'plain'])
    assert.deepEqual(safe('\x1b[38;5;200ma\x1b[48;2;1;2;3mb\n'), ['\x1b[38;5;200ma\x1b[48;2;1;2;3mb\x1b[0m'])
    assert.deepEqual(safe('\x1b[38:2::1:2:3ma\x1b[48:5:7mb\n'), ['\x1b[38;2;1;2;3ma\x1b[48;5;7mb\x1b[0m'])
  })

  test('keeps the last of many colours that have no text between them', () => {
    const [line = ''] = safe(`a${'\x1b[31m'.repeat(10_000)}\x1b[32mb\n`)
    assert.match(line, /^a(?:\x1b\[31m)+\x1b\[32mb\x1b\[0m$/)
    assert.ok(line.length < 1100, `${line.length}`)
  })

  test('keeps a colour for the plain text that comes next', () => {
    const lines = new SafeLines({ colour: true })
    assert.deepEqual(linesOf(lines.push(Buffer.from('a\x1b[31m'))), [])
    assert.equal(lines.current, 'a\x1b[31m\x1b[0m')
    assert.deepEqual(linesOf(lines.push(Buffer.from('b\nc\n'))), ['a\x1b[31mb\x1b[0m', 'c'])
  })

  test('loses colours where none are shown', () => {
    assert.deepEqual(safe('\x1b[1;31mred\x1b[m\n', false), ['red'])
  })

  test('loses blinking, concealed text and colours that are none', () => {
    assert.deepEqual(safe('\x1b[8mhidden\x1b[1;5mbold\n'), ['hidden\x1b[1mbold\x1b[0m'])
    assert.deepEqual(safe('\x1b[38;5;256;1ma\x1b[58;5;8mb\x1b[?4mc\x1b[>4;1md\x1b[1 me\n'), ['abcde'])
    assert.deepEqual(safe(`\x1b[${'1;'.repeat(40)}1mlong\n`), ['long'])
  })

  test('loses titles, hyperlinks and other strings', () => {
    assert.deepEqual(
      safe(
        'a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c\x1bPq#0\x1b\\d\x1b_x\x1b\\e\x1b^x\x1b\\f\x1bXx\x1b\\g\n',
      ),
      ['abcdefg'],
    )
  })

  test('shows what follows a string that does not end within 4 KiB', () => {
    assert.deepEqual(safe(`a\x1b]${'x'.repeat(4096 + 10)}\nb\n`), [`a${'x'.repeat(11)}`, 'b'])
    assert.deepEqual(safe(`a\x1b[${'1'.repeat(4096 + 10)}\nb\n`), [`a${'1'.repeat(11)}`, 'b'])
  })

  test('loses cursor movement, erasing, bells and resets', () => {
    assert.deepEqual(safe('a\x1b[2J\x1b[1;1H\x1b[10A\x1b[K\x1bc\x1b(0\x1b#8\x07\b\x0b\x0c\x7fb\n'), ['ab'])
    assert.deepEqual(safe('a\u009b31mb\u0090c\u0085d\n'), ['a31mbcd'])
  })

  test('loses characters that turn or hide text', () => {
    assert.deepEqual(safe('a\u202eb\u2066c\u200ed\u061ce\u200bf\ufeffg\u{e0041}h\n'), ['abcdefgh'])
    assert.deepEqual(safe('\ufeffa\n'), ['a'])
  })

  test('shows bytes that are no UTF-8 as replacement characters', () => {
    assert.deepEqual(safe(Uint8Array.of(0x61, 0xff, 0x9b, 0x62, 0x0a)), ['a\ufffd\ufffdb'])
  })

  test('loses an escape sequence that is broken off, but not what breaks it off', () => {
    assert.deepEqual(safe('a\x1b\nb\x1bé\x1b[3é\x1b[3\nc\x1b['), ['a', 'béé', 'c'])
    assert.deepEqual(safe(Uint8Array.of(0x61, 0xe6, 0xbc)), ['a\ufffd'])
  })

  test('shows the last drawing of a line that is drawn again and again', () => {
    assert.deepEqual(safe('10%\r50%\r100%\ndone\r\n'), ['100%', 'done'])
    assert.deepEqual(safe('10%\r\x1b[K20%\r'), ['20%'])
    assert.deepEqual(safe('\x1b[31m10%\r\x1b[32m20%\x1b[0m\n'), ['\x1b[32m20%\x1b[0m'])
    assert.deepEqual(safe('10%\r\x1b[32m\r20%\n'), ['20%'])
    const lines = new SafeLines({ colour: true })
    assert.deepEqual(lines.push(Buffer.from('10%\r20')), [])
    assert.equal(lines.current, '20')
  })

  test('splits a line after 16 KiB, never within a character', () => {
    const split = safe(`${'x'.repeat(16 * 1024)}y\n${'漢'.repeat(6000)}\n${'\u{1f600}'.repeat(4097)}`)
    assert.deepEqual(
      split.map((line) => Buffer.byteLength(line)),
      [16384, 1, 16383, 1617, 16384, 4],
    )
    assert.ok(split.every((line) => line.isWellFormed()))
    assert.ok(safe('\x1b[31m'.repeat(10_000)).every((line) => line.length <= 16 * 1024 + 4))
  })

  test('ends a line at a separator of lines', () => {
    assert.deepEqual(safe('a\u2028b\u2029c'), ['a', 'b', 'c'])
  })

  test('takes time in proportion to its length, and no more memory than a line', () => {
    const chunk = 64 * 1024
    const cases: [string, number][] = [
      ['\x1b', 10],
      ['\r', 10],
      ['\x1b[', 10],
      ['\x1b]', 10],
      ['\x1b[31m', 3],
      ['x\r\x1b[31m', 3],
      ['x\n', 3],
      ['\u{1f600}', 3],
      ['x', 50],
    ]
    for (const [text, megabytes] of cases) {
      const piece = Buffer.from(text.repeat(chunk / text.length))
      const lines = new SafeLines({ colour: true })
      const before = process.cpuUsage()
      for (let sent = 0; sent < megabytes * 1024 * 1024; sent += piece.length) {
        const complete = linesOf(lines.push(piece))
        assert.ok(lines.current.length <= MAX_LINE && complete.every((line) => line.length <= MAX_LINE))
      }
      lines.end()
      const { user, system } = process.cpuUsage(before)
      assert.ok(user + system < patient(8_000_000), `${JSON.stringify(text)}: ${(user + system) / 1000} ms`)
    }
  })
})

describe('plain output', () => {
  /** The same text behind a sequence that is left out goes the long way. */
  const longWay = (text: string) => safe(`\x1b[?25l${text}`)

  test('is split into the same lines as all other output', () => {
    const plain = fc.array(
      fc.oneof(fc.string({ unit: 'binary-ascii' }), fc.string(), fc.constantFrom('\n', 'ü', '\t')),
    )
    fc.assert(
      fc.property(plain, (parts) => {
        const text = parts.join('')
        assert.deepEqual(safe(text), longWay(text))
      }),
    )
  })

  test('is split where a line is too long, and between pieces of a character', () => {
    for (const text of [
      'x'.repeat(40_000),
      `${'ü'.repeat(9000)}\n${'€'.repeat(6000)}y`,
      'a\n'.repeat(50_000),
    ]) {
      assert.deepEqual(safe(text), longWay(text))
      const lines = new SafeLines({ colour: true })
      const bytes = Buffer.from(text)
      const found: Block[] = []
      for (let at = 0; at < bytes.length; at += 4093) found.push(...lines.push(bytes.subarray(at, at + 4093)))
      assert.deepEqual(linesOf([...found, ...lines.end()]), safe(text))
    }
  })

  test('goes through as the bytes that came, where it is ASCII and no line is long', () => {
    const lines = new SafeLines({ colour: true })
    const came = [`some ${'text\tof a line\n'.repeat(9)}an`, 'd ü\nthe', ' end\nx\ny'].map((text) =>
      Buffer.from(text),
    )
    const blocks = came.flatMap((bytes) => lines.push(bytes))
    assert.deepEqual(
      blocks.map(({ bytes, text }) => bytes ?? text),
      ['some text\tof a line\n', came[0]?.subarray(20, -2), 'and ü\n', 'the end\n', came[2]?.subarray(5, -1)],
    )
  })
})
