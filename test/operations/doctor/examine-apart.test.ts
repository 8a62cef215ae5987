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
    /^warning deploybot also runs 'site', 2 apps hidden from you: each of these apps can rewrite the others' trees, history and logs, and use their root lines/,
  )
})

test('builds with a view of the host of their own are as they should be, others a warning with the reason', () => {
  const judge = (...told: [string, string][]) => said(examineApart(facts(...told), EXPECTED))[1]
  assert.equal(judge(), undefined)
  assert.match(judge(['view', 'yes ']) ?? '', /^ok builds: each has its own view/)
  assert.match(
    judge(['view', 'no unshare: unshare failed: Operation not permitted']) ?? '',
    /^warning this host gives a build no view of its own: unshare: unshare failed: Operation not permitted\. /,
  )
})

test('each step that may run code of the repository as the account is a warning', () => {
  const lines = said(examineApart(facts(), { ...EXPECTED, ownCode: ['npm', 'hook'] }))
  assert.match(
    lines[1] ?? '',
    /^warning step 'npm' may run code of the repository as deploybot: anybody who can push/,
  )
  assert.equal(lines.length, 3)
})
