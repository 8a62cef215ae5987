// A host without sshd and sudo: the bundle rendered below a temporary folder, as the sandbox has it, with one of the shells
// that it must run under in place of /bin/sh.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { checkSteps } from '../../../src/config/check/check-steps.ts'
import {
  APPS,
  BUILDS,
  publishedFolders,
  renderApp,
  renderPrograms,
  STATES,
} from '../../../src/install/bundle.ts'
import { REMOTE_NAMES } from '../../../src/install/remote-parts.ts'
import type { Event, EventOf } from '../../../src/protocol/event.ts'
import { FrameReader } from '../../../src/protocol/frame-reader.ts'
import { makeRunId } from '../../../src/protocol/request.ts'
import type { Recipe, RecipeFlag } from '../../../src/recipe/recipe.ts'
import { digestRecipe } from '../../../src/recipe/recipe.ts'
import type { WrittenSteps } from '../../../src/recipe/steps.ts'
import { isWhole } from '../../support/whole.ts'

/** What may stand as /bin/sh. */
export const SHELLS: Record<string, readonly string[]> = {
  dash: ['dash'],
  'bash --posix': ['bash', '--posix'],
  'busybox ash': ['busybox', 'ash'],
}

/** Where a test that no shell makes different is run once. */
export const ONE_SHELL = 'dash'

/**
 * The `it` of a suite that is described once for each shell: each test runs under one shell, in turn, so that every shell has its share
 * of each suite. In the whole form (npm run test:shells, test:whole) each runs under all.
 */
export function inTurn(shell: string): typeof it {
  const names = Object.keys(SHELLS)
  let count = 0
  const take = (...words: Parameters<typeof it>) => {
    count += 1
    const isOurs = names[(count - 1) % names.length] === shell
    return isOurs || isWhole ? it(...words) : Promise.resolve()
  }
  return take as typeof it
}

/** A script that goes on once nobody holds it, see `hold`. */
export const WHILE_HELD = 'while [ -e "$HOME/../../../hold" ]; do sleep 0.05; done'

export const SESSION = '0123456789abcdef0123456789abcdef'

/** Why a shell can't be tested here; nothing if it can. With CI=true it is never left out. */
export function whyNotShell(name: string): string | false {
  const [program = ''] = SHELLS[name] ?? []
  const missing =
    spawnSync(program, ['-c', ':']).error !== undefined && spawnSync('which', [program]).status !== 0
  return missing && process.env.CI !== 'true' ? `${program} is not installed` : false
}

/** The answer to one request. */
export type Answer = {
  status: number | null
  stderr: string
  events: Event[]
  /** all output, in one */
  output: string
  bytes: Buffer
}

/** Programs that a test has put before the host's. */
const BEFORE = '/before'

export type HostOptions = {
  shell: string
  steps?: WrittenSteps
  flags?: Record<string, RecipeFlag>
  /** scripts that stand before programs of the same name on the host: `real` is the program's path, `aside` a folder for marks */
  before?: Record<string, string>
}

export class RenderedHost {
  readonly prefix: string
  readonly recipe: Recipe
  readonly state: string
  /** of the next commits, in seconds since 1970 */
  commitTime = 1700000000
  readonly #shell: readonly string[]

  constructor({ shell, steps = [], flags = {}, before = {} }: HostOptions) {
    this.#shell = SHELLS[shell] as readonly string[]
    this.prefix = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-host-')))
    const checked = checkSteps(steps, flags)
    if (checked.problems.length > 0) throw new Error(JSON.stringify(checked.problems))
    const allow = [{ group: 'deployers', branches: ['*'], tags: ['*'], verbs: ['deploy' as const] }]
    this.recipe = {
      app: 'codebase',
      account: 'deploybot',
      repository: '/srv/git/codebase.git',
      flags,
      allow,
      steps: checked.steps,
    }
    this.state = `${this.prefix}${STATES}/codebase`
    const target = {
      prefix: this.prefix,
      owner: userInfo().username,
      sudo: '',
      searchPath: `${this.path(BEFORE)}:${process.env.PATH}`,
    }
    for (const [name, script] of Object.entries(before)) {
      const real = runCommand('sh', ['-c', `command -v ${name}`], '/').trim()
      const words = `real=${real}\naside=${this.folder('/aside')}\n`
      this.write(`${BEFORE}/${name}`, `#!/bin/sh\n${words}${script}\n`, 0o755)
    }
    const remote = Object.fromEntries(
      REMOTE_NAMES.map((name) => [
        name,
        readFileSync(join(import.meta.dirname, `../../../remote/${name}.sh`), 'utf8'),
      ]),
    )
    for (const folder of [STATES, `${BUILDS}/codebase`, '/srv/git', ...publishedFolders(this.recipe)])
      this.folder(folder)
    for (const file of [
      ...renderPrograms(remote, target, '0.0.0'),
      ...renderApp(this.recipe, target, '0.0.0'),
    ]) {
      const text = file.text.replaceAll(' /bin/sh ', ` ${this.#shell.join(' ')} `)
      this.write(file.path, text, Number.parseInt(file.mode, 8))
    }
    this.write(`${APPS}/codebase/lock`, '')
  }

