// Runs the built shipit against a hostile host, and measures what it does to it: memory, time, and what reaches the reader.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bin } from '../../run-node.ts'
import { makeKey } from '../../ssh/support/loopback-host.ts'
import type { ATTACKS } from './hostile-host-attacks.ts'
import { STEP_NAMES } from './hostile-host-call.ts'
import { Watch } from './hostile-host-watch.ts'

/** Where the client's output goes; `stopped`: into a pipe that nobody reads. */
export type Reader = 'pipe' | 'json' | 'terminal' | 'stopped'

/** What the client is asked to do with the host. */
export type Command = 'deploy' | 'log' | 'attach'

export type Suffered = {
  exitCode: number | null
  /** the most memory that the client had at a time (VmHWM of proc(5)) */
  peakMegabytes: number
  seconds: number
  /** from the Ctrl-C to the end */
  leftAfterMs?: number
  /** what came that must not */
  forbidden: string[]
  /** the end of what was shown */
  tail: string
  stderr: string
}

/** A folder with a project and its keys; remove it. */
export function makeVictim() {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-attack-'))
  const at = (name: string) => join(folder, name)
  const [hostKey, userKey] = [makeKey(), makeKey()]
  writeFileSync(at('host'), hostKey.text, { mode: 0o600 })
  writeFileSync(at('id'), userKey.text, { mode: 0o600 })
  writeFileSync(at('id.pub'), userKey.line)
  return { folder, hostKey, at, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

type Victim = ReturnType<typeof makeVictim>

/**
 * Lets a hostile host play one attack at the client, and looks on.
 * @param stopAfterMs when Ctrl-C comes: for an attack that does not end
 */
export async function attack(
  victim: Victim,
  {
    name,
    command = 'deploy',
    reader,
    stopAfterMs,
  }: { name: keyof typeof ATTACKS; command?: Command; reader: Reader; stopAfterMs?: number },
): Promise<Suffered> {
  const server = join(import.meta.dirname, 'hostile-host-server.ts')
  const host = spawn(process.execPath, [server, name, victim.at('host'), victim.at('id.pub')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(host, 'exit')
  try {
    const [port] = (await once(host.stdout, 'data')) as [Buffer]
    const config = victim.at(`${port.toString().trim()}.config.mjs`)
    writeFileSync(config, configFor(victim, Number(port.toString())))
    return await suffer([command, '--config', config], reader, stopAfterMs)
  } finally {
    host.kill()
    await ended
  }
}

function configFor({ hostKey, at }: Victim, port: number): string {
  const steps = STEP_NAMES.map((name) =>
    name === 'git'
      ? { step: 'git', options: {} }
      : {
          step: 'command',
          argument: ['true'],
          options: { name, phase: name === 'publish' ? name : 'prepare' },
        },
  )
  return `export default ${JSON.stringify({
    app: 'codebase',
    repository: 'git@git.example.com:codebase.git',
    environments: {
      production: {
        hosts: [{ name: 'evil', address: '127.0.0.1', port }],
        branch: 'master',
        ssh: { user: 'alice', hostKeys: [hostKey.line], identityFile: at('id') },
      },
    },
    steps,
  })}\n`
}

async function suffer(
  words: readonly string[],
  reader: Reader,
  stopAfterMs: number | undefined,
): Promise<Suffered> {
  const startedMs = performance.now()
  const { child, pid } = await start(words, reader)
  const watch = new Watch(reader)
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4096)
  })
  if (reader !== 'stopped') child.stdout?.on('data', (chunk: Buffer) => watch.take(chunk))
  const memory = watchMemory(pid)
  let stoppedMs: number | undefined
  let stopAgain: NodeJS.Timeout | undefined
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  const stop =
    stopAfterMs === undefined
      ? undefined
      : setTimeout(() => {
          stoppedMs = performance.now()
          interrupt(pid)
          // the first Ctrl-C cancels or asks, the second one leaves
          stopAgain = setInterval(() => interrupt(pid), 500)
        }, stopAfterMs)
  // nobody reads, so nobody sees the end of the stream
  if (reader === 'stopped') child.on('exit', () => child.stdout?.destroy())
  const [exitCode, signal] = await ended
  clearTimeout(stop)
  clearInterval(stopAgain)
  watch.end(stopAfterMs === undefined ? 'by itself' : 'stopped')
  return {
    // as a shell has it
    exitCode: signal === 'SIGINT' ? 130 : exitCode,
    peakMegabytes: memory.stop(),
    seconds: (performance.now() - startedMs) / 1000,
    ...(stoppedMs === undefined ? {} : { leftAfterMs: performance.now() - stoppedMs }),
    forbidden: watch.forbidden,
    tail: watch.tail,
    stderr,
  }
}

async function start(
  asked: readonly string[],
  reader: Reader,
): Promise<{ child: ChildProcess; pid: number }> {
  const words = [bin, ...asked, ...(reader === 'json' ? ['--json'] : [])]
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, LANG: 'C.UTF-8', TERM: 'xterm-256color', SHELL: '/bin/sh', SHIPIT_QUIET_TAB: '1' }
  if (reader !== 'terminal') {
    const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    return { child, pid: child.pid ?? 0 }
  }
  const pidFile = `${asked.at(-1)}.pid`
  const command = `stty cols 100 rows 30; echo $$ >${pidFile}; exec ${[process.execPath, ...words].join(' ')}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (;;) {
    await sleep(5)
    const pid = Number(readOrNothing(pidFile))
    if (pid > 0) return { child, pid }
  }
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT')
  } catch {
    // it has gone
  }
}

function watchMemory(pid: number) {
  let peakKilobytes = 0
  const look = () => {
    const found = /^VmHWM:\s+(\d+) kB/m.exec(readOrNothing(`/proc/${pid}/status`))?.[1]
    if (found) peakKilobytes = Math.max(peakKilobytes, Number(found))
  }
  const timer = setInterval(look, 10)
  return {
    stop() {
      clearInterval(timer)
      return Math.round(peakKilobytes / 1024)
    },
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
