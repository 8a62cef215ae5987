import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConnectionError } from '../../../src/errors.ts'
import { formatAnswers, formatErrors } from '../../../src/ui/views/answers-view.ts'

function unreachable(host: string, address: string) {
  const suggestions = [`Is it up? ping ${host}`]
  return { host, error: new ConnectionError(`cannot reach '${host}' (${address}:22)`, { suggestions }) }
}

describe('answers of hosts', () => {
  test('that say the same are one line', () => {
    const said = [
      ['web1', 'ended'],
      ['db', 'ends later'],
      ['web2', 'ended'],
    ] as const
    assert.deepEqual(formatAnswers(said.map(([host, words]) => ({ host, words }))), [
      'web[1-2]: ended',
      'db: ends later',
    ])
    assert.deepEqual(formatAnswers([]), [])
  })

  test('that failed alike are one error, without the name of the first', () => {
    assert.deepEqual(formatErrors([unreachable('web1', '192.0.2.1')]), [
      "error: cannot reach 'web1' (192.0.2.1:22)",
      '  → Is it up? ping web1',
    ])
    const locked = { host: 'db', error: new ConnectionError("cannot log in to 'db'\x1b[2J") }
    assert.deepEqual(
      formatErrors([unreachable('web1', '192.0.2.1'), locked, unreachable('web2', '192.0.2.2')]),
      ['error: web[1-2]: cannot reach the host', '  → Is it up? ping web1', "error: cannot log in to 'db'"],
    )
  })
})
