// What kept hosts from beginning a run, in the few words that one row has room for.
import type { RefusalReason } from '../../protocol/event.ts'

type Gate = { name: string; note: string }

/** What a host checks before it starts a run, and the result so far. The closing lines have the rest. */
const GATES: Partial<Record<RefusalReason, Gate>> = {
  policy: { name: 'policy', note: 'not allowed' },
  'policy-live': { name: 'policy', note: 'not allowed' },
  drift: { name: 'recipe', note: 'differs from yours' },
  locked: { name: 'lock', note: 'another run has it' },
  busy: { name: 'lock', note: 'an earlier run has it' },
  cancelled: { name: 'start', note: 'cancelled' },
  frozen: { name: 'freeze', note: 'frozen' },
}
const START: Gate = { name: 'start', note: 'not begun' }

/** Names what kept hosts from beginning: one thing, or each with the number of its hosts, most first. */
export function gateWords(refusals: readonly (RefusalReason | undefined)[]): Gate {
  const gates = refusals.map((reason) => (reason && GATES[reason]) ?? START)
  const [first = START] = gates
  const notes = [...Map.groupBy(gates, ({ note }) => note)].sort(
    ([, one], [, other]) => other.length - one.length,
  )
  return {
    name: gates.every(({ name }) => name === first.name) ? first.name : START.name,
    note: notes.length <= 1 ? first.note : notes.map(([note, { length }]) => `${note}: ${length}`).join(', '),
  }
}
