// Has root on a host run a script: the system's own ssh, as a person who may use sudo there. shipit itself never logs in as root.
import { ConnectionError, ProtocolError, UsageError } from '../../errors.ts'
import { askBySsh, CHECK, SSH_FAILED, showBySsh } from './system-ssh.ts'

/** An account and a host, as ssh takes them; nothing that it could read as an option. */
const TARGET = /^(?:[A-Za-z_][A-Za-z0-9_.-]{0,31}@)?[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/
const FILE = /^\/tmp\/shipit-script\.[A-Za-z0-9]{6,}$/
/** For the person's login shell, whichever it is: the file is that person's alone (mktemp makes it 0600). */
const COPY = `sh -c 'f=$(mktemp /tmp/shipit-script.XXXXXX) && cat >"$f" && printf "%s\\n" "$f"'`

/** Checks where a script is to go. @throws UsageError */
export function checkTarget(target: string): string {
  if (TARGET.test(target)) return target
  throw new UsageError(`'${target}' is no host that ssh could reach`, {
    suggestions: ['Write it as admin@web1.example.com.'],
  })
}

/** Prints a script's head: what it says of itself, up to its first command. */
export function headOf(script: string): string {
  const lines = script.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('#'))
  return `${lines.slice(1, end).join('\n')}\n`
}

/**
 * Copies a script to a fresh file on the host, has sudo run it there, and removes it.
 * @param words of the script's command line; no word of anybody else's
 * @returns the script's exit code
 * @throws ConnectionError, MissingProgramError, ProtocolError
 */
export async function runAsRoot(target: string, script: string, words: readonly string[]): Promise<number> {
  const { status, answer } = await askBySsh(target, COPY, script)
  const file = answer.trimEnd().split('\n').at(-1) ?? ''
  if (status !== 0) {
    throw new ConnectionError(`cannot copy the script to '${target}'`, {
      suggestions: [`Try 'ssh ${target}': what is needed is an account there that may use sudo.`],
    })
  }
  if (!FILE.test(file)) throw new ProtocolError(`'${target}' did not say where it put the script`)
  const command = ['sudo', 'sh', file, ...words].join(' ')
  const ended = await showBySsh(target, `sh -c 'trap "rm -f ${file}" 0; ${command}'`)
  if (ended !== SSH_FAILED) return ended
  throw new ConnectionError(`lost the connection to '${target}'`, { suggestions: [CHECK] })
}
