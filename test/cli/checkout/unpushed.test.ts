import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { isOnlyHere } from '../../../src/cli/checkout/ask-checkout.ts'
import { unpushedNotes } from '../../../src/cli/checkout/unpushed.ts'

const main = { kind: 'branch', name: 'main' } as const

describe('what is only in the checkout', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-unpushed-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const checkout = join(folder, 'checkout')
  const git = (cwd: string, ...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words], {
      cwd,
      stdio: 'pipe',
    })
  git(folder, 'init', '-q', '--bare', '-b', 'main', 'origin.git')
  git(folder, 'clone', '-q', 'origin.git', 'checkout')
  git(checkout, 'symbolic-ref', 'HEAD', 'refs/heads/main')
  writeFileSync(join(checkout, 'a'), 'a')
  git(checkout, 'add', 'a')
  git(checkout, 'commit', '-q', '-m', 'first')
  git(checkout, 'push', '-q', '-u', 'origin', 'main')
  const head = () => git(checkout, 'rev-parse', '--short=7', 'HEAD').toString().trim()
  const commit = () => git(checkout, 'commit', '-q', '--allow-empty', '-m', 'more')

  test('is nothing where all is pushed, of a tag, of a branch that is not here, and without a checkout', async () => {
    assert.deepEqual(await unpushedNotes(checkout, main), [])
    assert.deepEqual(await unpushedNotes(checkout, { kind: 'tag', name: 'main' }), [])
    assert.deepEqual(await unpushedNotes(checkout, { kind: 'branch', name: 'other' }), [])
    assert.deepEqual(await unpushedNotes(folder, main), [])
    assert.deepEqual(await unpushedNotes(join(folder, 'none'), main), [])
  })

  test('is a branch that was never pushed', () => {
    git(checkout, 'branch', 'only-here')
    const branch = { kind: 'branch', name: 'only-here' } as const
    assert.equal(isOnlyHere(checkout, branch), true)
    assert.equal(isOnlyHere(checkout, { ...branch, kind: 'tag' }), false)
    for (const name of ['main', 'nowhere', '*'])
      assert.equal(isOnlyHere(checkout, { ...branch, name }), false)
    assert.equal(isOnlyHere(folder, branch), false)
  })

  test('is told: commits that are not pushed, and changes that are not committed', async () => {
    commit()
    assert.deepEqual(await unpushedNotes(checkout, main), [`HEAD (${head()}) is not pushed`])
    commit()
    appendFileSync(join(checkout, 'a'), 'b')
    const first = head()
    assert.deepEqual(await unpushedNotes(checkout, main), [
      `HEAD (${first}) and 1 more commit are not pushed`,
      '1 changed file is not committed',
    ])
    // what is ignored does not count; a new folder is one thing, however much is in it
    writeFileSync(join(checkout, '.git/info/exclude'), 'ignored\n')
    for (const name of ['ignored', 'ünew', 'new']) writeFileSync(join(checkout, name), '')
    for (const name of ['b ü', 'b ü/c', 'empty']) mkdirSync(join(checkout, name))
    for (const name of ['b ü/c/d', 'b ü/e']) writeFileSync(join(checkout, name), '')
    assert.equal(
      (await unpushedNotes(checkout, main)).at(-1),
      '1 changed file, 2 new files and 1 new folder are not committed',
    )
    git(checkout, 'clean', '-fdq', 'new', 'ünew')
    git(checkout, 'checkout', '-q', 'a')
    assert.equal((await unpushedNotes(checkout, main)).at(-1), '1 new folder is not committed')
    git(checkout, 'clean', '-fdq')
    // changes belong to the branch that is checked out
    appendFileSync(join(checkout, 'a'), 'b')
    git(checkout, 'checkout', '-q', '-b', 'topic')
    const commits = `your branch 'main' (${first}) and 1 more commit are not pushed`
    assert.deepEqual(await unpushedNotes(checkout, main), [commits])
    git(checkout, 'checkout', '-q', '--detach', 'origin/main')
    assert.deepEqual(await unpushedNotes(checkout, main), [commits])
    commit()
    assert.deepEqual(await unpushedNotes(checkout, main), [commits, `HEAD (${head()}) is not pushed`])
  })

  test('is not known where git refuses the checkout, since it belongs to another account', async () => {
    process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER = '1'
    try {
      const [note = '', ...others] = await unpushedNotes(checkout, main)
      assert.match(
        note,
        /^what is not pushed or committed is not known: git refuses the checkout of .*safe\.directory/,
      )
      assert.deepEqual(others, [])
    } finally {
      delete process.env.GIT_TEST_ASSUME_DIFFERENT_OWNER
    }
  })

  test('counts a thousand commits at most, and says that there may be more', async () => {
    const commits = Array.from({ length: 1200 }, (_, at) => {
      const from = at === 0 ? 'from refs/heads/main^0\n' : ''
      return `commit refs/heads/long\ncommitter A <a@example.org> ${at} +0000\ndata 0\n${from}`
    })
    execFileSync('git', ['fast-import', '--quiet'], { cwd: checkout, input: commits.join('\n') })
    git(checkout, 'push', '-q', 'origin', 'main:long')
    git(checkout, 'fetch', '-q')
    const [note] = await unpushedNotes(checkout, { kind: 'branch', name: 'long' })
    assert.match(note ?? '', /^your branch 'long' \(.{7}\) and at least 999 more commits are not pushed$/)
  })
})
