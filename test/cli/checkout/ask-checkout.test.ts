import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { listCommits } from '../../../src/cli/checkout/ask-checkout.ts'

const folder = mkdtempSync(join(tmpdir(), 'shipit-commits-'))
const commits: string[] = []

const git = (...words: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...words], {
    cwd: folder,
    encoding: 'utf8',
  }).trim()

before(() => {
  git('init', '-q')
  for (let count = 1; count <= 13; count += 1) {
    git('commit', '-q', '--allow-empty', '-m', `commit ${count}`)
    commits.push(git('rev-parse', 'HEAD'))
  }
})
after(() => rmSync(folder, { recursive: true }))

const at = (index: number) => commits.at(index) ?? ''

test('lists the commits between two, newest first', async () => {
  const list = await listCommits(folder, { from: at(-1), to: at(-3) })
  assert.deepEqual(
    list?.lines.map((line) => line.replace(/^[0-9a-f]+ /, '')),
    ['commit 13', 'commit 12'],
  )
  assert.equal(list?.more, 0)
})

test('lists ten of many and counts the rest', async () => {
  const list = await listCommits(folder, { from: at(-1), to: at(0) })
  assert.equal(list?.lines.length, 10)
  assert.equal(list?.more, 2)
})

test('knows nothing of a commit that the checkout has not, or without a checkout', async () => {
  assert.equal(await listCommits(folder, { from: at(-1), to: 'f'.repeat(40) }), undefined)
  assert.equal(await listCommits('/nonexistent', { from: at(-1), to: at(0) }), undefined)
})

test('asks the checkout also in a git hook, whose variables name another repository', async () => {
  process.env.GIT_DIR = '/nonexistent'
  try {
    assert.equal((await listCommits(folder, { from: at(-1), to: at(-2) }))?.lines.length, 1)
  } finally {
    delete process.env.GIT_DIR
  }
})
