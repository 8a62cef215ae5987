// Runs that say that they succeeded and have something wrong with them, and what a client says to that.
import type { Event, RunEvent } from '../../../src/protocol/event.ts'
import {
  at,
  commit,
  ended,
  goodRun,
  hello,
  outcome,
  runEvent,
  STEPS,
  skipped,
  started,
} from './scripted-run.ts'

export const OTHER_RUN = '20261122T120000Z-ffffffffffffffff'

const good = goodRun()

/** The good run with one event replaced by others. */
export function replaced(index: number, ...events: Event[]): Event[] {
  return good.toSpliced(index, 1, ...events)
}

export const RUN_AT = 0
export const COMMIT_AT = 3
const OUTCOME_AT = good.length - 1

export const WRONG: Record<string, [readonly Event[], RegExp]> = {
  'another run': [replaced(RUN_AT, runEvent({ run: OTHER_RUN })), /it sent another run/],
  'another app': [replaced(RUN_AT, runEvent({ app: 'other' })), /it sent another run/],
  'another branch': [
    replaced(RUN_AT, runEvent({ ref: { kind: 'branch', name: 'y' } })),
    /it deployed branch 'y'/,
  ],
  'a tag for a branch': [
    replaced(RUN_AT, runEvent({ ref: { kind: 'tag', name: 'x' } })),
    /it deployed tag 'x'/,
  ],
  'flags that were not given': [
    replaced(RUN_AT, runEvent({ flags: ['docs'] })),
    /it used other flags than requested/,
  ],
  'another recipe': [
    replaced(RUN_AT, runEvent({ digest: 'unasked' })),
    /it ran another recipe than requested/,
  ],
  'a deploy that goes back': [replaced(RUN_AT, runEvent({ to: OTHER_RUN })), /it went back to run/],
  'another commit than its own run says': [
    replaced(RUN_AT, runEvent({ commit: 'f'.repeat(40) })),
    /it deployed commit 1a2b/,
  ],
  'another commit in its outcome': [
    replaced(OUTCOME_AT, outcome({ commit: 'f'.repeat(40) })),
    /it named two commits/,
  ],
  'two runs': [replaced(RUN_AT, runEvent(), runEvent()), /it sent two runs/],
  'no run': [replaced(RUN_AT), /a step came before the run/],
  'no plan': [replaced(RUN_AT, without(runEvent(), 'steps')), /it has other steps/],
  'a plan with a step less': [replaced(RUN_AT, runEvent({ steps: STEPS.slice(0, 3) })), /it has other steps/],
  'a plan in another order': [
    replaced(RUN_AT, runEvent({ steps: STEPS.toReversed() })),
    /it has other steps/,
  ],
  'a plan that leaves out what was asked for': [
    replaced(RUN_AT, runEvent({ steps: STEPS.map((step) => ({ ...step, skipped: 'flag' as const })) })),
    /it has other steps/,
  ],
  'a plan with another phase': [
    replaced(RUN_AT, runEvent({ steps: STEPS.map((step) => ({ ...step, phase: 'prepare' as const })) })),
    /it has other steps/,
  ],
  'a missing step': [good.toSpliced(5, 2), /its steps came out of order/],
  'no steps at all': [[runEvent(), outcome()], /not every step was done/],
  'steps that end too early': [good.toSpliced(7, 2), /not every step was done/],
  'a step twice': [good.toSpliced(5, 0, started(1), ended(1)), /its steps came out of order/],
  'steps in another order': [
    [...good.slice(0, 5), ...good.slice(7, 9), ...good.slice(5, 7), outcome()],
    /out of order/,
  ],
  'a step of another name': [replaced(5, started(3, 'rsync doc')), /its steps came out of order/],
  'a step that ended and had not begun': [replaced(5), /a step ended that had not begun/],
  'two steps at once': [replaced(6, started(4)), /its steps came out of order|two steps ran at once/],
  'a step that is left out and was not to be': [
    replaced(6, skipped(3)).toSpliced(5, 1),
    /it left out 'rsync src'/,
  ],
  'a step that is left out for another reason': [
    replaced(4, skipped(2, 'sandbox')),
    /it left out 'make html'/,
  ],
  'a step that was to be left out': [replaced(4, started(2), ended(2)), /it did not leave out 'make html'/],
  'a step that failed': [replaced(6, ended(3, 1)), /not every step was done/],
  'a step that ran out of time': [
    replaced(6, { ...ended(3), limitSeconds: 5 } as Event),
    /not every step was done/,
  ],
  'no commit': [replaced(COMMIT_AT), /it named no commit/],
  'two commits': [replaced(COMMIT_AT, commit(), commit()), /it named two commits/],
  'a commit at the wrong place': [
    [...replaced(COMMIT_AT).slice(0, -1), commit(), outcome()],
    /commit out of order/,
  ],
  'a commit within a step': [
    [...good.slice(0, 2), commit(), ended(1), ...good.slice(4)],
    /commit out of order/,
  ],
  'the outcome of another run': [
    replaced(OUTCOME_AT, outcome({ run: OTHER_RUN })),
    /the outcome belongs to another run/,
  ],
  'an exit code that is none of success': [
    replaced(OUTCOME_AT, outcome({ exit: 1 })),
    /with the exit code 1/,
  ],
  'an outcome that tells of a failure as well': [
    replaced(OUTCOME_AT, outcome({ step: 'git', status: 1 })),
    /it also reports a failure/,
  ],
  'the outcome twice': [[...good, outcome()], /something came after the outcome/],
  'a step after the outcome': [[...good, started(1)], /something came after the outcome/],
  'events of another answer': [
    good.toSpliced(1, 0, at({ event: 'end' })),
    /an event 'end' came that does not belong to a run/,
  ],
  'a hello in the middle': [[hello(), ...good], /an event 'hello' came that does not belong to a run/],
  'a refusal in the middle': [
    good.toSpliced(5, 0, at({ event: 'refused', reason: 'frozen', exit: 75 })),
    /an event 'refused' came that does not belong to a run/,
  ],
  'a cancel before the run': [
    [at({ event: 'cancelled', by: 'bob', when: 'soon' }), ...good],
    /a cancel came before the run/,
  ],
}

function without(event: Event, key: keyof RunEvent): Event {
  const { [key]: _, ...rest } = event as RunEvent
  return rest as Event
}
