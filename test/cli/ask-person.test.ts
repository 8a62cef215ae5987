import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowsOf } from '../../src/cli/ask-person.ts'

test("a host's question can fill no row with what shipit would ask", () => {
  const faked = 'passphrase of /home/bob/.ssh/id_ed25519:'
  for (const blank of [' ', '\u00a0', '\u3000', '\u2800', '\u3164', '\t', 'x', '界']) {
    const rows = rowsOf('web1', `Code, or Enter:${blank.repeat(120)}${faked}`, 80)
    for (const row of rows) {
      assert.ok(row.startsWith('web1 asks: '), row)
      assert.ok(row.length <= 80 / (blank === '界' ? 1.5 : 1), row)
    }
  }
  assert.deepEqual(rowsOf('web1', 'Password: ', 80), ['web1 asks: Password:'])
})
