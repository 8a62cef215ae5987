// How a deploy or a rollback ended on all of its hosts together, as notifications say it.

/** `deployed` also where some hosts had it already; `rolled-back` also where hosts went back by themselves after a check failed. */
export const NOTIFIED = ['deployed', 'failed', 'cancelled', 'superseded', 'rolled-back', 'unknown'] as const

export type Notified = (typeof NOTIFIED)[number]
