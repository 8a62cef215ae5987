import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
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
    writeFileSync(join(checkout, 'untracked'), '')
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
    // changes belong to the branch that is checked out
    git(checkout, 'checkout', '-q', '-b', 'topic')
    const commits = `your branch 'main' (${first}) and 1 more commit are not pushed`
    assert.deepEqual(await unpushedNotes(checkout, main), [commits])
    git(checkout, 'checkout', '-q', '--detach', 'origin/main')
    assert.deepEqual(await unpushedNotes(checkout, main), [commits])
    commit()
    assert.deepEqual(await unpushedNotes(checkout, main), [commits, `HEAD (${head()}) is not pushed`])
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
