// Runs the system's own ssh, which may ask the person at the terminal. What comes from the host is bounded and made safe: it is
// the host's text, whoever has typed the password.
import { type ChildProcess, spawn } from 'node:child_process'
import { MissingProgramError, ProtocolError } from '../../errors.ts'
import { LiveText } from '../../safe-text/live-text.ts'
import { SafeLines } from '../../safe-text/safe-lines.ts'
import { prefixOutput } from '../../ui/output/prefix-output.ts'
import { canAsk } from '../../ui/output/prompt.ts'
import { chooseStyle } from '../../ui/output/style.ts'

/** ssh's own failure; see ssh(1) */
export const SSH_FAILED = 255

/** An answer of one line, and what a login shell may say before it. */
const MAX_ANSWER_BYTES = 64 * 1024
const ANSWER_BYTES = 4096
/** Many times what an install script prints. */
const MAX_SHOWN_BYTES = 256 * 1024

/** A master of shared connections (ssh_config(5), ControlPersist) outlives its first ssh, and may keep the pipes open. */
const PIPES_LIMIT_MS = 1000

type Show = (bytes: Buffer) => void
type Shown = { show: Show; end: () => void }

/**
 * Sends an input to a command on a host and reads its answer.
 * @returns how ssh ended, and the end of the answer (4 KiB)
 * @throws MissingProgramError; ProtocolError when the host sends more than 64 KiB
 */
export async function askBySsh(
  target: string,
  command: string,
  input: string,
): Promise<{ status: number; answer: string }> {
  const child = spawn('ssh', ['-T', '--', target, command], { stdio: 'pipe' })
  child.stdin.on('error', () => {}) // its exit status tells
  child.stdin.end(input)
  let tail = Buffer.alloc(0)
  const keep = (bytes: Buffer) => {
    tail = Buffer.from(Buffer.concat([tail, bytes]).subarray(-ANSWER_BYTES))
  }
  const lines = showLines(target, process.stderr)
  const { status, isCut } = await follow(child, { most: MAX_ANSWER_BYTES, out: keep, err: lines.show })
  lines.end()
  if (!isCut) return { status, answer: tail.toString('utf8') }
  throw new ProtocolError(`'${target}' sent more than 64 KiB when it was given the script`, {
    suggestions: [`Nothing was run there as root. Look at what a login prints: ssh ${target} true`],
  })
}

/**
 * Runs a command on a host and shows what it says: on a terminal as it comes, so that sudo can ask for a password; elsewhere line by
 * line, each with the target in front.
 * @returns how ssh ended
 * @throws MissingProgramError; ProtocolError when the host sends more than 256 KiB
 */
export async function showBySsh(target: string, command: string): Promise<number> {
  const isTerminal = canAsk() && !process.env.CI
  const child = spawn('ssh', [isTerminal ? '-t' : '-T', '--', target, command], {
    stdio: ['inherit', 'pipe', 'pipe'],
  })
  const { stdout, stderr } = process
  const [out, err] = isTerminal
    ? [showLive(stdout.isTTY ? stdout : stderr), showLive(stderr)]
    : [showLines(target, stdout), showLines(target, stderr)]
  const { status, isCut } = await follow(child, { most: MAX_SHOWN_BYTES, out: out.show, err: err.show })
  out.end()
  err.end()
  if (!isCut) return status
  throw new ProtocolError(`'${target}' sent more than 256 KiB: the connection was ended`, {
    suggestions: [CHECK],
  })
}

/** What to do when nobody knows how far a script came. */
export const CHECK =
  "Ask what is there with the script's --check: what it began, it ends or takes back by itself."

function showLive(stream: NodeJS.WriteStream): Shown {
  const live = new LiveText()
  return { show: (bytes) => void stream.write(live.push(bytes)), end: () => {} }
}

function showLines(target: string, stream: NodeJS.WriteStream): Shown {
  const style = chooseStyle(stream, process.env)
  const safe = new SafeLines({ colour: style.colour })
  const write = (blocks: ReturnType<SafeLines['push']>) => {
    if (blocks.length > 0) stream.write(prefixOutput(blocks, { host: target, step: undefined, style }))
  }
  return { show: (bytes) => write(safe.push(bytes)), end: () => write(safe.end()) }
}

/** Hands over what comes, up to a limit, and waits for the end. */
async function follow(
  child: ChildProcess,
  { most, out, err }: { most: number; out: Show; err: Show },
): Promise<{ status: number; isCut: boolean }> {
  let length = 0
  for (const [stream, show] of [
    [child.stdout, out],
    [child.stderr, err],
  ] as const) {
    stream?.on('data', (bytes: Buffer) => {
      length += bytes.length
      // ssh gives the terminal back when it is told to end; what still comes is thrown away
      if (length > most) child.kill()
      else show(bytes)
    })
  }
  const ended = Promise.withResolvers<number>()
  child.once('error', (cause) => ended.reject(missing(cause)))
  child.once('close', (code) => ended.resolve(code ?? SSH_FAILED))
  child.once('exit', (code) => setTimeout(ended.resolve, PIPES_LIMIT_MS, code ?? SSH_FAILED).unref())
  const status = await ended.promise
  child.stdout?.destroy()
  child.stderr?.destroy()
  return { status, isCut: length > most }
}

function missing(cause: Error): MissingProgramError {
  return new MissingProgramError("cannot run 'ssh' on this machine", {
    cause,
    suggestions: ['Install the OpenSSH client, or use --out FILE and copy it yourself.'],
  })
}
