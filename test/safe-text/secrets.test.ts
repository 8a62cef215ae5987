import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Block, linesOf } from '../../src/safe-text/block.ts'
import { cleanLines } from '../../src/safe-text/clean-text.ts'
import { renderJsonLine, renderOutputLines } from '../../src/safe-text/json-line.ts'
import { LiveText } from '../../src/safe-text/live-text.ts'
import { cleanOwnLines } from '../../src/safe-text/own-lines.ts'
import { SafeLines } from '../../src/safe-text/safe-lines.ts'
import { hasSecrets, hideInText, hideSecrets } from '../../src/safe-text/secrets.ts'

const SECRET = 'hunter2-und-größer'

function safe(chunks: readonly (string | Uint8Array)[], colour = false): string[] {
  const lines = new SafeLines({ colour })
  const blocks: Block[] = []
  for (const chunk of chunks) blocks.push(...lines.push(Buffer.from(chunk as string)))
  return linesOf([...blocks, ...lines.end()])
}

/** A text in two pieces, for each byte. */
function splits(text: string): Uint8Array[][] {
  const bytes = Buffer.from(text)
  return Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)])
}

test('where nothing is to be hidden, no text is looked at', () => {
  assert.equal(hasSecrets(), false)
  assert.deepEqual(safe([`a ${SECRET}\n`]), [`a ${SECRET}`])
})

describe('what is secret', () => {
  before(() => hideSecrets([SECRET, 'abcdefgh', { pattern: 'token=(\\S+)', flags: 'i' }]))
  after(() => hideSecrets([]))

  test('is hidden in lines, wherever they are cut in two', () => {
    for (const chunks of splits(`one\nis ${SECRET}, abcdefgh\nTOKEN=1\r\nlast token=abc`))
      assert.deepEqual(safe(chunks), ['one', 'is ***, ***', 'TOKEN=***', 'last token=***'])
  })

  test('is hidden in blocks of plain lines, and nothing else is lost', () => {
    const lines = Array.from({ length: 3000 }, (_, at) => `line ${at}${at % 7 === 0 ? ' abcdefgh!' : ''}`)
    const shown = lines.map((line) => line.replace('abcdefgh', '***'))
    const [block] = new SafeLines({ colour: true }).push(Buffer.from(`\n${lines.join('\n')}\n`)).slice(1)
    assert.ok(block?.bytes)
    assert.equal(block.count, 3000)
    assert.deepEqual(linesOf([block]), shown)
    assert.deepEqual(safe([`ü\n${lines.join('\n')}\n`]), ['ü', ...shown])
  })

  test('is hidden with colours and sequences within it', () => {
    assert.deepEqual(safe(['a abc\x1b[31mdef\x1b[0mgh b\n'], true), ['a ***\x1b[31m\x1b[0m b\x1b[0m'])
    assert.deepEqual(safe(['a abc\x1b[31mdef\x1b[2Jgh\u200b b\n']), ['a *** b'])
    assert.deepEqual(safe([`x abcd\x1b]0;title\x07efgh y\n`]), ['x *** y'])
  })

  test('is hidden where a long line is cut', () => {
    const long = 16 * 1024
    for (let before = long - 10; before <= long + 1; before += 1) {
      const text = safe([`${'.'.repeat(before)}abcdefgh rest\n`]).join('')
      assert.match(text, /^\.+\*+ rest$/)
      assert.match(
        safe([`${'x'.repeat(before)} token=${'s'.repeat(40_000)} rest\n`]).join(''),
        /^x+ [token=*]+ rest$/,
      )
    }
  })

  test('is not shown while its line is not complete', () => {
    const lines = new SafeLines({ colour: true })
    const shown: string[] = []
    for (const byte of Buffer.from(`say abc, ${SECRET} token=x`)) {
      lines.push(Buffer.from([byte]))
      shown.push(lines.current)
    }
    assert.deepEqual(
      [...new Set(shown)],
      [
        's',
        'say',
        'say ',
        'say abc,',
        'say abc, ',
        'say abc, ***',
        'say abc, *** ',
        ...['t', 'to', 'tok', 'toke', 'token', 'token=', 'token=***'].map((end) => `say abc, *** ${end}`),
      ],
    )
  })

  test('is not shown to a person at the terminal of a host, and a question does not wait', () => {
    for (const chunks of splits(`is ${SECRET}\r\ntoken=abc\npassword: `)) {
      const live = new LiveText()
      const shown = chunks.map((chunk) => live.push(chunk)).join('')
      assert.equal(shown, 'is ***\r\ntoken=***\r\npassword: ')
      assert.equal(live.end(), '')
    }
    const live = new LiveText()
    assert.equal(live.push(Buffer.from('ab')), '')
    assert.equal(live.push(Buffer.from('c?')), 'abc?')
    assert.equal(live.push(Buffer.from('ab')), '')
    assert.equal(live.end(), 'ab')
    assert.equal(live.push(Buffer.from(`\n${'abcdefg'.repeat(3000)}`)).length > 20_000, true)
  })

  test('is hidden in lines of ours, in several lines, and where a text is too long', () => {
    assert.deepEqual(cleanOwnLines([`a \x1b[1mtoken=\x1b[22mx`, SECRET], { colour: true }), [
      'a \x1b[1mtoken=\x1b[22m***\x1b[0m',
      '***',
    ])
    assert.equal(hideInText(`${SECRET}\n\ntoken=a b`), '***\n\ntoken=*** b')
    const long = 64 * 1024
    for (let at = 1; at < 8; at += 1)
      assert.doesNotMatch(cleanLines(`${'.'.repeat(long - at)}abcdefgh`).join(''), /a/)
  })

  test('is hidden in each text of JSON, and the line stays what it is', () => {
    const line = renderJsonLine({
      event: 'error',
      code: 'X',
      exitCode: 1,
      message: `no ${SECRET}\ntoken=a`,
      suggestions: ['abcdefgh'],
    })
    assert.deepEqual(JSON.parse(line), {
      schema: 1,
      event: 'error',
      code: 'X',
      exitCode: 1,
      message: 'no ***\ntoken=***',
      suggestions: ['***'],
    })
    // root runs it as it is
    const script = { event: 'script', hosts: 'abcdefgh', script: `sh ${SECRET}` } as const
    assert.deepEqual(JSON.parse(renderJsonLine(script)), { schema: 1, ...script, hosts: '***' })
    const lines = new SafeLines({ colour: false }).push(Buffer.from('a "abcdefgh"\nb\n'))
    const texts = String(renderOutputLines({ host: 'web1', step: 'abcdefgh' }, lines))
      .trim()
      .split('\n')
    assert.deepEqual(
      texts.map((each) => JSON.parse(each).text),
      ['a "***"', 'b'],
    )
    assert.ok(texts.every((each) => JSON.parse(each).step === '***'))
  })
})
