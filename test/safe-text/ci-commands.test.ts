import assert from 'node:assert/strict'
import { test } from 'node:test'
import { breakCommands, breakInner } from '../../src/safe-text/ci-commands.ts'

test('what starts a command anywhere is broken wherever it stands', () => {
  assert.equal(breakInner('a ###[x] ##VSO[y] ## [z] #[w]'), 'a ## #[x] # #VSO[y] ## [z] #[w]')
  assert.equal(breakInner('##teamcity[x]##[error]'), '# #teamcity[x]# #[error]')
})

test('what starts a command at the start of a line is broken there, after blanks and colours too', () => {
  assert.equal(breakCommands('::error::x'), ': :error::x')
  assert.equal(breakCommands(' \t\u3000::add-mask::x ::y'), ' \t\u3000: :add-mask::x ::y')
  assert.equal(breakCommands('\x1b[31m::error::x'), '\x1b[31m: :error::x')
  assert.equal(breakCommands('a ::error::x'), 'a ::error::x')
  assert.equal(breakCommands(' ##[error]x'), ' # #[error]x')
})
