// The gate alone, under each shell, with the whole corpus.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'
import { CORPUS } from './support/corpus.ts'
import { NOT_FOR_RUNNER } from './support/hostile-lines.ts'
import { fault, TripwireGate } from './support/tripwire-gate.ts'

const LINES = CORPUS.map(({ line }) => line)

describe('every hostile request is refused', { concurrency: 2 }, () => {
  for (const shell of Object.keys(SHELLS)) {
    for (const asker of ['gate', 'runner'] as const) {
      test(`by the ${asker} under ${shell}`, { skip: whyNotShell(shell) }, async (t) => {
        const gate = new TripwireGate(shell)
        t.after(() => gate.remove())
        const before = gate.files()
        const verdicts =
          asker === 'gate'
            ? await gate.throughGate(LINES)
            : await gate.asRunner([...LINES, ...NOT_FOR_RUNNER.map((line) => Buffer.from(line))])
        assert.deepEqual(
          verdicts.flatMap((verdict) => fault(verdict) ?? []),
          [],
        )
        assert.equal(gate.tripped(), '')
        assert.deepEqual(gate.files(), before)
      })
    }
  }
})
