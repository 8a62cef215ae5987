// How often a deploy with --wait asks for the lock again.

const LOCK_PAUSE_MS = { least: 500, spread: 1500 }
export const LONGEST_LOCK_PAUSE_MS = LOCK_PAUSE_MS.least + LOCK_PAUSE_MS.spread

/**
 * How long to wait before a lock is asked for again. Nobody takes it before the one who is next: that one asks as often as any ever does.
 * @param ahead how many came before, if that is known
 */
export function lockPauseMs(ahead: number | undefined): number {
  return LOCK_PAUSE_MS.least + (ahead === 0 ? 0 : Math.random() * LOCK_PAUSE_MS.spread)
}
