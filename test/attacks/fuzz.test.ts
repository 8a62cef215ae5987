// Random lines through the judge under each shell: nothing gets through that judgeRequest() would not send, and nothing but a
// constant sentence comes back. test/protocol/agreement.test.ts holds the two against each other more closely, with fewer lines.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { judgeRequest } from '../../src/protocol/judge-request.ts'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'
import { goodRequests } from './support/derive-requests.ts'
import { LONG_FLAGS, SHORT_FLAGS } from './support/grammar-table.ts'
import { fault, knownVerbs, TripwireGate } from './support/tripwire-gate.ts'

const RANDOM = 600
const NEAR = 900
const FLAGS = [
  { name: 'docs' },
  { name: 'colour', choices: ['red', 'blue'] },
  ...[...LONG_FLAGS, ...SHORT_FLAGS].map((name) => ({ name })),
]

/** Any bytes but NUL, which no argument can hold; line breaks too. */
const anyBytes = fc
  .uint8Array({ min: 1, max: 255, maxLength: 120 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'))

const piece = fc.oneof(
  fc.constantFrom('a', 'b', '0', '1', 'x'),
  fc.constantFrom(
    ' ',
    '-',
    '--',
    '/',
    '..',
    '.',
    '.lock',
    '\n',
    '\t',
    ';',
    '$(id)',
    '`',
    "'",
    '*',
    '\x81',
    '\xff',
    '0',
    'Z',
    'refs/',
    'HEAD',
  ),
  fc.integer({ min: 1, max: 255 }).map((byte) => String.fromCharCode(byte)),
)

/** A well-formed request with one to three changes: a piece put in or over something, or something left out. */
const nearRequest = fc
  .tuple(
    fc.constantFrom(...goodRequests(knownVerbs())),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 3 }), piece), { minLength: 1, maxLength: 3 }),
  )
  .map(([line, changes]) =>
    changes.reduce((text, [at, taken, put]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + put + text.slice(place + taken)
    }, line),
  )

describe('of random lines, the gate lets through what judgeRequest() does', { concurrency: 2 }, () => {
  for (const shell of Object.keys(SHELLS)) {
    test(`under ${shell}`, { skip: whyNotShell(shell) }, async (t) => {
      const gate = new TripwireGate(shell)
      t.after(() => gate.remove())
      const before = gate.files()
      const lines = [...fc.sample(anyBytes, RANDOM), ...fc.sample(nearRequest, NEAR)]
      const verdicts = await gate.throughGate(lines.map((line) => Buffer.from(line, 'latin1')))
      const wrong = verdicts.flatMap((verdict, index) => {
        const line = (lines[index] as string).replace(/^shipit-gate /, '')
        const app = / --app ([^ ]*)/.exec(line)?.[1] ?? 'codebase'
        const right = judgeRequest(line, FLAGS) && app === 'codebase'
        if (right)
          return verdict.status === 0 && verdict.stderr === '' ? [] : [`not let through: ${fault(verdict)}`]
        return fault(verdict) ?? []
      })
      assert.deepEqual(wrong, [])
      const passed = verdicts.filter(({ status }) => status === 0).length
      t.diagnostic(`${lines.length} lines, ${passed} of them requests`)
      assert.equal(gate.tripped().split('\n').length - 1, passed)
      assert.deepEqual(gate.files(), before)
    })
  }
})
