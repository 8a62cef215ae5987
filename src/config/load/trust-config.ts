// A config is a program. One that was found, and not named, runs only where nobody else could have put it: with the rights and
// keys of the person who starts shipit, it could do everything that they may do. (git asks for `safe.directory` for the same reason.)
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { isCi } from '../../words/ci-system.ts'
import { shellWord } from '../../words/shell-word.ts'

/** Who starts shipit. */
export type Starter = {
  /** missing on Windows, where nothing is checked */
  uid?: number | undefined
  env: Readonly<Record<string, string | undefined>>
}

const OTHERS_WRITE = 0o002
const STICKY = 0o1000

/**
 * Checks that only root and the account that starts shipit could have written a config that was found from a folder upwards.
 * @throws ConfigError if somebody could: it says how to name the config
 */
export function trustConfig(file: string, from: string, { uid, env }: Starter): void {
  if (uid === undefined || isOfCheckout(file, from, env)) return
  const trusted = new Set([0, uid])
  // root by way of sudo works in the folders of the person who is root
  const sudoer = Number(env.SUDO_UID)
  if (uid === 0 && sudoer > 0) trusted.add(sudoer)
  for (const [path, stats] of placesOf(file)) {
    const why = whyNot(stats, trusted)
    if (why !== undefined) {
      throw new ConfigError(`the config '${file}' was not run: '${path}' ${why}`, {
        suggestions: [
          'A config is a program, and would run with your rights and keys. Look at it first.',
          `If it is the one that you mean, name it: --config ${shellWord(file)}`,
        ],
      })
    }
  }
}

/**
 * In CI, containers run jobs as root in a checkout of another uid, and some runners make checkouts that everybody may write. There the
 * job's own folder is what should run: the job that sets `CI` has chosen it.
 */
function isOfCheckout(file: string, from: string, env: Starter['env']): boolean {
  if (!isCi(env)) return false
  const { uid } = statSync(from)
  return placesOf(file).every(([, stats]) => stats.uid === uid)
}

/** The file and its folder; of a symlink also what it leads to. */
function placesOf(file: string): [string, Stats][] {
  const real = realpathSync(file)
  const paths = new Set([dirname(real), real])
  const behind = [...paths].map((path): [string, Stats] => [path, statSync(path)])
  return real === file
    ? behind
    : [[dirname(file), statSync(dirname(file))], [file, lstatSync(file)], ...behind]
}

function whyNot(stats: Stats, trusted: ReadonlySet<number>): string | undefined {
  if (!trusted.has(stats.uid)) return `belongs to another account (uid ${stats.uid})`
  // the mode of a symlink says nothing, and in a sticky folder nobody replaces what is another's
  if (stats.isSymbolicLink() || (stats.isDirectory() && stats.mode & STICKY)) return undefined
  return stats.mode & OTHERS_WRITE ? 'is writable by everybody' : undefined
}
