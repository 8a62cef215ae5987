import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { whyNotWritten } from '../../src/words/why-not-written.ts'

test('why a file could not be written is told in words, without its name', () => {
  for (const [file, why] of [
    ['/nonexistent/x', 'its folder does not exist'],
    ['/etc/passwd/x', 'a part of its path is not a folder'],
    ['/etc', 'it is a folder'],
  ] as const) {
    let thrown: unknown
    try {
      writeFileSync(file, '')
    } catch (error) {
      thrown = error
    }
    assert.equal(whyNotWritten(thrown), why)
  }
  assert.equal(whyNotWritten(new Error('odd')), 'odd')
})
