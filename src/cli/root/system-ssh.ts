// Runs the system's own ssh, which may ask the person at the terminal. What comes from the host is bounded and made safe: it is
// the host's text, even after somebody typed the password.
import { type ChildProcess, spawn } from 'node:child_process'
import { ConnectionError, MissingProgramError, ProtocolError } from '../../errors.ts'
import { startProgram } from '../../programs/start-program.ts'
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
/** A link that is dead is noticed after a minute; see ssh_config(5). */
const KEEP_ALIVE = ['-o', 'ServerAliveInterval=15', '-o', 'ServerAliveCountMax=4']

/** Many times what an install script prints. */
const MAX_SHOWN_BYTES = 256 * 1024

/** A master of shared connections (ssh_config(5), ControlPersist) outlives its first ssh, and may keep the pipes open. */
const PIPES_LIMIT_MS = 1000

/** For the copy of a script: seconds, unless a person types a password or answers for a host key. */
const COPY_LIMIT_MS = 2 * 60_000
const COPY_BY_A_PERSON_MS = 10 * 60_000
/** How long a script may say nothing where nobody sits before it. With a person there it may wait for an answer. */
const SILENCE_LIMIT_MS = 15 * 60_000

/** The longest that a timer can be set to. */
const MAX_TIMER_MS = 2 ** 31 - 1

type Show = (bytes: Buffer) => void
type Shown = { show: Show; end: () => void }

/**
 * Sends an input to a command on a host and reads its answer.
 * @returns how ssh ended, and the end of the answer (4 KiB)
 * @throws MissingProgramError, MachineError; ProtocolError when the host sends more than 64 KiB; ConnectionError when it takes
 * minutes
 */
export async function askBySsh(
  target: string,
  command: string,
  input: string,
): Promise<{ status: number; answer: string }> {
  const child = await startSsh(() =>
    spawn('ssh', ['-T', ...KEEP_ALIVE, '--', target, command], { stdio: 'pipe' }),
  )
  child.stdin.on('error', () => {}) // its exit status tells
  child.stdin.end(input)
  let tail = Buffer.alloc(0)
  const keep = (bytes: Buffer) => {
    tail = Buffer.from(Buffer.concat([tail, bytes]).subarray(-ANSWER_BYTES))
  }
  const lines = showLines(target, process.stderr)
  const limitMs = canAsk() ? COPY_BY_A_PERSON_MS : COPY_LIMIT_MS
  const { status, isCut, isLate } = await follow(child, {
    ...{ most: MAX_ANSWER_BYTES, limitMs },
    ...{ out: keep, err: lines.show },
  })
  lines.end()
  if (isLate) {
    throw new ConnectionError(`cannot copy the script to '${target}' within ${limitMs / 60_000} minutes`, {
      suggestions: [`Nothing was run there as root. Check where a login hangs: ssh -v ${target} true`],
    })
  }
  if (!isCut) return { status, answer: tail.toString('utf8') }
  throw new ProtocolError(`'${target}' sent more than 64 KiB while it received the script`, {
    suggestions: [`Nothing was run there as root. Look at what a login prints: ssh ${target} true`],
  })
}

/**
 * Runs a command on a host and shows what it says: on a terminal as it comes, so that sudo can ask for a password; elsewhere line by
 * line, each with the target in front.
 * @returns how ssh ended, and what was said on stdout
 * @throws MissingProgramError, MachineError; ProtocolError when the host sends more than 256 KiB; ConnectionError when it says
 * nothing for 15 minutes and nobody is there to answer
 */
