// What an rsync step says that it copied, counted: a line for each of thousands of files tells a reader nothing.
import { Block, linesOf } from '../../safe-text/block.ts'
import type { StepRecord } from '../record/step-record.ts'
import { isSync } from './failures.ts'

/** `--itemize-changes` of rsync(1): what is done with it, its kind, nine attributes, a blank. */
const ITEM = /^([<>ch.])([fdLDS])[.+? a-zA-Z]{9} ./
const DELETED = /^\*deleting +./

/** Says whether that is what a step does: rsync fills a folder, with a slash at its end, and a switch of releases sets a link. */
export function isCopy(step: StepRecord): boolean {
  return isSync(step) && step.to?.endsWith('/') !== false
}

/** Counts the files of one step. */
export class CopiedFiles {
  #changed = 0
  #deleted = 0
  #same = 0

  /** Takes in lines of output. @returns those that are about no file */
  take(blocks: readonly Block[]): Block[] {
    const rest = linesOf(blocks).filter((line) => !this.#count(line))
    return rest.length === 0 ? [] : [new Block(rest.map((line) => `${line}\n`).join(''))]
  }

  #count(line: string): boolean {
    if (DELETED.test(line)) {
      this.#deleted += 1
      return true
    }
    const [, done, kind] = ITEM.exec(line) ?? []
    if (done === undefined) return false
    // of a folder no content is told
    if (kind === 'd') return true
    // only its time or its mode
    if (done === '.') this.#same += 1
    else this.#changed += 1
    return true
  }

  /** Says what was counted: `4 changed, 1 deleted, 21 the same`. */
  get words(): string {
    const counts = [
      [this.#changed, 'changed'],
      [this.#deleted, 'deleted'],
      [this.#same, 'the same'],
    ] as const
    const words = counts.flatMap(([count, what]) => (count > 0 ? [`${count} ${what}`] : []))
    return words.length === 0 ? 'nothing changed' : words.join(', ')
  }
}