  get digest(): string {
    return digestRecipe(this.recipe)
  }

  path(path: string): string {
    return join(this.prefix, path)
  }

  folder(path: string): string {
    const whole = this.path(path)
    mkdirSync(whole, { recursive: true })
    return whole
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), text)
    chmodSync(this.path(path), mode)
  }

  /** Gives a constant of a program another value. */
  setConstant(program: string, name: string, value: number): void {
    const path = `/usr/local/libexec/shipit/${program}`
    const text = this.read(path)
    const line = new RegExp(`^${name}=.*$`, 'm')
    if (!line.test(text)) throw new Error(`${program} has no ${name}`)
    this.write(path, text.replace(line, `${name}=${value}`), 0o755)
  }

  read(path: string): string {
    return readFileSync(this.path(path), 'utf8')
  }

  readBytes(path: string): Buffer {
    return readFileSync(this.path(path))
  }

  writeBytes(path: string, bytes: Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), bytes)
  }

  has(path: string): boolean {
    return existsSync(this.path(path))
  }

  /** What a run has noted of the step that it began last; '' before that. */
  stepOf(run: string): string {
    const last = globSync('step.*', { cwd: `${this.state}/runs/${run}` })
      .sort()
      .at(-1)
    return last === undefined ? '' : readFileSync(`${this.state}/runs/${run}/${last}`, 'utf8')
  }

  /** Keeps the steps with `WHILE_HELD` from ending. */
  hold(): void {
    this.write(`${STATES}/hold`, '')
  }

  release(): void {
    rmSync(this.path(`${STATES}/hold`), { force: true })
  }

  /** The command line of the gate, with its shell. */
  get gate(): string {
    return `${this.#shell.join(' ')} '${this.path('/usr/local/libexec/shipit/gate')}'`
  }

  /** Starts the gate with a request, as sshd does. */
  start(request: string, prelude = ''): Call {
    const env = { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: request }
    const child = spawn('sh', ['-c', `${prelude} exec ${this.gate}`], {
      env,
      detached: true,
      cwd: '/',
    })
    return new Call(child)
  }

  /** Sends a request with a session and waits for the answer. */
  ask(request: string, prelude = ''): Promise<Answer> {
    return this.start(`shipit-gate ${request} --session ${SESSION}`, prelude).answer
  }

  /** Deploys and waits. `words` follow the app. */
  deploy(words = '--branch master', run = makeRunId()): Promise<Answer> {
    return this.ask(`deploy --run ${run} --app codebase ${words}`)
  }

  /** Runs one of the programs by itself. */
  program(name: string, args: readonly string[], input = ''): Promise<Answer> {
    const [shell, ...words] = this.#shell
    const path = this.path(`/usr/local/libexec/shipit/${name}`)
    const child = spawn(shell as string, [...words, path, ...args], {
      env: { PATH: process.env.PATH },
      cwd: '/',
    })
    // a program may end without reading it
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    return new Call(child).answer
  }

  /** Runs a command and waits; throws when it fails. */
  run(command: string, args: readonly string[], cwd = '/'): string {
    return runCommand(command, args, join(this.prefix, cwd))
  }

  /** Commits files ('' deletes one; '-> target' makes a symlink) to a branch of the app's origin; makes both where needed. */
  commit(branch: string, files: Record<string, string>, from?: string): string {
    const git = this.path('/srv/git/codebase.git')
    if (!existsSync(git)) runCommand('git', ['init', '-q', '--bare', '--template=', git], '/')
    const known =
      spawnSync('git', ['--git-dir', git, 'rev-parse', '-q', '--verify', `refs/heads/${branch}`]).status === 0
    const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`
    const changes = Object.entries(files).map(([name, text]) => {
      const path = quotePath(name)
      if (text === '') return `D ${path}\n`
      if (text.startsWith('-> ')) return `M 120000 inline ${path}\n${data(text.slice(3))}`
      if (text.startsWith('module ')) return `M 160000 ${text.slice(7)} ${path}\n`
      return `M ${text.startsWith('#!') ? '100755' : '100644'} inline ${path}\n${data(text)}`
    })
    const parent = known ? `refs/heads/${branch}^0` : from && `refs/heads/${from}`
    const stream =
      `commit refs/heads/${branch}\ncommitter t <t@localhost> ${this.commitTime} +0000\n${data('a commit')}` +
      `${parent ? `from ${parent}\n` : ''}${changes.join('')}\ndone\n`
    const made = spawnSync('git', ['--git-dir', git, 'fast-import', '--quiet', '--done'], {
      input: stream,
      encoding: 'utf8',
    })
    if (made.status !== 0) throw new Error(made.stderr)
    return runCommand('git', ['--git-dir', git, 'rev-parse', `refs/heads/${branch}`], '/').trim()
  }

  remove(): void {
    rmSync(this.prefix, { recursive: true, force: true })
  }
}

/** As git fast-import reads a path with line breaks or quotes. */
function quotePath(path: string): string {
  if (!/[\n"\\]/.test(path)) return path
  return `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`
}

function runCommand(command: string, args: readonly string[], cwd: string): string {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr}`)
  return result.stdout
}