export async function showBySsh(
  target: string,
  command: string,
  stdout: NodeJS.WriteStream = process.stdout,
): Promise<{ status: number; said: string }> {
  const isTerminal = canAsk()
  const child = await startSsh(() =>
    spawn('ssh', [isTerminal ? '-t' : '-T', ...KEEP_ALIVE, '--', target, command], {
      // elsewhere stdin belongs to somebody else: the rest of a script, the lines of a loop
      stdio: [isTerminal ? 'inherit' : 'ignore', 'pipe', 'pipe'],
    }),
  )
  const { stderr } = process
  const [out, err] = isTerminal
    ? [showLive(stdout.isTTY ? stdout : stderr), showLive(stderr)]
    : [showLines(target, stdout), showLines(target, stderr)]
  const said: Buffer[] = []
  const { status, isCut, isLate } = await follow(child, {
    ...{ most: MAX_SHOWN_BYTES, silenceMs: isTerminal ? undefined : SILENCE_LIMIT_MS },
    ...{
      out: (bytes: Buffer) => {
        said.push(Buffer.from(bytes))
        out.show(bytes)
      },
      err: err.show,
    },
  })
  out.end()
  err.end()
  if (isLate) {
    throw new ConnectionError(`no output from '${target}' for ${SILENCE_LIMIT_MS / 60_000} minutes`, {
      suggestions: [CHECK],
    })
  }
  if (!isCut) return { status, said: Buffer.concat(said).toString('utf8') }
  throw new ProtocolError(`'${target}' sent more than 256 KiB: the connection was ended`, {
    suggestions: [CHECK],
  })
}

/** What to do when nobody knows how far a script came. */
export const CHECK =
  "Check the host with the script's --check. The script finishes or undoes by itself what it began."

function showLive(stream: NodeJS.WriteStream): Shown {
  const live = new LiveText()
  return { show: (bytes) => void stream.write(live.push(bytes)), end: () => void stream.write(live.end()) }
}

function showLines(target: string, stream: NodeJS.WriteStream): Shown {
  const style = chooseStyle(stream, process.env)
  const safe = new SafeLines({ colour: style.colour })
  const write = (blocks: ReturnType<SafeLines['push']>) => {
    if (blocks.length > 0) stream.write(prefixOutput(blocks, { host: target, step: undefined, style }))
  }
  return { show: (bytes) => write(safe.push(bytes)), end: () => write(safe.end()) }
}

type Limits = { most: number; limitMs?: number | undefined; silenceMs?: number | undefined }

/** Hands over what comes, up to a limit of bytes and of time, and waits for the end. */
async function follow(
  child: ChildProcess,
  { most, limitMs, silenceMs, out, err }: Limits & { out: Show; err: Show },
): Promise<{ status: number; isCut: boolean; isLate: boolean }> {
  let length = 0
  let isLate = false
  const giveUp = () => {
    isLate = true
    child.kill()
  }
  const limit = setTimeout(giveUp, limitMs ?? silenceMs ?? MAX_TIMER_MS)
  for (const [stream, show] of [
    [child.stdout, out],
    [child.stderr, err],
  ] as const) {
    stream?.on('data', (bytes: Buffer) => {
      length += bytes.length
      if (silenceMs !== undefined) limit.refresh()
      // ssh gives the terminal back when it is told to end; what still comes is thrown away
      if (length > most) child.kill()
      else show(bytes)
    })
  }
  const ended = Promise.withResolvers<number>()
  child.once('error', ended.reject)
  child.once('close', (code) => ended.resolve(code ?? SSH_FAILED))
  child.once('exit', (code) => setTimeout(ended.resolve, PIPES_LIMIT_MS, code ?? SSH_FAILED).unref())
  try {
    const status = await ended.promise
    return { status, isCut: length > most, isLate }
  } finally {
    clearTimeout(limit)
    child.stdout?.destroy()
    child.stderr?.destroy()
  }
}

async function startSsh<Child extends ChildProcess>(start: () => Child): Promise<Child> {
  try {
    return await startProgram({ program: 'ssh' }, start)
  } catch (cause) {
    if (!(cause instanceof MissingProgramError)) throw cause
    throw new MissingProgramError("cannot run 'ssh' on this machine", {
      cause,
      suggestions: ['Install the OpenSSH client, or use --out FILE and copy it yourself.'],
    })
  }
}
