import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'node:test'
import { hideSecrets } from '../../src/safe-text/secrets.ts'
import { Tail } from '../../src/safe-text/tail.ts'

function tailOf(mostBytes: number, ...chunks: string[]): Tail {
  const tail = new Tail(mostBytes)
  for (const chunk of chunks) tail.add(Buffer.from(chunk))
  return tail
}

describe('the last words', () => {
  afterEach(() => hideSecrets([]))

  test('the end is kept', () => {
    assert.equal(tailOf(10, 'one\ntwo\n', 'three\n').text, '\ntwo\nthree\n'.slice(-10))
  })

  test('where there are secrets, it is kept from a whole line on', () => {
    hideSecrets(['hunter2hunter2'])
    assert.equal(tailOf(10, 'one\n', 'two\n').text, 'one\ntwo\n')
    assert.equal(tailOf(10, 'first\n', 'second\n', 'x\n').text, 'second\nx\n')
    assert.equal(tailOf(10, 'first\nseco', 'nd\nx\n').text, 'second\nx\n')
    assert.equal(tailOf(8, 'a line with words\n').text, 'words\n')
  })

  test('half a secret is not shown', () => {
    hideSecrets(['hunter2hunter2'])
    for (let size = 1; size < 40; size += 1) {
      assert.doesNotMatch(tailOf(size, 'the key hunter2hunter2\n', 'is wrong\n').lines.join('\n'), /unt|er2/)
      assert.doesNotMatch(tailOf(size, 'the key hunter2hunter2 is wrong').lines.join('\n'), /unt|er2/)
    }
  })
})
