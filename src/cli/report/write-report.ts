// Writes a report: to a file that was not there before, unless the person says otherwise.
import { writeFileSync } from 'node:fs'
import { UsageError } from '../../errors.ts'
import { shellWord } from '../../words/shell-word.ts'
import { whyNotWritten } from '../../words/why-not-written.ts'

/** What steps printed may be confidential. */
const MODE = 0o600

/** After so many of one name somebody should tidy up. */
const MOST_NAMES = 1000

/** Where a report goes. */
export type ReportFile = {
  /** named by --out */
  named?: string | undefined
  /** what it is called otherwise, without its ending */
  usual: string
  /** --force */
  mayReplace: boolean
}

/**
 * Writes it. One that is not named gets the first name that is free: `NAME.html`, `NAME-2.html`. Nobody else may read a new
 * file; one that is replaced keeps its mode.
 * @returns the name of the file
 * @throws UsageError if the file is there, or can't be written
 */
export function writeReport(page: string, { named, usual, mayReplace }: ReportFile): string {
  const flag = mayReplace ? 'w' : 'wx'
  const names =
    named === undefined
      ? Array.from({ length: MOST_NAMES }, (_, index) => `${usual}${index === 0 ? '' : `-${index + 1}`}.html`)
      : [named]
  for (const name of names) {
    try {
      writeFileSync(name, page, { flag, mode: MODE })
      return name
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST')
        throw new UsageError(`cannot write '${name}': ${whyNotWritten(cause)}`, { cause })
    }
  }
  const [name = ''] = names
  throw new UsageError(`'${name}' exists already`, {
    suggestions: [`Name another file, or replace it: --out ${shellWord(name)} --force`],
  })
}
