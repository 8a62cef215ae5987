import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ACCOUNT,
  APP,
  CHOICE,
  CLAIMED,
  COUNT,
  isRefName,
  REQUEST_TEXT,
  RUN_ID,
} from '../../src/protocol/grammar.ts'
import { patient } from '../support/patience.ts'

/** Pieces of names: letters that we admit, and what git or a path takes for something special. */
const piece = fc.constantFrom(
  ...[
    'a',
    'Z',
    '0',
    '_',
    '-',
    '.',
    '/',
    '+',
    '@',
    ',',
    '#',
    '=',
    'freeze',
    '.lock',
    'HEAD',
    'refs',
    'f'.repeat(40),
  ],
)
const name = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''))

/** Those that git takes for a branch, of many, in one process. */
function gitAccepts(names: readonly string[]): string[] {
  const script = 'for name; do git check-ref-format --branch "$name" 2>/dev/null; done'
  const run = spawnSync('sh', ['-c', script, 'sh', ...names], { encoding: 'utf8', cwd: '/' })
  if (run.error) throw run.error
  return run.stdout.split('\n').slice(0, -1)
}

test('every name that is accepted is one that git accepts', () => {
  const sampled = fc.sample(name, 3000).filter(isRefName)
  const accepted = [...new Set(sampled)].slice(0, 150)
  assert.ok(accepted.length >= 100, `too few to tell: ${accepted.length}`)
  const byHand = [
    'x',
    '_',
    'a@b',
    'a,b#c=d+e',
    'release/1.2.x',
    'heads/x',
    'a.lockx',
    'a/HEAD',
    'a-',
    'f'.repeat(39),
  ]
  assert.deepEqual(byHand.filter(isRefName), byHand)
  assert.deepEqual(gitAccepts([...byHand, ...accepted]), [...byHand, ...accepted])
})

test('a name that git refuses, or that reads as a path, an option or a commit, is refused', () => {
  const refused = [
    ...[
      '',
      '-x',
      '/x',
      'x/',
      'x//y',
      '.x',
      'a/.x',
      'x..y',
      'x.',
      'x.lock',
      'x.lock/y',
      'HEAD',
      'refs/heads/x',
      '@',
      '+x',
    ],
    ...[
      'x y',
      'x~1',
      'x^',
      'x:y',
      'x?',
      'x*',
      'x[',
      'x\\y',
      'x@{1}',
      'x\n',
      'x\u007f',
      'ü',
      'x%20',
      'x!',
      "x'",
      '$x',
      'x;y',
      '`x`',
    ],
    ...['a'.repeat(201), 'a'.repeat(40), '0'.repeat(64)],
  ]
  assert.deepEqual(refused.filter(isRefName), [])
})

test('an app is up to 24 lower-case letters, digits and inner hyphens', () => {
  for (const app of ['a', 'a1', 'a-b', 'a--b', 'a'.repeat(24)]) assert.match(app, APP)
  for (const app of ['', 'A', '1a', '-a', 'a-', 'a_b', 'a.b', 'a/b', '..', 'a\n', 'a'.repeat(25)])
    assert.doesNotMatch(app, APP)
})

test('a run id is a time in UTC and 64 bits in hex', () => {
  assert.match('20261122T120000Z-0123456789abcdef', RUN_ID)
  for (const id of [
    '20261122T120000-0123456789abcdef',
    '20261122T120000Z-0123456789ABCDEF',
    '20261122T120000Z-0123456789abcde',
    '20261122T120000Z-0123456789abcdef\n',
    '2026-11-22T12:00:00Z-0123456789abcdef',
  ]) {
    assert.doesNotMatch(id, RUN_ID)
  }
})

test('a count has no sign, no leading zero and 15 digits at most', () => {
  for (const count of ['0', '1', '10', '9'.repeat(15)]) assert.match(count, COUNT)
  for (const count of ['', '00', '01', '-1', '+1', '1.0', '1e3', ' 1', '1\n', '9'.repeat(16)])
    assert.doesNotMatch(count, COUNT)
})

test('no value begins as an option does', () => {
  for (const pattern of [CHOICE, CLAIMED]) {
    assert.match('x-y', pattern)
    assert.doesNotMatch('-x', pattern)
    assert.doesNotMatch('', pattern)
  }
})

test('an account may have a domain', () => {
  for (const account of ['alice', 'a.b-c_d', 'alice@example.com']) assert.match(account, ACCOUNT)
  for (const account of ['', 'a b', 'a"b', 'a\nb', 'EXAMPLE\\alice', 'a'.repeat(65)])
    assert.doesNotMatch(account, ACCOUNT)
})

test('the text of a request is judged in linear time', () => {
  for (const text of ['a '.repeat(200_000), 'a'.repeat(400_000), `${'a '.repeat(200_000)};`]) {
    const began = performance.now()
    REQUEST_TEXT.test(text)
    assert.ok(performance.now() - began < patient(500))
  }
})
