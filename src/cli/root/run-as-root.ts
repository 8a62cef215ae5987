// Has root on a host run a script: the system's own ssh, as a person who may use sudo there. shipit itself never logs in as root.
import { createHash } from 'node:crypto'
import { ConnectionError, ProtocolError, UsageError } from '../../errors.ts'
import { askBySsh, CHECK, SSH_FAILED, showBySsh } from './system-ssh.ts'

/** An account and a host, as ssh takes them; nothing that it could read as an option. */
const TARGET = /^(?:[A-Za-z_][A-Za-z0-9_.-]{0,31}@)?[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/
/** What the copy says of itself: the sums differ, the host has no program for them, or the file. */
const COPIED = /^shipit-copy (?:(short|unsummed)|whole (\/tmp\/shipit-script\.[A-Za-z0-9]{6,}))$/
/** How the second command ends when the file is no longer what was copied. No script of ours ends so. */
const CHANGED = 69

/** Checks where a script is to go. @throws UsageError */
export function checkTarget(target: string): string {
  if (TARGET.test(target)) return target
  throw new UsageError(`'${target}' is not a valid ssh destination`, {
    suggestions: ['Write it as admin@web1.example.com.'],
  })
}

/** A script's head: what it says of itself, up to its first command. */
export function headOf(script: string): string[] {
  const lines = script.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('#'))
  return lines.slice(1, end)
}

/**
 * Copies a script to a fresh file on the host, has sudo run it there once it has arrived whole, and removes it.
 * @param words of the script's command line; no word of anybody else's
 * @param stdout where what it says goes
 * @returns the script's exit code, and what it said
 * @throws ConnectionError, MissingProgramError, ProtocolError
 */
export async function runAsRoot(
  target: string,
  script: string,
  words: readonly string[],
  stdout?: NodeJS.WriteStream,
): Promise<{ status: number; said: string }> {
  const sum = createHash('sha256').update(script).digest('hex')
  const { status, answer } = await askBySsh(target, copyCommand(sum), script)
  // a login may print lines before it and after it
  const [, fault, file] =
    answer
      .split('\n')
      .map(matchCopied)
      .findLast((found) => found !== null) ?? []
  if (fault === 'short') throw notWhole(target)
  if (fault === 'unsummed') {
    throw new ConnectionError(`'${target}' cannot check the script: it has no sha256sum, shasum or openssl`, {
      suggestions: [NOTHING_RUN, 'Install coreutils there.'],
    })
  }
  if (status !== 0) {
    throw new ConnectionError(`cannot copy the script to '${target}'`, {
      suggestions: [NOTHING_RUN, `Try 'ssh ${target}': you need an account there that may use sudo.`],
    })
  }
  if (file === undefined) {
    throw new ProtocolError(`'${target}' did not say where it put the script`, {
      suggestions: [NOTHING_RUN],
    })
  }
  const ended = await showBySsh(target, runCommand(file, sum, words), stdout)
  if (ended.status === CHANGED) throw notWhole(target)
  if (ended.status !== SSH_FAILED) return ended
  throw new ConnectionError(`lost the connection to '${target}'`, { suggestions: [CHECK] })
}

function matchCopied(line: string): RegExpExecArray | null {
  return COPIED.exec(line.trim())
}

const NOTHING_RUN = 'Nothing was run there as root.'

function notWhole(target: string): ConnectionError {
  return new ConnectionError(`the copy of the script on '${target}' is incomplete`, {
    suggestions: [
      NOTHING_RUN,
      `Check whether a login file there (such as ~/.bashrc) reads standard input, and whether /tmp is full: ssh ${target} df /tmp`,
      'Or use --out FILE, copy the file yourself, and run it there as root.',
    ],
  })
}

/** Sets s to the checksum of the file $f: of its bytes as they are on the host's disk. */
const SUM = 's=$({ sha256sum <"$f" || shasum -a 256 <"$f" || openssl dgst -sha256 -r <"$f"; } 2>/dev/null)'

/** For the person's login shell, whichever it is: the file is that person's alone (mktemp makes it 0600). */
function copyCommand(sum: string): string {
  const verdict = `case "$s" in ${sum}*) printf "shipit-copy whole %s\\n" "$f"; exit 0 ;; "") v=unsummed ;; *) v=short ;; esac`
  return `sh -c 'f=$(mktemp /tmp/shipit-script.XXXXXX) || exit; cat >"$f"; ${SUM}; ${verdict}; rm -f "$f"; echo "shipit-copy $v"; exit 1'`
}

/** The sum is asked for once more: a name may lead to two machines, and time has passed. */
function runCommand(file: string, sum: string, words: readonly string[]): string {
  const run = ['sudo', 'sh', file, ...words].join(' ')
  return `sh -c 'f=${file}; trap "rm -f $f" 0; ${SUM}; case "$s" in ${sum}*) ${run} ;; *) exit ${CHANGED} ;; esac'`
}
