import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HostPlan } from '../../../../src/results/host-answer.ts'
import { isNotNeeded, type Ways, wouldDeploy } from '../../../../src/ui/views/plan/would-deploy.ts'

const [LIVE, NEW] = ['a'.repeat(40), 'b'.repeat(40)] as const
const time = '2026-11-22T12:00:00Z'
const ref = { kind: 'branch', name: 'main' } as const
const live = { commit: LIVE, ref, run: '20261122T120000Z-0123456789abcdef', how: 'complete' } as const

function planned(
  said: Omit<HostPlan, 'host' | 'status'> & { status?: Partial<NonNullable<HostPlan['status']>> },
): HostPlan {
  return {
    host: 'web1',
    plan: { event: 'plan', time, commit: NEW, comes: 1, goes: 0 },
    ...said,
    status: { event: 'status', time, lock: 'free', live, ...said.status },
  }
}

const freeze = { user: 'alice', reason: 'backup', seconds: 60 }
const older = { plan: { event: 'plan', time, commit: NEW, comes: 0, goes: 2 } } as const

describe('with --changed it would deploy', () => {
  for (const [title, said, ways, deploys] of [
    ['what changed', { paths: 'changed' }, {}, true],
    ['nothing, where nothing changed', { paths: 'same' }, {}, false],
    ['nothing, frozen or not', { paths: 'same', status: { freeze } }, {}, false],
    ['who knows what, where it is frozen', { paths: 'changed', status: { freeze } }, {}, undefined],
    ['who knows what, with drift', { paths: 'same', drift: true }, {}, undefined],
    ['nothing with drift that is allowed', { paths: 'same', drift: true }, { allowsDrift: true }, false],
    ['what changed with drift that is allowed', { drift: true }, { allowsDrift: true }, true],
    ['who knows what, where the lock is held', { paths: 'same', status: { lock: 'held' } }, {}, undefined],
    ['once the lock is free, with --wait', { status: { lock: 'held' } }, { waits: true }, true],
    ['who knows what, where the host is busy', { status: { lock: 'busy' } }, { waits: true }, undefined],
    ['nothing older', older, {}, false],
    ['something older with --back', older, { back: true }, true],
    ['the first commit', { status: { live: { ...live, commit: '-' } }, ...older }, {}, true],
  ] as const satisfies readonly (readonly [
    string,
    Parameters<typeof planned>[0],
    Ways,
    boolean | undefined,
  ])[])
    test(title, () => assert.equal(wouldDeploy(planned(said), { isOfChanged: true, ...ways }), deploys))
})

describe('with --outdated it would deploy', () => {
  const same = { plan: { event: 'plan', time, commit: LIVE } } as const
  for (const [title, said, ways, deploys] of [
    ['nothing, where the commit is live', same, {}, false],
    ['another commit', {}, {}, true],
    ['another commit, though nothing in the app changed', { paths: 'same' }, {}, true],
    ['nothing, frozen or not', { ...same, status: { freeze } }, {}, false],
    ['what is live only partly', { ...same, status: { live: { ...live, how: 'partial' } } }, {}, true],
    ['once the lock is free, with --wait', { ...same, status: { lock: 'held' } }, { waits: true }, true],
    ['who knows what, with drift', { ...same, drift: true }, {}, undefined],
    ['nothing with drift that is allowed', { ...same, drift: true }, { allowsDrift: true }, false],
  ] as const satisfies readonly (readonly [
    string,
    Parameters<typeof planned>[0],
    Ways,
    boolean | undefined,
  ])[])
    test(title, () => assert.equal(wouldDeploy(planned(said), { isOfOutdated: true, ...ways }), deploys))
})

test('drift that is not allowed leaves no host out', () => {
  const plan = planned({ paths: 'same', drift: true })
  const isLeftOut = (ways: Ways) => isNotNeeded(plan, { isOfChanged: true, ...ways })
  assert.deepEqual([isLeftOut({}), isLeftOut({ allowsDrift: true })], [false, true])
})
