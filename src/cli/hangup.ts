// What is left of nohup(1). It has SIGHUP ignored and starts shipit; but Node puts every signal back to its default, and nobody
// can see afterwards that this one was ignored.
import { closeSync, constants, openSync } from 'node:fs'
import { isatty } from 'node:tty'

let answer: boolean | undefined

/**
 * Says whether shipit is to stay when its terminal goes: there is one, and nothing of shipit's leads to it, which is how nohup leaves a
 * program. Where there is no terminal at all (CI, cron), a SIGHUP is somebody's wish.
 */
export function outlivesTerminal(): boolean {
  answer ??= ![0, 1, 2].some((descriptor) => isatty(descriptor)) && hasTerminal()
  return answer
}

/** Has SIGHUP ignored again for the whole process, where it should be. */
export function ignoreHangup(): void {
  if (outlivesTerminal()) process.on('SIGHUP', () => {})
}

/** Says whether there is a controlling terminal: only then can this be opened (tty(4)). */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', constants.O_RDONLY | constants.O_NOCTTY))
    return true
  } catch {
    return false
  }
}
