import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anonymous } from '../../../src/ui/views/anonymous.ts'

function areAlike(
  one: readonly [host: string, text: string],
  other: readonly [host: string, text: string],
): boolean {
  return anonymous({ host: one[0] }, one[1]) === anonymous({ host: other[0] }, other[1])
}

test('texts that differ by the host and its address are alike', () => {
  for (const text of ["cannot reach 'HOST' (ADDRESS:22) within 10 s", 'ssh -v alice@HOST', 'ping ADDRESS'])
    assert.ok(
      areAlike(
        ['web1', text.replace('HOST', 'web1').replace('ADDRESS', '192.0.2.1')],
        ['web10', text.replace('HOST', 'web10').replace('ADDRESS', '192.0.2.10')],
      ),
      text,
    )
  assert.ok(
    areAlike(['a', "no route to 'a' ([2001:db8::1]:22)"], ['b', "no route to 'b' ([2001:db8::2]:22)"]),
  )
})

test('texts about other refs are not, whatever these are called', () => {
  for (const text of [
    "bob is deploying tag 'REF'",
    'shipit deploy production --tag REF',
    "branch 'REF' is live",
  ]) {
    assert.ok(!areAlike(['a', text.replace('REF', '1.2.3.4')], ['b', text.replace('REF', '1.2.3.5')]), text)
    assert.ok(!areAlike(['web1', text.replace('REF', 'web1')], ['web2', text.replace('REF', 'web2')]), text)
  }
})

test('the name of a host is a word of its own', () => {
  assert.ok(!areAlike(['m', "step 'make'"], ['b', "step 'bake'"]))
  assert.ok(!areAlike(['web', "see 'web.html'"], ['app', "see 'app.html'"]))
})
