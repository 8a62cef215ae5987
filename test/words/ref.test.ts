import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefName } from '../../src/protocol/grammar.ts'
import { whyNoRef } from '../../src/words/ref.ts'

test('each name that is not taken has its own reason and way out', () => {
  const commit = '0123456789abcdef0123456789abcdef01234567'
  for (const [name, why, out] of [
    ['HEAD', /a different branch on each machine/, /git branch --show-current/],
    [commit, /a commit id/, new RegExp(`git tag NAME ${commit} && git push origin NAME$`)],
    [commit.slice(0, 24).padEnd(64, 'a'), /a commit id/, /git tag NAME/],
    ['refs/heads/x', /the full name/, /: --branch x$/],
    ['refs/tags/v1.0', /the full name/, /: --tag v1\.0$/],
    ['refs/remotes/origin/feature/a', /the full name/, /: --branch feature\/a$/],
    ['refs/pull/7/head', /only refs below/, /as a branch or a tag/],
    ['x'.repeat(201), /longer than 200/, /a shorter name/],
    ['für (alle)', /it has 'ü', ' ', '\(', '\)'$/, /letters, digits and/],
    ['-x', /git does not allow it/, /begins with a letter/],
    ['a..b', /git does not allow it/, /not contain '\.\.'/],
    ['a.lock', /git does not allow it/, /'\.lock'/],
    ['', /git does not allow it/, /begins with a letter/],
  ] as const) {
    assert.equal(isRefName(name), false, name)
    const { message, suggestion } = whyNoRef({ kind: 'branch', name })
    assert.ok(message.startsWith(`'${name}' is not a branch that can be deployed: `))
    assert.match(message, why)
    assert.match(suggestion, out)
  }
})
