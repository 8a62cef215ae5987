import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { writeReport } from '../../../src/cli/report/write-report.ts'
import { UsageError } from '../../../src/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-write-report-'))
after(() => rmSync(folder, { recursive: true }))

test('gives a report that has no name the first that is free', () => {
  const usual = join(folder, 'shop-production-history')
  const file = { usual, mayReplace: false }
  const names = ['1', '2', '3'].map((page) => writeReport(page, file))
  assert.deepEqual(names, [`${usual}.html`, `${usual}-2.html`, `${usual}-3.html`])
  assert.equal(readFileSync(`${usual}-2.html`, 'utf8'), '2')
  assert.equal(statSync(`${usual}.html`).mode & 0o777, 0o600)
})

test('replaces a file only where that is said, and follows no link to another one', () => {
  const [mine, link] = [join(folder, 'mine'), join(folder, 'link.html')]
  writeFileSync(mine, 'mine')
  symlinkSync(mine, link)
  for (const named of [mine, link]) {
    const why = new RegExp(`'${named}' exists already`)
    assert.throws(
      () => writeReport('x', { named, usual: 'x', mayReplace: false }),
      (error) => error instanceof UsageError && why.test(error.message),
    )
  }
  assert.equal(readFileSync(mine, 'utf8'), 'mine')
  assert.equal(writeReport('new', { named: mine, usual: 'x', mayReplace: true }), mine)
  assert.equal(readFileSync(mine, 'utf8'), 'new')
})

test('says why it can not be written', () => {
  const before = readdirSync(folder)
  const named = join(folder, 'no/such/folder.html')
  assert.throws(
    () => writeReport('x', { named, usual: 'x', mayReplace: true }),
    /cannot write '.*folder.html': its folder does not exist$/,
  )
  assert.deepEqual(readdirSync(folder), before)
})
