// The gate alone, under each shell, with a part of the corpus: hostile requests are refused, and nothing else happens.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SHELLS, whyNotShell } from '../remote/support/rendered-host.ts'
import { isWhole } from '../support/whole.ts'
import { CORPUS, sampleCorpus } from './support/corpus.ts'
import { goodRequests } from './support/derive-requests.ts'
import { VERBS } from './support/grammar-table.ts'
import { NOT_FOR_RUNNER } from './support/hostile-lines.ts'
import { fault, knownVerbs, TripwireGate } from './support/tripwire-gate.ts'

test('the corpus is large and of many kinds', () => {
  assert.ok(CORPUS.length >= 300, `${CORPUS.length} requests`)
  assert.ok(new Set(CORPUS.map(({ kind }) => kind)).size >= 14)
})

test('the corpus knows every verb of the judge', () => {
  assert.ok(knownVerbs().has('deploy'))
  for (const [verb, options] of knownVerbs()) {
    const known = (VERBS[verb] ?? []).map(({ option }) => option)
    const missing = options.filter((option) => option !== '' && !known.includes(option))
    assert.ok(
      Object.hasOwn(VERBS, verb) && missing.length === 0,
      `add ${verb} ${missing} to test/attacks/support/grammar-table.ts`,
    )
  }
})

describe('the gate refuses hostile requests', { concurrency: true }, () => {
  for (const [turn, shell] of Object.keys(SHELLS).entries()) {
    test(`under ${shell}`, { skip: whyNotShell(shell) }, async (t) => {
      const gate = new TripwireGate(shell)
      t.after(() => gate.remove())
      const before = gate.files()
      const lines = [
        // the short form: of each kind each shell has its share
        ...sampleCorpus(isWhole ? 18 : 9)
          .filter((_, index) => isWhole || index % Object.keys(SHELLS).length === turn)
          .map(({ line }) => line),
        ...NOT_FOR_RUNNER.map((line) => Buffer.from(line)),
      ]
      const faults = (await gate.throughGate(lines.slice(0, -NOT_FOR_RUNNER.length))).map(fault)
      faults.push(...(await gate.asRunner(lines.slice(-NOT_FOR_RUNNER.length))).map(fault))
      assert.deepEqual(faults.filter(Boolean), [])
      assert.equal(gate.tripped(), '')
      assert.deepEqual(gate.files(), before)
    })
  }
})

test('well-formed requests get through, so that the corpus shows something', async (t) => {
  const gate = new TripwireGate('dash')
  t.after(() => gate.remove())
  const lines = goodRequests(knownVerbs())
  const verdicts = await gate.throughGate(lines.map((line) => Buffer.from(line)))
  const refused = verdicts.filter(({ status, stderr }) => status !== 0 || stderr !== '')
  assert.deepEqual(
    refused.map(({ line }) => line.toString()),
    [],
  )
  const runner = `sudo -n -u deploybot -- ${gate.folder}/host/usr/local/libexec/shipit/runner`
  assert.deepEqual(
    gate.tripped().trim().split('\n'),
    lines.map((line) => `${runner} ${line}`),
  )
})
