import assert from 'node:assert/strict'
import { test } from 'node:test'
import { examineApart } from '../../../src/operations/doctor/examine-apart.ts'
import { EXPECTED, facts, said } from '../support/doctor-told.ts'

test('an account that runs one app is as it should be', () => {
  assert.deepEqual(said(examineApart(facts(), EXPECTED)), ['ok apps of deploybot: only this one'])
})

test('apps that share the account are told, and what that means; those that one may not see without a name', () => {
  const [line = ''] = said(
    examineApart(facts(['shared', 'site'], ['shared', '-'], ['shared', '-']), EXPECTED),
  )
  assert.match(
    line,
    /^warning apps of deploybot: also 'site', 2 hidden from you: each of these apps can rewrite the others' trees, history and logs, and use their root lines/,
  )
})

test('each step that may run code of the repository as the account is a warning', () => {
  const lines = said(examineApart(facts(), { ...EXPECTED, ownCode: ['npm', 'hook'] }))
  assert.match(
    lines[1] ?? '',
    /^warning step 'npm': may run code of the repository as deploybot: anybody who can push/,
  )
  assert.equal(lines.length, 3)
})
