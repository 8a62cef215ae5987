// A connection by the system's ssh: one master that has logged in, and a process for each command, which goes through it. It can
// do what ssh2 can't: certificates, FIDO keys, and whatever else this ssh knows.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { ConnectionError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { Connection, ConnectionFacts } from '../connection/connection.ts'
import type { RemoteProcess } from '../connection/remote-process.ts'
import { TimeLimit } from '../connection/time-limit.ts'
import type { HostSettings } from '../settings/resolve-settings.ts'
import { explainOpenssh, type SshSaid, sortLines } from './explain-openssh.ts'
import { type SshFiles, sshWords } from './ssh-words.ts'
import { watchChild } from './start-child.ts'
import { tryBySsh } from './try-forbidden.ts'

const MAX_SAID_BYTES = 256 * 1024

/**
 * Opens a connection by ssh.
 * @param why ssh2 does not do: told with `--verbose` and by doctor
 * @throws ConnectionError when the host can't be reached or logged in to within `connectTimeoutMs`
 * @throws HostKeyError when its key is not known, has changed, is revoked or has a certificate that does not count
 */
export async function openOpenssh(settings: HostSettings, why: string): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-ssh-'))
  const files: SshFiles = { socket: join(folder, 'm'), pinned: join(folder, 'known_hosts') }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    writeFileSync(files.pinned, settings.hostKeys.map((key) => `pinned ${key}\n`).join(''), { mode: 0o600 })
    const words = sshWords(settings, files)
    const began = performance.now()
    const said = await logIn(settings, words)
    return connect({ settings, words, said, why, roundTripMs: performance.now() - began, remove })
  } catch (error) {
    remove()
    throw error
  }
}

/** Starts the master. It goes to the background once it has logged in. */
async function logIn(settings: HostSettings, words: readonly string[]): Promise<SshSaid> {
  const args = ['-v', '-N', '-T', '-o', 'ControlMaster=yes', ...words, '--', settings.name]
  const child = spawn('ssh', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < MAX_SAID_BYTES) text += chunk
  })
  let isLate = false
  const limit = new TimeLimit(settings.connectTimeoutMs, () => {
    isLate = true
    child.kill()
  })
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  child.once('error', reject)
  child.once('exit', resolve)
  try {
    const status = await promise
    const said = sortLines(text)
    if (status !== 0) throw explainOpenssh(settings, said, isLate)
    return said
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new ConnectionError(`'${settings.name}' needs the program ssh, and there is none here`, {
      cause: error,
      suggestions: ['Install the OpenSSH client.'],
    })
  } finally {
    limit.end()
    child.stderr.destroy()
  }
}

type Master = {
  settings: HostSettings
  words: readonly string[]
  said: SshSaid
  why: string
  roundTripMs: number
  remove: () => void
}

function connect({ settings, words, said, why, roundTripMs, remove }: Master): Connection {
  const name = settings.name
  const call = (options: readonly string[], command: readonly string[] = []) =>
    spawn('ssh', [...options, '-o', 'ControlMaster=auto', ...words, '--', name, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  const running = new Set<ReturnType<typeof call>>()
  const exec = async (command: string): Promise<RemoteProcess> => {
    const child = call(['-T', '-a', '-x'], [command])
    running.add(child)
    child.once('close', () => running.delete(child))
    return watchChild(child)
  }
  return {
    facts: factsOf({ settings, said, why, roundTripMs }),
    serverKey: hostKeyOf(said).fingerprint,
    exec,
    attempt: (kind) =>
      tryBySsh(kind, (options, command) => ['ssh', [...options, ...words, '--', name, ...command]]),
    forward: async (address, port) => {
      const target = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
      const child = spawn('ssh', ['-W', target, ...words, '--', name], { stdio: ['pipe', 'pipe', 'ignore'] })
      const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
      child.on('error', (error) => stream.destroy(error))
      stream.on('end', () => stream.destroy()).on('close', () => child.kill())
      return stream
    },
    close() {
      for (const child of running) child.kill()
      spawn('ssh', ['-O', 'exit', ...words, '--', name], { stdio: 'ignore' })
        .once('close', remove)
        .once('error', remove)
    },
  }
}

/** `debug1: Server host key: ssh-ed25519 SHA256:…`; a certificate says more. */
function hostKeyOf({ debug }: SshSaid): { type: string; fingerprint: string } {
  for (const line of debug) {
    const [, type, fingerprint] =
      /^debug1: Server host (?:key|certificate): (\S+) (SHA256:[^\s,]+)/.exec(line) ?? []
    if (type && fingerprint) return { type: cleanQuote(type), fingerprint: cleanQuote(fingerprint) }
  }
  return { type: 'unknown', fingerprint: 'unknown' }
}

function factsOf({ settings, said, why, roundTripMs }: Omit<Master, 'words' | 'remove'>): ConnectionFacts {
  const find = (pattern: RegExp) => said.debug.map((line) => pattern.exec(line)?.[1]).findLast(Boolean)
  const { type, fingerprint } = hostKeyOf(said)
  const at = find(/^(?:debug1: )?Authenticated to \S+ \(\[([^\]]+)\]:[0-9]+\)/)
  return {
    where: `${at ?? settings.address}:${settings.port}`,
    transport: `the program ssh (${why})`,
    user: settings.user,
    key: cleanQuote(find(/^debug1: Server accepts key: (.*)$/) ?? 'not by a key'),
    hostKey: `${type} ${fingerprint}`,
    hostKeyKnownBy: cleanQuote(find(/^debug1: Found (?:CA )?key in (.*)$/) ?? 'known_hosts'),
    roundTripMs,
  }
}
