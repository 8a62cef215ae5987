import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Pattern } from '../../src/redact/pattern.ts'
import { Redactor, type Span } from '../../src/redact/redactor.ts'

function patternOf(expression: RegExp): Pattern {
  return { pattern: expression.source, flags: expression.flags }
}

/** The line with a dot for each unit that is hidden. */
function dotted(line: string, spans: readonly Span[]): string {
  let dots = line
  for (const [from, to] of spans) dots = dots.slice(0, from) + '.'.repeat(to - from) + dots.slice(to)
  return dots
}

const made = new Map<string, Redactor>()

/** One for all lines, as in a run: what it keeps of one must be right for the next. */
function redactorOf(patterns: readonly (string | RegExp)[]): Redactor {
  const key = patterns.join('\n')
  let redactor = made.get(key)
  if (!redactor) {
    redactor = new Redactor(patterns.map((each) => (typeof each === 'string' ? each : patternOf(each))))
    made.set(key, redactor)
  }
  return redactor
}

function hidden(line: string, ...patterns: (string | RegExp)[]): string {
  const redactor = redactorOf(patterns)
  const { spans } = redactor.readLine(line)
  assert.equal(redactor.find(`${line}\n`) >= 0, spans.length > 0)
  return dotted(line, spans)
}

/** The same by trying each beginning and each end, which is what a match is. */
function byTrying(line: string, { source, flags }: RegExp): string {
  const whole = (from: number, to: number) =>
    new RegExp(`(?<=^[^]{${from}})(?:${source})(?=[^]{${line.length - to}}$)`, flags)
  const spans: Span[] = []
  for (let from = 0; from < line.length; from += 1)
    for (let to = from + 1; to <= line.length; to += 1) if (whole(from, to).test(line)) spans.push([from, to])
  return dotted(line, spans)
}

const EXPRESSIONS = [
  /ab/,
  /a+b/,
  /a*b/,
  /(?:ab|ba)+/,
  /a.b/,
  /\ba\b/,
  /\Bb/,
  /^a/,
  /b$/,
  /^a+$/,
  /a{2}/,
  /a{1,2}b/,
  /a{2,}/,
  /[^ab]a/,
  /[a-c]\d/,
  /A/i,
  /[^\s]1/,
  /a??b/,
  /(?:a|ab)(?:c|bcd)/,
  /(?:)a(?:|b)c/,
  /\u0061\x62/,
  /ü/i,
  /\w+ \w/,
] as const

describe('what is hidden of a line', () => {
  test('is what JavaScript finds, wherever a match may begin and end', () => {
    const line = fc.array(fc.constantFrom(...'aabbcdA1 ü\t'), { maxLength: 9 }).map((units) => units.join(''))
    fc.assert(
      fc.property(fc.constantFrom(...EXPRESSIONS), line, (expression, text) => {
        assert.equal(hidden(text, expression), byTrying(text, expression), `${expression} in '${text}'`)
      }),
      { numRuns: 1000 },
    )
  })

  test('is the text itself, where that is given', () => {
    assert.equal(hidden('a.b axb a.b', 'a.b+'), 'a.b axb a.b')
    assert.equal(hidden('xx (a+)+ xx', '(a+)+'), 'xx ..... xx')
    assert.equal(hidden('abababa', 'abab'), '......a')
  })

  test('is what stands in brackets, where a pattern has some', () => {
    assert.equal(hidden('token=abc token=d', /token=(\S+)/), 'token=... token=.')
    assert.equal(hidden('a: b, c', /(?<one>\w), (\w)/), 'a: ., .')
    assert.equal(hidden('password: hunter2', /pass(?:word|phrase): (\S+)/, 'word'), 'pass....: .......')
  })

  test('is whole characters', () => {
    assert.equal(hidden('x😀y', /\ud83d/), 'x..y')
    assert.equal(hidden('x😀y😀', '😀y😀'), 'x.....')
    assert.equal(hidden('x😀😀y', /😀+/u), 'x....y')
  })

  test('has no end where one line ends', () => {
    const redactor = new Redactor(['abcd'])
    assert.equal(redactor.find('ab\ncd\nxabcd\n'), 11)
    assert.equal(redactor.find(Buffer.from('ab\ncd\nabc\n')), -1)
    assert.equal(redactor.find(Buffer.from('abcd\nabcd\n'), 5), 9)
  })
})

describe('a line that comes in pieces', () => {
  const patterns = [
    'hunter2',
    'hunt',
    patternOf(/token=\S+/),
    patternOf(/\bAKIA[A-Z0-9]{4}\b/),
    patternOf(/<(.*)>/),
  ]
  const part = fc.constantFrom('hunter2', 'hun', 'ter2', 'token=', 'AKIA12', '34', ' ', 'x', '<', '>')
  const line = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''))
  const redactor = new Redactor(patterns)

  test('shows at once what is certain, and in the end the same as a whole one', () => {
    fc.assert(
      fc.property(line, fc.nat(5), (text, size) => {
        const whole = dotted(text, redactor.readLine(text).spans)
        let shown = ''
        let waits = ''
        let from: ReturnType<Redactor['readStart']>['next']
        for (let at = 0; at < text.length; at += size + 1) {
          waits += text.slice(at, at + size + 1)
          const found = redactor.readStart(waits, from)
          shown += dotted(waits, found.spans).slice(0, found.certain)
          waits = waits.slice(found.certain)
          from = found.next
          assert.ok(whole.startsWith(shown), `'${shown}' of '${whole}'`)
        }
        assert.equal(shown + dotted(waits, redactor.readLine(waits, from).spans), whole)
      }),
      { numRuns: 2000 },
    )
  })

  test('holds back what may become part of something hidden, and nothing else', () => {
    const certain = (text: string) => redactor.readStart(text).certain
    assert.equal(certain('make: hum'), 9)
    assert.equal(certain('make: hu'), 6)
    assert.equal(certain('make: tok'), 6)
    assert.equal(certain('make: token=a'), 13)
    assert.equal(certain('xAKIA1234'), 9)
  })

  test('hides what might have become a secret where it must not wait', () => {
    const { spans, next } = redactor.readPiece('make: hunt')
    assert.deepEqual(spans, [[6, 10]])
    assert.equal(dotted('er2 done', redactor.readLine('er2 done', next).spans), '... done')
    const open = redactor.readPiece('token=abc')
    assert.equal(dotted('def x', redactor.readLine('def x', open.next).spans), '... x')
  })
})

test('no pattern and no line takes more than its time', { timeout: 240_000 }, () => {
  const redactor = new Redactor(
    [/(a+)+$b/, /(a|a)*(a|aa)+b.*c/, /(x+x+)+y/, /[ab]*a[ab]{12}z/, /(.*,){11}P/].map(patternOf),
  )
  const lines = ['a'.repeat(16_000), 'x'.repeat(16_000), 'ab'.repeat(8000), '1,'.repeat(8000)]
  for (const line of lines) {
    redactor.find(`${line}\n`)
    redactor.readLine(line)
    redactor.readStart(line)
  }
  let seed = 1
  const random = Array.from({ length: 16_000 }, () => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % 2 === 0 ? 'a' : 'b'
  }).join('')
  assert.deepEqual(redactor.readLine(random).spans, [])
})
