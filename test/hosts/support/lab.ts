// Real hosts for tests: a typed face of lab/hosts, one lab of its own for each suite. A suite says
// hostsSuite('the gate', { hosts: 1 }, (lab) => { test('…', async () => { await lab.exec('web1', 'id'); }); });

import assert from 'node:assert/strict'
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { patient } from '../../support/patience.ts'

const LAB_FOLDER = join(import.meta.dirname, '../lab')
const HOSTS = join(LAB_FOLDER, 'hosts')
const LAB_HOME = process.env.SHIPIT_LAB_HOME ?? '/tmp/shipit-lab'
/** The first start on a machine builds the hosts' root file system, and may wait for another run that builds it. */
const START_LIMIT_MS = 20 * 60_000
const COMMAND_LIMIT_MS = 300_000
/** What of the developer's own environment would change how a client in the lab behaves. */
const PRIVATE_VARIABLES = [
  'CI',
  'GITHUB_ACTIONS',
  'GITLAB_CI',
  'SSH_AUTH_SOCK',
  'XDG_CACHE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
]

export type Person = 'root' | 'admin' | 'alice' | 'bob'

/** Hosts to boot: they are called `prefix` and a number from 1. */
export interface HostsOptions {
  /** How many; 1 by default. */
  hosts?: number
  /** `web` by default. */
  prefix?: string
  /** What /bin/sh is: `dash` by default; `ash` is busybox's, `busybox` has busybox's other tools too. */
  shell?: 'dash' | 'bash' | 'ash' | 'busybox'
  /** Whether the people have their private keys there, as on a developer's machine. */
  client?: boolean
  /** Whether a syslogd writes /var/log/syslog. */
  syslog?: boolean
  /** Size of the disk with its unit, `512m` by default. */
  diskSize?: string
  /** Folders or files of this machine to see inside, as SRC[:DST][:rw]. */
  binds?: readonly string[]
}

export interface RunOptions {
  /** Who runs it; root by default. */
  user?: string
  /** Its stdin; empty by default. */
  input?: string | Uint8Array
  /** A minute by default; after that it is killed and the promise rejects. */
  timeoutMs?: number
}

/** For a command on this machine in the lab's network. `env` is added to this process's; `undefined` takes one out. */
export interface CtlOptions extends RunOptions {
  env?: Record<string, string | undefined>
  cwd?: string
}

export interface RunResult {
  /** The exit status; null when a signal ended it. */
  status: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A lab: hosts and the network that they alone share. Everything in it ends with `stop`, or when this process dies. */
export class Lab {
  /** This lab's folder. */
  readonly run: string
  /** The HOME of what `ctl` runs: empty but for an empty .ssh. */
  readonly home: string
  /** The folder with the private keys, each named after its person. */
  readonly keys: string
  /** The hosts' keys, in the form of known_hosts. */
  readonly knownHosts: string
  /** For `ssh -F`, inside `ctl` or as root outside. */
  readonly sshConfig: string
  #tether: Socket | undefined
  #patience: number | undefined

  constructor() {
    this.run = join(LAB_HOME, `run-${process.pid}-${randomBytes(4).toString('hex')}`)
    this.home = join(this.run, 'home')
    this.keys = join(this.run, 'keys')
    this.knownHosts = join(this.run, 'known_hosts')
    this.sshConfig = join(this.run, 'ssh_config')
  }

  /** Makes a lab and boots its first hosts. */
  static async start(options: HostsOptions = {}): Promise<Lab> {
    const lab = new Lab()
    await lab.up(options)
    return lab
  }

