// How a deploy or a rollback ended on all of its hosts together, as notifications say it.

/** `deployed` also where some hosts had it already; a deploy whose hosts went back by themselves has `failed`. */
export const NOTIFIED = ['deployed', 'failed', 'cancelled', 'superseded', 'rolled-back', 'unknown'] as const

export type Notified = (typeof NOTIFIED)[number]
