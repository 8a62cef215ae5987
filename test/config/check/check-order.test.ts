// Steps that can never work where they stand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, command, git, make, releases, root, rsync } from '../../../src/index.ts'
import { complaintsOf } from '../support/complaints.ts'

const told = (...steps: readonly unknown[]) => complaintsOf({ steps })
const sync = (from: string, changes: object = {}) => rsync({ from, to: '/srv/a/', delete: true, ...changes })
const site = () => releases({ root: '/srv/a' })

test('refuses a step that works in the commit before it is there', () => {
  for (const step of [sync('src/'), site()]) {
    assert.match(
      told(step, git())[0] ?? '',
      /^steps\[0\] '.*' works in the commit, but no step before it fetches the commit: put git\(\) before it$/,
    )
  }
  assert.match(told(sync('src/'))[0] ?? '', /put git\(\) before it$/)
  // a command may look at something first
  assert.deepEqual(told(command(['ls']), git(), sync('src/')), [])
  assert.match(
    told(git({ when: 'docs' }), sync('src/', { when: '!docs' })).join('\n'),
    /put git\(\) before it$/,
  )
  assert.deepEqual(told(root(['/usr/bin/true']), git(), sync('src/')), [])
})

test('refuses a check that asks for the commit before it is there', () => {
  const asks = check('http://localhost/version', { text: 'v-{commit}' })
  assert.match(
    told(asks, git())[0] ?? '',
    /asks for \{commit\}, but no step before it fetches the commit: put git\(\)/,
  )
  assert.deepEqual(told(git(), asks), [])
  assert.deepEqual(told(check('http://localhost/', { text: '{commits}' })), [])
})

test('refuses half of releases()', () => {
  assert.match(told(git(), site()[0]).join('\n'), /makes a release, but no step after it makes it live/)
  assert.match(told(git(), site()[1]).join('\n'), /makes a release live, but no step before it makes one/)
  assert.match(told(git(), site()[1], site()[0]).join('\n'), /no step before it makes.*\n.*no step after it/)
  assert.deepEqual(told(git(), site()), [])
})

test('refuses to publish what a later step makes', () => {
  const build = make('html', { in: 'doc', out: '_build/', as: 'build' })
  for (const from of ['doc/_build/', './doc/_build/html/'])
    assert.match(
      told(git(), sync(from), build)[0] ?? '',
      /^steps\[1\] 'rsync .*' publishes '.*' before 'make html' has made it/,
    )
  assert.deepEqual(told(git(), sync('doc/'), build), [])
  assert.deepEqual(told(git(), build, sync('doc/_build/html/')), [])
})

test('refuses to put a folder in the place of itself', () => {
  for (const out of ['.', './', 'a/.', './.'])
    assert.deepEqual(told(git(), command(['x'], { as: 'build', out })), [
      "steps[1].out must be a folder below the one that the step works in: 'dist'",
    ])
  assert.deepEqual(told(git(), command(['x'], { as: 'build', out: './dist' })), [])
})

test('tells of the order together with what else is wrong, unless the step that is wrong may be the one that is missing', () => {
  const bad = { bogus: 1 } as object
  const wrongGit = git(bad)
  const ofOrder = (...steps: readonly unknown[]) =>
    told(...steps).filter((line) => /before|after it/.test(line))
  for (const wrong of [root(['true']), sync('x/', bad)])
    assert.match(ofOrder(wrong, sync('src/')).join('\n'), /^steps\[1\] .*put git\(\) before it$/)
  assert.match(ofOrder(sync('src/'), wrongGit).join('\n'), /^steps\[0\] .*put git\(\) before it$/)
  for (const wrong of [wrongGit, 'git', git({ when: 'unknown' })]) {
    assert.equal(told(wrong, sync('src/')).length, 1)
    assert.deepEqual(ofOrder(wrong, sync('src/')), [])
  }
  const build = (changes = {}) => make('html', { in: 'doc', out: '_build/', as: 'build', ...changes })
  assert.match(ofOrder(git(), root(['true']), sync('doc/_build/'), build()).join('\n'), /before 'make html'/)
  assert.deepEqual(ofOrder(git(), build(bad), sync('doc/_build/'), build({ name: 'b' })), [])
  assert.match(ofOrder(git(), root(['true']), site()[0]).join('\n'), /no step after it makes it live/)
  assert.deepEqual(ofOrder(git(), site()[0], 'switch'), [])
})