/** One running call of a program. */
export class Call {
  readonly answer: Promise<Answer>
  readonly #child: ChildProcess
  readonly #chunks: Buffer[] = []

  constructor(child: ChildProcess) {
    this.#child = child
    let stderr = ''
    // it may end without reading it
    child.stdin?.on('error', () => {})
    child.stdout?.on('data', (chunk: Buffer) => this.#chunks.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    this.answer = new Promise((resolve) => {
      child.on('close', (status) => resolve({ status, stderr, ...splitAnswer(Buffer.concat(this.#chunks)) }))
    })
  }

  /** What came so far. */
  get soFar(): string {
    return Buffer.concat(this.#chunks).toString()
  }

  /** Waits until a text has come. */
  async until(text: string, limitMs = 120_000): Promise<void> {
    const end = Date.now() + limitMs
    while (!this.soFar.includes(text)) {
      if (Date.now() > end) throw new Error(`'${text}' did not come: ${this.soFar}`)
      await pause(10)
    }
  }

  /** Sends to its stdin, which stays open. */
  send(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Ends its stdin. */
  leave(): void {
    this.#child.stdin?.end()
  }

  /** Ends what the client has called with TERM, as sudo passes it on. */
  end(): void {
    process.kill(this.#child.pid as number, 'SIGTERM')
  }

  /** Kills the client's side with KILL: gate, runner, follower. */
  kill(): void {
    process.kill(-(this.#child.pid as number), 'SIGKILL')
  }
}

function splitAnswer(bytes: Buffer): Pick<Answer, 'events' | 'output' | 'bytes'> {
  const events: Event[] = []
  const output: Uint8Array[] = []
  // after the word that a deploy waits for a new answer begins
  const ready = bytes.indexOf('"event":"ready"')
  const second = ready < 0 ? bytes.length : bytes.indexOf('\n', ready) + 1
  for (const part of [bytes.subarray(0, second), bytes.subarray(second)])
    for (const piece of new FrameReader(SESSION).push(part)) {
      if (piece.type === 'output') output.push(piece.bytes)
      else if (piece.type === 'event') events.push(piece.event)
      else throw new Error(`${piece.type}: ${bytes.toString('latin1')}`)
    }
  return { events, output: Buffer.concat(output).toString(), bytes }
}

/** The events of one name. */
/** Runs a test on a host of its own, which is removed after it. */
export async function withHost<Host extends RenderedHost>(
  host: Host,
  test: (host: Host) => Promise<void>,
): Promise<void> {
  try {
    await test(host)
  } finally {
    host.remove()
  }
}

/** The exit code of an answer and the reason of its refusal. */
export function refusal(answer: Answer) {
  return [answer.status, eventsOf(answer, 'refused')[0]?.reason]
}

export function eventsOf<Name extends Event['event']>(answer: Answer, name: Name): EventOf<Name>[] {
  return answer.events.filter((event): event is EventOf<Name> => event.event === name)
}

/** Of an answer to history: the status with the runs that can be gone back to, and those that were rolled back from. */
export function waysOf(answer: Answer) {
  const kept = (state: 'good' | 'bad') =>
    eventsOf(answer, 'kept').flatMap((each) => (each.state === state ? [each.run] : []))
  return { ...eventsOf(answer, 'status')[0], good: kept('good'), bad: kept('bad') }
}

/** The outcome of an answer that must have one. */
export function outcomeOf(answer: Answer): EventOf<'outcome'> {
  const [outcome] = eventsOf(answer, 'outcome')
  if (!outcome) throw new Error(`no outcome: ${answer.status} ${answer.stderr} ${answer.output}`)
  return outcome
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Waits until something holds. */
export async function eventually(holds: () => boolean, limitMs = 120_000): Promise<void> {
  const end = Date.now() + limitMs
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ${limitMs} ms: ${holds}`)
    await pause(20)
  }
}