  /** Boots hosts, more of them if there are some already, and returns their names. */
  async up(options: HostsOptions = {}): Promise<string[]> {
    const { hosts = 1, prefix, shell, diskSize, binds = [] } = options
    const argv = ['up', String(hosts), '--tether', ...binds.flatMap((bind) => ['--bind', bind])]
    if (prefix !== undefined) argv.push('--prefix', prefix)
    if (shell !== undefined) argv.push('--shell', shell)
    if (diskSize !== undefined) argv.push('--size', diskSize)
    if (options.client) argv.push('--client')
    if (options.syslog) argv.push('--syslog')
    const isFirst = this.#tether === undefined
    if (isFirst) await deleteStaleRuns()

    const child = spawn(HOSTS, argv, { env: this.#env(), stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    const tether = child.stdio[3]
    assert(tether instanceof Socket)
    tether.on('error', () => {}) // the lab's end of it breaks when the lab is stopped
    if (isFirst) this.#tether = tether.unref()
    const { status, stdout, stderr } = await finish(child, { timeoutMs: START_LIMIT_MS })
    if (!isFirst) tether.destroy()
    if (status !== 0) {
      await this.stop()
      throw new Error(`cannot boot hosts: ${stderr.trim()}`)
    }
    await mkdir(join(this.home, '.ssh'), { recursive: true, mode: 0o700 })
    return stdout.split('\n').flatMap((line) => line.split('\t')[0] || [])
  }

  /** Ends every process of the lab and deletes its files; a second call does nothing. */
  async stop(): Promise<void> {
    await this.#hosts(['down'])
    this.#tether?.destroy()
    this.#tether = undefined
  }

  /** Runs a script (by sh -c) or an argv inside a host, not over SSH, in the user's home with a fresh environment. */
  async exec(host: string, script: string | readonly string[], options: RunOptions = {}): Promise<RunResult> {
    const command = typeof script === 'string' ? ['/bin/sh', '-c', script] : script
    const argv = ['exec', '-u', options.user ?? 'root', host, ...command]
    return finish(spawn(HOSTS, argv, { env: this.#env() }), options)
  }

  /** Like `exec`, but what it wrote to stdout, without the last newlines. @throws when its exit status is not 0. */
  async output(host: string, script: string | readonly string[], options: RunOptions = {}): Promise<string> {
    const result = await this.exec(host, script, options)
    assert.equal(result.status, 0, `on ${host}: ${script}\n${result.stdout}${result.stderr}`)
    return result.stdout.replace(/\n+$/, '')
  }

  /** Runs a command on this machine's files in the hosts' network, where their names are known: a client. */
  async ctl(argv: readonly string[], options: CtlOptions = {}): Promise<RunResult> {
    return finish(this.spawnCtl(argv, options), options)
  }

  /**
   * Like `ctl`, but the process itself, whose pid is the command's. `user` is one of this machine (keys are root's).
   * HOME is `home`, so that nothing of the developer's own is read or written; `env` may say otherwise.
   */
  spawnCtl(argv: readonly string[], options: SpawnOptions & CtlOptions = {}): ChildProcess {
    const { user = 'root', input: _input, timeoutMs: _timeoutMs, env, ...rest } = options
    const hidden = Object.fromEntries(PRIVATE_VARIABLES.map((name) => [name, undefined]))
    return spawn(HOSTS, ['ctl', '-u', user, ...argv], {
      // with no terminal, also where the tests have one
      detached: true,
      ...rest,
      env: { ...this.#env(), ...hidden, HOME: this.home, ...env },
    })
  }

  /** Short, so that a host that is cut off is given up soon. */
  get #connectSeconds(): number {
    this.#patience ??= patient(2)
    return this.#patience
  }

  /** Logs in to `host` or `person@host` over SSH and runs a command line there. */
  async ssh(target: string, command: string, options: CtlOptions = {}): Promise<RunResult> {
    return this.ctl(
      ['ssh', '-F', this.sshConfig, '-o', `ConnectTimeout=${this.#connectSeconds}`, target, command],
      options,
    )
  }

  /** The private key of a person, who is known by it on every host. */
  key(person: Person): string {
    return join(this.keys, person)
  }

  /** Where this machine sees the root folder of a host that is up, until it is crashed. */
  async path(host: string): Promise<string> {
    return (await this.#hosts(['path', host])).trim()
  }

  /** Loses every packet in silence: both ways, or only what comes in or goes out; `unplug` pulls the cable. */
  async cut(host: string, way?: 'in' | 'out' | 'unplug'): Promise<void> {
    await this.#hosts(['cut', host, ...(way === undefined ? [] : [`--${way}`])])
  }

  async heal(host: string): Promise<void> {
    await this.#hosts(['heal', host])
  }

  /** Makes the round trip longer by `delayMs`; 0 (and no loss, no rate) ends it. Needs /dev/net/tun. */
  async delay(host: string, delayMs: number, { lossPercent = 0, rateKbit = 0 } = {}): Promise<void> {
    await this.#hosts([
      'delay',
      host,
      `${delayMs}ms`,
      '--loss',
      String(lossPercent),
      '--rate',
      String(rateKbit),
    ])
  }

  /** Stops every process: the host accepts connections and never answers. */
  async freeze(host: string): Promise<void> {
    await this.#hosts(['freeze', host])
  }

  async thaw(host: string): Promise<void> {
    await this.#hosts(['thaw', host])
  }

  /** Power cut: every process is gone at once and nobody is told; the disk stays. */
  async crash(host: string): Promise<void> {
    await this.#hosts(['crash', host])
  }

  /** Power on again: same address, key and disk; /run and /tmp are empty. */
  async boot(host: string): Promise<void> {
    await this.#hosts(['boot', host])
  }

  /** Fills the disk but for `leaveKb`. */
  async diskFull(host: string, leaveKb = 0): Promise<void> {
    await this.#hosts(['disk-full', host, String(leaveKb)])
  }

  /** Ends `diskFull`. */
  async diskFree(host: string): Promise<void> {
    await this.output(host, 'rm -f /var/lab-ballast')
  }

  /** Kills what listens, so that connections are refused; with `sessions`, every session too. */
  async killSshd(host: string, { sessions = false } = {}): Promise<void> {
    await this.#hosts(['kill-sshd', host, ...(sessions ? ['--all'] : [])])
  }

  async startSshd(host: string): Promise<void> {
    await this.#hosts(['start-sshd', host])
  }

  /** Puts the company of the story on a host, see lab/scenario; on `webs` its web server alone. */
  async scenario(
    host: string,
    { withDeploybot = false, webs = [] as readonly string[] } = {},
  ): Promise<void> {
    const argv = [...(withDeploybot ? ['--with-deploybot'] : []), host, ...webs]
    const { status, stderr } = await finish(spawn(join(LAB_FOLDER, 'scenario'), argv, { env: this.#env() }))
    assert.equal(status, 0, stderr)
  }

  /** Runs the script that shipit replaces, as the deploybot that `scenario` made by hand. */
  async runOriginal(host: string, branch: string): Promise<RunResult> {
    const script = await readFile(join(LAB_FOLDER, 'original.sh'), 'utf8')
    return this.exec(host, ['/bin/sh', '-c', script, 'original.sh', branch], { user: 'deploybot' })
  }

  /** @throws when lab/hosts fails, with what it said. */
  async #hosts(argv: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await finish(spawn(HOSTS, argv, { env: this.#env() }))
    assert.equal(status, 0, `hosts ${argv.join(' ')}: ${stderr}`)
    return stdout
  }

  #env(): Record<string, string | undefined> {
    return { ...process.env, SHIPIT_LAB_HOME: LAB_HOME, SHIPIT_LAB_RUN: this.run }
  }
}

let answer: { reason: string | undefined } | undefined

/** One line that says why real hosts can't be had here; undefined if they can. */
export function whyNot(): string | undefined {
  answer ??= { reason: findReason() }
  return answer.reason
}

function findReason(): string | undefined {
  if (process.platform !== 'linux') return 'real hosts need Linux'
  if (process.getuid?.() !== 0) return 'real hosts need root'
  const { status, stdout, stderr, error } = spawnSync(HOSTS, ['why-not'], { encoding: 'utf8' })
  if (error !== undefined) return `real hosts need bash: ${error.message}`
  return status === 0 ? undefined : `real hosts can't be had: ${(stdout || stderr).trim()}`
}

/**
 * A suite with a lab of its own, which is up before its first test and gone after its last. Where no real hosts can be had it is
 * skipped and says why; with CI=true it fails instead.
 */
export function hostsSuite(name: string, options: HostsOptions, tests: (lab: Lab) => void): void {
  const reason = whyNot()
  if (reason !== undefined && process.env.CI === 'true') {
    test(name, () => assert.fail(`${reason} (in CI that is a failure)`))
    return
  }
  describe(name, { skip: reason ?? false }, () => {
    const lab = new Lab()
    before(async () => void (await lab.up(options)), { timeout: START_LIMIT_MS })
    after(async () => lab.stop())
    tests(lab)
  })
}

/** Deletes what labs left whose process was killed; their own processes ended with it. */
async function deleteStaleRuns(): Promise<void> {
  const names = existsSync(LAB_HOME) ? await readdir(LAB_HOME) : []
  for (const name of names) {
    const pid = /^run-([0-9]+)-/.exec(name)?.[1]
    if (pid === undefined || existsSync(`/proc/${pid}`)) continue
    const env = { ...process.env, SHIPIT_LAB_HOME: LAB_HOME, SHIPIT_LAB_RUN: join(LAB_HOME, name) }
    await finish(spawn(HOSTS, ['down'], { env }))
  }
}

/** Feeds a process its input and gathers what it says. @throws when it takes longer than its limit. */
async function finish(
  child: ChildProcess,
  { input, timeoutMs = COMMAND_LIMIT_MS }: RunOptions = {},
): Promise<RunResult> {
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    child.kill('SIGKILL')
    // what it started may hold them open
    child.stdout?.destroy()
    child.stderr?.destroy()
  }, timeoutMs)
  child.stdin?.on('error', () => {}) // it need not read its input to the end
  child.stdin?.end(input)
  try {
    const [stdout, stderr, [status, signal]] = await Promise.all([
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
      new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
        child.once('error', reject)
        child.once('exit', (code, name) => resolve([code, name]))
      }),
    ])
    return { status, signal, stdout, stderr }
  } catch (error) {
    throw isLate ? new Error(`'${child.spawnargs.join(' ')}' took longer than ${timeoutMs} ms`) : error
  } finally {
    clearTimeout(timer)
  }
}
