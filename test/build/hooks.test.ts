// The commit hook, run by a real git, and how a checkout gets it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { useHooks } from '../../build/use-hooks.ts'

const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'shipit-hooks-'))
const env: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: folder,
  GIT_CONFIG_NOSYSTEM: '1',
  ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.com' },
  ...{ GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.com' },
}
after(() => rmSync(folder, { recursive: true }))

function git(
  checkout: string,
  ...words: string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync('git', ['-C', checkout, ...words], { encoding: 'utf8', env })
}

function newCheckout(name: string): string {
  const checkout = join(folder, name)
  mkdirSync(checkout)
  assert.equal(git(checkout, 'init', '-q', '-b', 'main').status, 0)
  return checkout
}

const hooksOf = (checkout: string) => git(checkout, 'config', '--get', 'core.hooksPath').stdout.trim()

describe('the commit hook', () => {
  let checkout = ''
  const commit = (...words: string[]) => git(checkout, 'commit', '-q', '--allow-empty', ...words)

  before(() => {
    checkout = newCheckout('commits')
    cpSync(join(root, 'build/hooks'), join(checkout, 'build/hooks'), { recursive: true })
    assert.equal(useHooks(checkout, env), true)
  })

  for (const subject of [
    'gate: refuse a newline in the request',
    'docs: say: why',
    `ui: ${'x'.repeat(68)}`,
    `ui: ${'…'.repeat(68)}`,
    'fixup! anything at all',
  ])
    test(`takes '${subject}'`, () => assert.deepEqual(commit('-m', subject).stderr, ''))

  for (const [subject, reason] of [
    [`ui: ${'x'.repeat(69)}`, 'has 73 characters'],
    ['gate: refuse this; and that', 'has a semicolon, so it is about two things'],
    ['doctor: look at the clock', "begins with an unknown area, 'doctor'"],
    ['gate runner: look', 'begins with no area'],
    ['*: look', "begins with an unknown area, '*'"],
    ['look at the clock', 'begins with no area'],
    ['gate:look', 'begins with no area'],
    [': look', 'begins with no area'],
  ] as const)
    test(`refuses '${subject}'`, () => {
      const { status, stderr } = commit('-m', subject)
      assert.equal(status, 1)
      assert.ok(stderr.startsWith(`the subject ${reason}:\n\n    ${subject}\n`), stderr)
    })

  test('what it refuses is committed with the command that it prints, once it is right', () => {
    const { stderr } = commit('-m', 'a long thought', '-m', 'The body.')
    const [, file = ''] = /^ {4}git commit --edit --file=(\S+)$/m.exec(stderr) ?? []
    const kept = join(checkout, file)
    writeFileSync(kept, `docs: ${readFileSync(kept, 'utf8')}`)
    assert.equal(commit(`--file=${kept}`).status, 0)
    assert.equal(git(checkout, 'log', '-1', '--format=%s|%b').stdout.trim(), 'docs: a long thought|The body.')
  })

  test('comments above the subject, a merge and an empty message are none of its business', () => {
    assert.equal(commit('--cleanup=strip', '-m', '# a comment\n\ndocs: say more').status, 0)
    assert.match(commit('-m', '').stderr, /empty commit message/)
    assert.equal(git(checkout, 'checkout', '-q', '-b', 'side', 'HEAD~1').status, 0)
    assert.equal(commit('-m', 'docs: say it elsewhere').status, 0)
    assert.deepEqual(git(checkout, 'merge', '-q', '--no-ff', '-m', 'Merge main', 'main').stderr, '')
  })

  test('has the areas of CONTRIBUTING.md', () => {
    const [, areas = ''] =
      /^AREAS='(.*)'$/m.exec(readFileSync(join(root, 'build/hooks/commit-msg'), 'utf8')) ?? []
    const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8')
    assert.ok(text.includes(`Areas: ${areas.replaceAll(' ', ', ')}.`), areas)
  })
})

describe('a checkout', () => {
  test('gets the hook, and keeps it', () => {
    const checkout = newCheckout('plain')
    assert.deepEqual([useHooks(checkout, env), useHooks(checkout, env)], [true, true])
    assert.equal(hooksOf(checkout), 'build/hooks')
  })
  test('of a CI job gets none', () => {
    const checkout = newCheckout('ci')
    assert.equal(useHooks(checkout, { ...env, CI: 'true' }), false)
    assert.equal(hooksOf(checkout), '')
  })
  test('with hooks of its own keeps them', () => {
    const own = newCheckout('own')
    mkdirSync(join(own, '.git/hooks'), { recursive: true })
    writeFileSync(join(own, '.git/hooks/pre-commit'), '')
    const other = newCheckout('other')
    git(other, 'config', 'core.hooksPath', '.husky')
    assert.deepEqual([useHooks(own, env), useHooks(other, env)], [false, false])
    assert.deepEqual([hooksOf(own), hooksOf(other)], ['', '.husky'])
  })
  test('is not a package in node_modules, nor a folder of another repository', () => {
    const outer = newCheckout('outer')
    const inner = join(outer, 'node_modules/shipit')
    mkdirSync(inner, { recursive: true })
    assert.equal(useHooks(inner, env), false)
    assert.equal(hooksOf(outer), '')
  })
})
