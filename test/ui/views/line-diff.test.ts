import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { diffLines } from '../../../src/ui/views/line-diff.ts'

function shown(before: string, after: string, context?: number): string[] {
  return diffLines(before, after, context).flatMap(({ from, to, lines }) => [
    `@${from},${to}`,
    ...lines.map(({ sign, text }) => `${sign}${text}`),
  ])
}

describe('the difference of two texts', () => {
  test('is nothing when they are equal', () => {
    assert.deepEqual(shown('a\nb\n', 'a\nb\n'), [])
    assert.deepEqual(shown('', ''), [])
  })

  test('is what goes and what comes, with some lines around it', () => {
    assert.deepEqual(shown('a\nb\nc\nd\ne\n', 'a\nb\nC\nd\ne\n', 1), ['@2,2', ' b', '-c', '+C', ' d'])
    assert.deepEqual(shown('', 'a\n'), ['@1,1', '+a'])
    assert.deepEqual(shown('a\n', ''), ['@1,1', '-a'])
  })

  test('keeps what is far apart apart, and what is near together', () => {
    const before = 'a\n1\n2\n3\n4\n5\nb\n'
    assert.deepEqual(shown(before, 'A\n1\n2\n3\n4\n5\nB\n', 1), [
      '@1,1',
      '-a',
      '+A',
      ' 1',
      '@6,6',
      ' 5',
      '-b',
      '+B',
    ])
    assert.equal(diffLines(before, 'A\n1\n2\n3\n4\n5\nB\n', 3).length, 1)
  })

  test('is the shortest', () => {
    assert.deepEqual(shown('x\na\nb\nc\n', 'a\nb\nc\ny\n', 0), ['@1,1', '-x', '@5,4', '+y'])
  })

  test('of texts that are too long and all other is the whole of both', () => {
    const long = (letter: string) => Array.from({ length: 2100 }, (_, at) => `${letter}${at}`).join('\n')
    const [hunk] = diffLines(long('a'), long('b'))
    assert.equal(hunk?.lines.length, 4200)
  })

  test('makes the one text out of the other, and the other way round', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
    fc.assert(
      fc.property(text, text, (before, after) => {
        const hunks = diffLines(before.join('\n'), after.join('\n'), 99)
        const lines = hunks.flatMap((hunk) => hunk.lines)
        const side = (sign: string) => lines.filter((line) => line.sign !== sign).map((line) => line.text)
        const same = before.join('\n') === after.join('\n')
        assert.deepEqual(same ? [] : side('+'), same ? [] : before)
        assert.deepEqual(same ? [] : side('-'), same ? [] : after)
      }),
    )
  })
})
