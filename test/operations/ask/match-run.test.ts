import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readRunId } from '../../../src/cli/run-id.ts'
import { UsageError } from '../../../src/errors.ts'
import { matchRun } from '../../../src/operations/ask/match-run.ts'
import type { RunEvent } from '../../../src/protocol/event.ts'
import type { HistoryEntry } from '../../../src/results/host-answer.ts'
import { at, runEvent } from '../support/scripted-run.ts'

const NEW = '20261123T070000Z-abcdef0123456789'
const OLD = '20261122T120000Z-abcde00123456789'

const ref = (name: string) => ({ kind: 'branch', name }) as const

const entries = [NEW, OLD].map(
  (run): HistoryEntry => ({ run: at(runEvent({ run }) as RunEvent) as HistoryEntry['run'], hosts: [] }),
)

describe('a run named by a part of its id', () => {
  it('is found by the digits that are shown, by any beginning, and by last', () => {
    for (const word of ['abcdef0', 'abcdef', '20261123T07', NEW, 'last'])
      assert.equal(matchRun(entries, word), NEW)
    for (const word of ['abcde0', '20261122', OLD]) assert.equal(matchRun(entries, word), OLD)
    assert.equal(matchRun(entries, 'f'), undefined)
    assert.equal(matchRun([], 'last'), undefined)
  })

  it('is not guessed where it may be several: they are named', () => {
    assert.throws(
      () => matchRun(entries, 'abcde'),
      (error: unknown) =>
        error instanceof UsageError &&
        error.message === "2 run ids begin with 'abcde'" &&
        error.suggestions.length === 2 &&
        error.suggestions[0]?.startsWith("abcdef012: branch '") === true &&
        error.suggestions[1]?.startsWith("abcde0012: branch '") === true,
    )
  })

  it('may be one that waits for the lock, which is named as such', () => {
    const waiter = { run: '20261123T080000Z-abcde10123456789', user: 'bob', ref: ref('x'), seconds: 1 }
    assert.equal(matchRun(entries, 'abcde1', [waiter]), waiter.run)
    assert.throws(
      () => matchRun(entries, 'abcde', [waiter]),
      (error: unknown) =>
        error instanceof UsageError &&
        error.message === "3 run ids begin with 'abcde'" &&
        error.suggestions[0] === "abcde1012: branch 'x', by bob, waiting for the lock",
    )
  })

  it('needs no history when its id is whole', () => {
    assert.equal(matchRun([], NEW), NEW)
  })

  it('is one word of hexadecimal digits, the beginning of an id, or last', () => {
    for (const word of ['a', 'abcdef0', '2026', '20261123T', '20261123T070000Z-', NEW, 'last'])
      assert.equal(readRunId(word), word)
    assert.equal(readRunId('ABCDEF0'), 'abcdef0')
    for (const word of ['', 'x', 'newest', '../a', '20261123T070000Z-abcdef01234567890', 'abcdef0123456789a'])
      assert.throws(() => readRunId(word), UsageError)
  })
})
