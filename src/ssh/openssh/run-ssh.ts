// One call of ssh that logs in or fails. It writes its own log into a file of ours: on stderr a host's banner would stand between
// the lines, and could look like them.
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { ConnectionError, MissingProgramError } from '../../errors.ts'
import { startForHost } from '../connection/start-for-host.ts'
import { TimeLimit } from '../connection/time-limit.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import type { Questions } from './questions.ts'
import { type SshLog, sortLines } from './ssh-log.ts'

/** How a call of ssh ended. */
export type EndedSsh = {
  /** nothing when a signal ended it */
  status: number | null
  /** it took longer than its limit */
  isLate: boolean
  log: SshLog
  /** what else came on stderr: banners, and the words of a ProxyCommand */
  stderr: string
  /** why nothing came of what the host asked for after the key */
  refusal?: string | undefined
}

/** Somebody who answers: tells what stops the call, and holds its time limit meanwhile. */
export type Asked = {
  start: (call: { hold: TimeLimit['hold']; giveUp: () => void }) => Promise<Questions>
}

type ToRun = { log: string; limitMs?: number | undefined; asked?: Asked | undefined }

const MAX_STDERR_BYTES = 16 * 1024
const MAX_LOG_BYTES = 256 * 1024

/**
 * Runs ssh until it ends or goes to the background.
 * @param where `log` is the file of its log; `limitMs` is `connectTimeoutMs` by default; `asked` answers what ssh asks
 * @throws ConnectionError when there is no ssh, or it can't be started
 */
export async function runSsh(
  settings: HostSettings,
  args: readonly string[],
  { log, limitMs = settings.connectTimeoutMs, asked }: ToRun,
): Promise<EndedSsh> {
  // ssh appends to it
  rmSync(log, { force: true })
  let isLate = false
  let hasGivenUp = false
  const stop: { now?: () => void } = {}
  const limit = new TimeLimit(limitMs, () => {
    isLate = true
    stop.now?.()
  })
  const questions = await asked?.start({
    hold: (work) => limit.hold(work),
    giveUp: () => {
      hasGivenUp = true
      stop.now?.()
    },
  })
  const start = () =>
    spawn('ssh', ['-v', '-E', log, ...args], {
      ...(questions ? { env: questions.env } : {}),
      stdio: ['ignore', 'ignore', 'pipe'],
      // Ctrl-C in the terminal is for shipit, as long as the login takes and for the master after it
      detached: true,
    })
  let child: ReturnType<typeof start> | undefined
  let stderr = ''
  try {
    child = await startForHost({ host: settings.name, program: 'ssh' }, start)
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(0, MAX_STDERR_BYTES)
    })
    stop.now = () => child?.kill()
    const { promise, resolve, reject } = Promise.withResolvers<number | null>()
    child.once('error', reject)
    child.once('exit', resolve)
    const status = await promise
    return {
      status,
      isLate,
      log: sortLines(readOrNothing(log).slice(0, MAX_LOG_BYTES)),
      stderr,
      refusal: !asked
        ? 'there is no terminal to answer in'
        : hasGivenUp
          ? 'nobody answered'
          : 'it did not accept the answer',
    }
  } catch (error) {
    const { cause } = error as Error
    if (!(cause instanceof MissingProgramError)) throw error
    throw new ConnectionError(`'${settings.name}' needs the program ssh, which is not installed here`, {
      cause,
      suggestions: ['Install the OpenSSH client.'],
    })
  } finally {
    limit.end()
    questions?.end()
    child?.stderr.destroy()
  }
}

/** Reads a file that ssh writes, which need not be there. */
export function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
