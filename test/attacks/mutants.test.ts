// Does the corpus notice? Each deliberately broken judge must let something of it through.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { whyNotShell } from '../remote/support/rendered-host.ts'
import { CORPUS } from './support/corpus.ts'
import { RUN } from './support/grammar-table.ts'
import { MUTANTS, type Mutant } from './support/mutants.ts'
import { fault, remoteFile, TripwireGate } from './support/tripwire-gate.ts'

const JUDGE = remoteFile('lib/judge')
const GOOD = [
  'hello',
  'status --app codebase',
  `deploy --run ${RUN} --app codebase --branch master --docs`,
].map((line) => Buffer.from(line))

test('there are at least 15 of them, each another one', () => {
  assert.ok(MUTANTS.length >= 15)
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length)
})

describe('the corpus catches a judge with', { concurrency: 2, skip: whyNotShell('dash') }, () => {
  for (const mutant of MUTANTS) {
    test(mutant.name, async (t) => {
      assert.equal(JUDGE.split(mutant.find).length, 2, `judge.sh has no longer, once: ${mutant.find}`)
      const gate = new TripwireGate(
        'dash',
        JUDGE.replace(mutant.find, () => mutant.replace),
      )
      t.after(() => gate.remove())
      // a judge that is broken altogether would be caught by anything
      const good = await gate.asRunner(GOOD)
      assert.deepEqual(
        good.map(({ status, stderr }) => [status, stderr]),
        GOOD.map(() => [0, '']),
      )
      assert.ok((await faults(gate, mutant)).length > 0, 'nothing of the corpus got through')
    })
  }
})

async function faults(gate: TripwireGate, { kinds }: Mutant): Promise<string[]> {
  const lines = CORPUS.filter(({ kind }) => kinds.includes(kind)).map(({ line }) => line)
  assert.ok(lines.length > 0, `the corpus has no ${kinds}`)
  return (await gate.throughGate(lines)).flatMap((verdict) => fault(verdict) ?? [])
}
