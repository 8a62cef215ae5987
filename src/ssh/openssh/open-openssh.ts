// A connection by the system's ssh: one master that has logged in, and a process for each command, which goes through it. It can
// do what ssh2 can't: certificates, FIDO keys, and whatever else this ssh knows.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Duplex } from 'node:stream'
import { startProgram } from '../../programs/start-program.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { comeAgain } from '../connection/come-again.ts'
import type { Connection, ConnectionFacts } from '../connection/connection.ts'
import type { RemoteProcess } from '../connection/remote-process.ts'
import { startForHost } from '../connection/start-for-host.ts'
import type { AnswerChallenge } from '../keys/challenge.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { describeKey } from '../trust/explain-host-key.ts'
import { loadHostKeyCheck } from '../trust/host-key.ts'
import type { ShownKey } from '../trust/known-hosts.ts'
import { explainOpenssh, isTurningAway, whereOf } from './explain-openssh.ts'
import { knownOptions } from './known-options.ts'
import { startQuestions } from './questions.ts'
import { describeTakenKey, isKeyTaken } from './read-login.ts'
import { type Asked, readOrNothing, runSsh } from './run-ssh.ts'
import { readHostKeyOf, type SshLog, sortLines } from './ssh-log.ts'
import { proxyThrough, type SshFiles, sshWords } from './ssh-words.ts'
import { watchChild } from './start-child.ts'
import { tryBySsh } from './try-forbidden.ts'

/** As long as sshd waits (LoginGraceTime); a host that is silent is given up by ssh itself (ConnectTimeout). */
const TOUCH_LIMIT_MS = 115_000

/** Why ssh speaks and not ssh2, which is told with `--verbose` and by doctor, and the ProxyCommand by way of a jump host. */
export type OpensshCall = {
  why: string
  way?: string | undefined
  /** a person may have to touch the key: they are told, and have the time */
  waitForTouch?: (<Result>(host: string, work: () => Promise<Result>) => Promise<Result>) | undefined
  /** asks a person what ssh wants to know */
  answer?: AnswerChallenge | undefined
  /** starts an agent with a key that is to be offered first, at a socket */
  startAgent?: ((socket: string) => Promise<OwnAgent>) | undefined
}

/** An agent for one login. */
export type OwnAgent = { publicKey: string; end: () => void }

/**
 * Opens a connection by ssh.
 * @throws ConnectionError when the host can't be reached or logged in to within `connectTimeoutMs`
 * @throws HostKeyError when its key is not known, has changed, is revoked or has a certificate that does not count
 */
export async function openOpenssh(
  settings: HostSettings,
  { why, way, answer, startAgent, waitForTouch }: OpensshCall,
): Promise<Connection> {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-ssh-'))
  const files: SshFiles = {
    socket: join(folder, 'm'),
    log: join(folder, 'log'),
    pinned: join(folder, 'known_hosts'),
    agent: join(folder, 'a'),
    key: join(folder, 'key.pub'),
  }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    writeFileSync(files.pinned, settings.hostKeys.map((key) => `pinned ${key}\n`).join(''), { mode: 0o600 })
    const agent = await startAgent?.(files.agent)
    if (agent) writeFileSync(files.key, `${agent.publicKey}\n`, { mode: 0o600 })
    const words = await knownOptions(sshWords(settings, { files, way, hasAgent: agent !== undefined }))
    // the master: it goes to the background once it has logged in
    const args = [
      '-N',
      '-T',
      '-o',
      'ControlMaster=yes',
      ...(answer ? ASKING : []),
      ...words,
      '--',
      settings.name,
    ]
    const asked = answer && askedBy(answer, settings.name, files)
    const logIn = async () => {
      const start = () =>
        runSsh(settings, args, { log: files.log, asked, limitMs: waitForTouch && TOUCH_LIMIT_MS })
      const ended = await (waitForTouch ? waitForTouch(settings.name, start) : start())
      if (ended.status === 0) return { result: Promise.resolve(ended.log), wasTurnedAway: false }
      return {
        result: Promise.reject(await explainOpenssh(settings, ended)),
        wasTurnedAway: isTurningAway(ended),
      }
    }
    const log = await comeAgain(logIn, settings.connectTimeoutMs).finally(() => agent?.end())
    const { knownBy } = await loadHostKeyCheck(settings)
    return connect({ settings, words, log, why, knownBy, files, remove })
  } catch (error) {
    remove()
    throw error
  }
}

