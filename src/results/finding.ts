// What `shipit doctor` has to say: one line for each thing that it looked at.

/** The parts of the list, in order. */
export const FINDING_GROUPS = ['connection', 'identity', 'boundary', 'programs', 'host'] as const

/** One line of the list. */
export type Finding = {
  group: (typeof FINDING_GROUPS)[number]
  /** what was looked at, in a word or two */
  subject: string
  /** `refused`: it was tried, and did not work, as it should be. A `warning` is for people; only `broken` fails. */
  verdict: 'ok' | 'refused' | 'warning' | 'broken'
  /** a sentence where somebody should act; of what is ok, what is said of the subject; of `refused`, what was tried */
  text: string
  /** whole sentences, in lines: what to do about it */
  todo?: string
}
