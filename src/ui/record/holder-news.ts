// Who holds a lock is asked again and again, and told only when it is news.
import type { Holder, InLine } from '../../protocol/event.ts'

/** After this time the same is told again. */
const REMIND_MS = 60_000

/** What was told last of the holder of one lock. */
export class HolderNews {
  #told = { what: '', atMs: -Infinity }

  /** Says whether this is worth a line: another run or step, another place in the line, or the first word for a while. */
  take(holder: Holder | undefined, inLine: InLine | undefined): boolean {
    const what = `${holder?.run} ${holder?.step} ${holder?.by} ${inLine?.ahead} ${inLine?.behind}`
    const atMs = performance.now()
    if (what === this.#told.what && atMs - this.#told.atMs <= REMIND_MS) return false
    this.#told = { what, atMs }
    return true
  }
}