/** For a login in which a person answers. A password in place of a key is none. */
const ASKING = ['BatchMode=no', 'PasswordAuthentication=no', 'NumberOfPasswordPrompts=3'].flatMap((each) => [
  '-o',
  each,
])

/** Lets a person answer, and no more: a passphrase is asked for elsewhere, and a code only once the host has taken the key. */
function askedBy(answer: AnswerChallenge, host: string, files: SshFiles): Asked {
  return {
    start: ({ hold, giveUp }) =>
      startQuestions(dirname(files.log), async (question, kind) => {
        const isPin = /^Enter PIN for /.test(question)
        const isCode = !isPin && isKeyTaken(sortLines(readOrNothing(files.log)))
        if (kind !== '' || /^Enter passphrase for /.test(question) || !(isPin || isCode)) return undefined
        const prompts = [{ text: cleanQuote(question), isShown: false }]
        const answers = await hold(() => answer({ host, text: '', prompts }))
        if (!answers) giveUp()
        return answers?.[0]
      }),
  }
}

const NO_KEY: ShownKey = { type: 'unknown', fingerprint: 'unknown' }

type Master = {
  settings: HostSettings
  words: readonly string[]
  log: SshLog
  why: string
  knownBy: (key: ShownKey) => string
  files: SshFiles
  remove: () => void
}

/** Every ssh has a process group of its own: Ctrl-C in the terminal is a question of shipit's, and must not end the connection. */
function connect(master: Master): Connection {
  const { settings, words, files, remove } = master
  const { name } = settings
  const call = (options: readonly string[], command: readonly string[] = []) =>
    spawn('ssh', [...options, '-o', 'ControlMaster=auto', ...words, '--', name, ...command], {
      stdio: 'pipe',
      detached: true,
    })
  const running = new Set<ReturnType<typeof call>>()
  const exec = async (command: string, stdin?: 'open'): Promise<RemoteProcess> => {
    const child = await startForHost({ host: name, program: 'ssh' }, () => {
      const started = call(['-T', '-a', '-x'], [command])
      running.add(started)
      return started.once('close', () => running.delete(started))
    })
    return watchChild(child, stdin)
  }
  return {
    facts: factsOf(master),
    serverKey: readHostKeyOf(master.log)?.fingerprint ?? 'unknown',
    proxyCommand: proxyThrough(settings, files.socket),
    exec,
    attempt: (kind) =>
      tryBySsh(kind, {
        call: (options, command) => [...options, ...words, '--', name, ...command],
        readLog: () => readOrNothing(files.log),
      }),
    forward: async (address, port) => {
      const target = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
      const child = await startProgram({ program: 'ssh' }, () =>
        spawn('ssh', ['-W', target, ...words, '--', name], {
          stdio: ['pipe', 'pipe', 'ignore'],
          detached: true,
        }),
      )
      const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
      child.on('error', (error) => stream.destroy(error))
      stream.on('end', () => stream.destroy()).on('close', () => child.kill())
      return stream
    },
    close() {
      for (const child of running) child.kill()
      // without it the master ends by itself
      startProgram({ program: 'ssh' }, () =>
        spawn('ssh', ['-O', 'exit', ...words, '--', name], { stdio: 'ignore' }),
      ).then((child) => child.once('close', remove), remove)
    },
  }
}

function factsOf({ settings, log, why, knownBy }: Master): ConnectionFacts {
  const key = readHostKeyOf(log)
  return {
    where: whereOf(settings, log),
    transport: `the program ssh (${why})`,
    user: settings.user,
    key: describeTakenKey(log),
    hostKey: key ? describeKey(key) : 'unknown',
    hostKeyKnownBy: key?.authority
      ? `its certificate, by ${describeKey(key.authority)}`
      : knownBy(key ?? NO_KEY),
  }
}
