// Signs and words of states: what is red in a report is also a cross, and says so.
import { type Html, html } from './html.ts'
import { isBad, type ReportState } from './join-states.ts'

/** Which of three looks a state has. */
export type Look = 'good' | 'bad' | 'other'

export function lookOf(state: ReportState): Look {
  if (state === 'succeeded') return 'good'
  return isBad(state) ? 'bad' : 'other'
}

const SIGNS: Readonly<Record<Look, string>> = { good: '✓', bad: '✗', other: '○' }

const WORDS: Partial<Record<ReportState, string>> = {
  'timed-out': 'timed out',
  unknown: 'unknown',
  mixed: 'differs by host',
}

/** @returns the word for a state */
export function stateWord(state: ReportState): string {
  return WORDS[state] ?? state
}

/** A state as a badge. */
export function stateBadge(state: ReportState): Html {
  const look = lookOf(state)
  return html`<span class="state ${look}">${SIGNS[look]} ${stateWord(state)}</span>`
}

/** A state in a table. */
export function stateCell(state: ReportState, more = ''): Html {
  const look = lookOf(state)
  return html`<span class="${look}-ink"><span class="sign">${SIGNS[look]}</span>${stateWord(state)}${more}</span>`
}
