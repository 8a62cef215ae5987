// A rollback may leave out what a release that is kept does not need, and nothing else may.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HostVerdict } from '../../../src/operations/run/host-verdict.ts'
import type { Event, PlannedStep } from '../../../src/protocol/event.ts'
import { at, commit, outcome, REQUEST, RUN } from '../support/scripted-run.ts'

const BEFORE = '20261121T120000Z-0123456789abcdef'
const PLAN: readonly PlannedStep[] = [
  { name: 'git', phase: 'prepare' },
  { name: 'make', phase: 'prepare' },
  { name: 'release', phase: 'prepare' },
  { name: 'switch', phase: 'publish' },
]
const keep = (...names: string[]) =>
  PLAN.map((step) => (names.includes(step.name) ? { ...step, skipped: 'kept' as const } : step))

/** A run of that plan that went well. */
function run(steps: readonly PlannedStep[], to: string | undefined = BEFORE): Event[] {
  const { app, ref } = REQUEST
  return [
    at({
      event: 'run',
      run: RUN,
      user: 'alice',
      app,
      ref,
      flags: [],
      digest: 'unasked',
      steps,
      ...(to ? { to } : {}),
    }),
    ...steps.flatMap(({ name, skipped }, index) => {
      const step = { event: 'step', number: index + 1, name } as const
      if (skipped) return [at({ ...step, state: 'skipped', reason: skipped })]
      return [
        at({ ...step, state: 'started' }),
        at({ ...step, state: 'ended', status: 0, ms: 1 }),
        ...(name === 'git' ? [commit()] : []),
      ]
    }),
    outcome(),
  ]
}

function judge(
  events: readonly Event[],
  expected: { request?: object; steps?: readonly PlannedStep[] } = {},
) {
  const { app } = REQUEST
  const verdict = new HostVerdict({
    host: 'web1',
    ...expected,
    request: { run: RUN, app, ...expected.request },
  })
  for (const event of events) verdict.take(event)
  return verdict.end().error?.message ?? 'deployed'
}

describe('a release that is kept', () => {
  test('lets a rollback leave out its prepare steps, but for git', () => {
    const kept = run(keep('make', 'release'))
    assert.equal(judge(kept), 'deployed')
    assert.equal(judge(kept, { steps: PLAN }), 'deployed')
    assert.equal(judge(run(PLAN), { steps: PLAN }), 'deployed')
  })

  test('lets it leave out nothing else', () => {
    assert.match(judge(run(keep('make', 'release', 'switch'))), /it left out 'switch'/)
    assert.match(judge(run(keep('git', 'make', 'release'))), /it left out 'git'/)
  })

  test('is nothing to a deploy, whatever the host says', () => {
    const { ref } = REQUEST
    const kept = keep('make', 'release')
    assert.match(judge(run(kept, ''), { steps: PLAN }), /it left out 'make'/)
    assert.match(judge(run(kept), { request: { ref, flags: [] }, steps: PLAN }), /it left out 'make'/)
    assert.match(judge(run(kept), { request: { ref, flags: [] } }), /it left out 'make'/)
  })

  test('does not make up for a step that the flags leave out, nor the other way round', () => {
    const flagged = PLAN.map((step) => (step.name === 'make' ? { ...step, skipped: 'flag' as const } : step))
    assert.match(judge(run(keep('make', 'release')), { steps: flagged }), /it has other steps/)
    assert.match(judge(run(flagged), { steps: PLAN }), /it has other steps/)
  })
})
