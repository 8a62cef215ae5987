// Has root on a host run a script: the system's own ssh, as a person who may use sudo there. shipit itself never logs in as root.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { ConnectionError, MissingProgramError, ProtocolError, UsageError } from '../errors.ts'

/** An account and a host, as ssh takes them; nothing that it could read as an option. */
const TARGET = /^(?:[A-Za-z_][A-Za-z0-9_.-]{0,31}@)?[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$/
const FILE = /^\/tmp\/shipit-script\.[A-Za-z0-9]{6,}$/
/** For the person's login shell, whichever it is: the file is that person's alone (mktemp makes it 0600). */
const COPY = `sh -c 'f=$(mktemp /tmp/shipit-script.XXXXXX) && cat >"$f" && printf "%s\\n" "$f"'`
/** ssh's own failure; see ssh(1) */
const SSH_FAILED = 255

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
  const copied = await ssh(['-T', '--', target, COPY], script)
  const file = copied.stdout.trimEnd().split('\n').at(-1) ?? ''
  if (copied.status !== 0) {
    throw new ConnectionError(`cannot copy the script to '${target}'`, {
      suggestions: [`Try 'ssh ${target}': what is needed is an account there that may use sudo.`],
    })
  }
  if (!FILE.test(file)) throw new ProtocolError(`'${target}' did not say where it put the script`)
  // with a terminal, so that sudo can ask for a password
  const terminal = process.stdin.isTTY ? ['-t'] : ['-T']
  const command = ['sudo', 'sh', file, ...words].join(' ')
  const run = await ssh([...terminal, '--', target, `sh -c 'trap "rm -f ${file}" 0; ${command}'`])
  if (run.status === SSH_FAILED)
    throw new ConnectionError(`lost the connection to '${target}'`, {
      suggestions: [
        `Ask what is there with the script's --check: what it began, it ends or takes back by itself.`,
      ],
    })
  return run.status
}

/** Runs ssh, which may ask the person; with an input it reads that and what it prints is returned. */
async function ssh(words: readonly string[], input?: string): Promise<{ status: number; stdout: string }> {
  const piped = input === undefined ? 'inherit' : 'pipe'
  const child = spawn('ssh', words, { stdio: [piped, piped, 'inherit'] })
  child.stdin?.on('error', () => {}) // its exit status tells
  child.stdin?.end(input)
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new MissingProgramError("cannot run 'ssh' on this machine", {
          cause,
          suggestions: ['Install the OpenSSH client, or use --out FILE and copy it yourself.'],
        }),
      ),
    )
    child.once('close', (code) => resolve(code ?? SSH_FAILED))
  })
  const [status, stdout] = await Promise.all([ended, child.stdout ? text(child.stdout) : ''])
  return { status, stdout }
}
