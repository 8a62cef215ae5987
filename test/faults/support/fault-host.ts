// A real host whose steps can be held where a test wants them: eight steps of the common kinds, a look at what the host keeps, and
// what a client saw held against it.
import assert from 'node:assert/strict'
import { type ChildProcess, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, existsSync, globSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Lab } from '../../hosts/support/lab.ts'
import { Project, type ProjectOptions } from '../../hosts/support/project.ts'
import { outputOfJson, outputOfLog } from './output-lines.ts'

/** The steps' names, in order, with what each is. */
export const STEPS = ['git', 'make html', 'prepare', 'rsync', 'publish', 'root', 'command', 'last'] as const
export type StepName = (typeof STEPS)[number]

const RECIPE = `
    git(),
    make('html', { in: 'doc', out: '_build/html', as: 'build' }),
    shell('exec hold prepare', { name: 'prepare', phase: 'prepare' }),
    rsync({ from: 'src/', to: '/var/codebase/src/', delete: true, name: 'rsync' }),
    shell('exec hold publish', { name: 'publish' }),
    root(['/usr/bin/hold', 'root'], { name: 'root', timeout: 120 }),
    command(['hold', 'command'], { name: 'command' }),
    shell('hold last', { name: 'last' }),
`

/** Prints while /srv/hold/NAME is there, then 100 MB if /srv/flood/NAME is; the last line has no newline. */
const HOLD = `#!/bin/sh
name=$1
line=0
printf '%s begins\\n' "$name"
while [ -e "/srv/hold/$name" ]; do
	line=$((line + 1))
	printf '%s %s: für ✓ \\t %s\\n' "$name" "$line" '########################################'
	sleep 0.05
done
[ ! -e "/srv/flood/$name" ] || seq -f "$name %090.0f" 1 1000000
printf '%s ends' "$name"
`
/** What brings records to the disk; it can be held like a step. */
const SYNC = `#!/bin/sh
while [ -e /srv/hold/sync ]; do sleep 0.05; done
exec /usr/bin/sync "$@"
`
/** Not where rsync only says what it would do: that is read by shipit. */
const WRAPPER = (name: string, when: string) =>
  `#!/bin/sh\ncase " $* " in\n*' --dry-run '*) ;;\n*' ${when} '*) hold ${name} ;;\nesac\nexec /usr/bin/${name} "$@"\n`

const OWN_ACCOUNT = /^(?:deploybot|build-.*)$/
const OWN_PROGRAM = /libexec\/shipit|bin\/hold/

const STATE = '/var/lib/shipit/apps/codebase'

/** How a client ended, and the lines of output that it printed. */
export type ClientEnd = { exit: number | null; signal: NodeJS.Signals | null }

/** A client that runs; what it prints goes into a file, so that nothing here slows it. */
export type Client = {
  process: ChildProcess
  ended: Promise<ClientEnd>
  stdout: () => string
  stderr: () => string
  file: string
}

export class FaultHost {
  readonly lab: Lab
  readonly name: string
  readonly project: Project
  #root = ''
  readonly #clients: Client[] = []

  private constructor(lab: Lab, name: string, options: Partial<ProjectOptions>) {
    this.lab = lab
    this.name = name
    this.project = new Project({ lab, hosts: [name], steps: RECIPE, ...options })
  }

  /** Makes a host of the lab one with the story on it and the eight steps installed, or others. */
  static async make(lab: Lab, name: string, options: Partial<ProjectOptions> = {}): Promise<FaultHost> {
    const host = new FaultHost(lab, name, options)
    await lab.scenario(name)
    await host.find()
    await host.sh('mkdir -p /srv/hold /srv/flood')
    for (const [file, text] of [
      ['/usr/bin/hold', HOLD],
      ['/usr/sbin/sync', SYNC],
      ['/usr/sbin/git', WRAPPER('git', 'fetch')],
      ['/usr/sbin/rsync', WRAPPER('rsync', '--checksum')],
    ] as const)
      await host.sh(`cat >${file} && chmod 755 ${file}`, text)
    await host.push('master', "printf 'html:\\n\\t@hold make-html; mkdir -p _build/html\\n' >doc/Makefile")
    await host.project.install(name)
    return host
  }

  /** Looks where the host's files can be seen from here; again after a boot. */
  async find(): Promise<void> {
    this.#root = await this.lab.path(this.name)
  }

  path(path: string): string {
    return join(this.#root, path)
  }

  sh(script: string, input?: string): Promise<string> {
    return this.lab.output(this.name, script, input === undefined ? {} : { input })
  }

  /** Commits a change to a branch, as somebody with a clone. */
  async push(branch: string, change: string): Promise<void> {
    await this.sh(`set -e; work=$(mktemp -d); /usr/bin/git clone -q /srv/git/codebase.git $work; cd $work
      git() { /usr/bin/git -c user.name=a -c user.email=a@b "$@"; }
      git checkout -q ${branch} 2>/dev/null || git checkout -q -b ${branch}
      ${change}
      git add -A; git commit -qm ${branch}; git push -q -f origin ${branch}; rm -rf $work`)
  }

  /** Keeps a step from ending, from its next beginning on. */
  hold(step: StepName): Promise<string> {
    return this.sh(`: >'/srv/hold/${fileOf(step)}'`)
  }

  release(step: StepName): Promise<string> {
    return this.sh(`rm -f '/srv/hold/${fileOf(step)}'`)
  }

  /** Starts shipit with its output in a file. */
  start(...words: string[]): Client {
    return this.startIn(this.project, ...words)
  }

  startIn(project: Project, ...words: string[]): Client {
    const file = join(project.folder, `client-${this.#clients.length}`)
    const out = openSync(file, 'w')
    const errors = openSync(`${file}.err`, 'w')
    const process = project.spawnWith({ stdio: ['ignore', out, errors] }, ...words)
    closeSync(out)
    closeSync(errors)
    const ended = once(process, 'close').then(([exit, signal]) => ({ exit, signal }))
    const stdout = () => readFileSync(file, 'utf8')
    const stderr = () => readFileSync(`${file}.err`, 'utf8')
    const client = { process, ended, stdout, stderr, file }
    this.#clients.push(client)
    return client
  }

  // what the host keeps

  state(file: string): string {
    const path = this.path(`${STATE}/${file}`)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }

  get run(): string {
    return this.state('current').trim()
  }

  /** What the run has noted of the step that it began last. */
  get step(): string {
    const last = globSync('step.*', { cwd: this.path(`${STATE}/runs/${this.run}`) })
      .sort()
      .at(-1)
    return last === undefined ? '' : this.state(`runs/${this.run}/${last}`)
  }

  log(run = this.run): Buffer {
    return readFileSync(this.path(`${STATE}/runs/${run}/log`))
  }

  ended(run = this.run): boolean {
    return existsSync(this.path(`${STATE}/runs/${run}/ended`))
  }

  outcome(
    run = this.run,
  ): { outcome: string; exit: number; step?: string; by?: string; reason?: string } | undefined {
    const text = this.state(`runs/${run}/outcome`)
    return text === '' ? undefined : JSON.parse(text)
  }

  /** All processes that are deploybot's or a build account's, or a program of shipit's or a held step whoever runs it. */
  async processes(): Promise<string[]> {
    const list = await this.sh('ps -eo pid=,stat=,user:32=,args=')
    return list.split('\n').filter((line) => {
      const [, , state = '', user = ''] = /^ *(\d+) +(\S+) +(\S+)/.exec(line) ?? []
      return !state.startsWith('Z') && (OWN_ACCOUNT.test(user) || OWN_PROGRAM.test(line))
    })
  }

  get isFree(): boolean {
    return spawnSync('flock', ['-n', this.path('/etc/shipit/apps/codebase/lock'), 'true']).status === 0
  }

  /** Waits until the run that begins after `before` is in the middle of a step. */
  async untilIn(step: StepName, before = ''): Promise<string> {
    await eventually(`'${step}' begins`, () => {
      const run = this.run
      return (
        run !== before &&
        !this.ended(run) &&
        this.state(`runs/${run}/log`).includes(`${fileOf(step)} begins\n`)
      )
    })
    return this.run
  }

  async untilEnded(run: string, limitMs = 180_000): Promise<void> {
    await eventually(`${run} ends`, () => this.ended(run), limitMs)
  }

  /** Lets go of whatever a test that failed still holds. */
  async calm(): Promise<void> {
    await this.sh('rm -f /srv/hold/* /srv/flood/*')
    if (this.run !== '') await this.untilEnded(this.run)
  }

  /** Stops the head of a run where one step's process has ended and it does not know yet; `go` lets it go on. */
  async stopAfter(step: StepName, run: string): Promise<() => Promise<string>> {
    const [head] = this.state(`runs/${run}/session`).split(' ')
    await this.sh(`kill -STOP ${head}`)
    await this.release(step)
    await this.sh(`for try in $(seq 300); do
      ps -o stat=,args= --ppid ${head} | grep -v '^Z' | grep -qvE "libexec/shipit/(run|watch)|^[A-Za-z+]+ *tee -a" || exit 0
      sleep 0.2
    done; exit 1`)
    return () => this.sh(`kill -CONT ${head}`)
  }

  /** Says whether a client's JSON lines have the log's output, byte for byte. */
  saw(client: Client, run: string): boolean {
    return (
      outputOfJson(readFileSync(client.file)) === outputOfLog(this.log(run), this.state(`runs/${run}/events`))
    )
  }

  /** Ends what a failed test may have left. */
  remove(): void {
    for (const { process } of this.#clients) process.kill('SIGKILL')
    this.project.remove()
  }
}

/** Of the hold that stands in a step. */
function fileOf(step: StepName): string {
  return step.replaceAll(' ', '-')
}

/** Waits for what will happen. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 120_000,
): Promise<void> {
  for (const end = Date.now() + limitMs; ; ) {
    if (await holds()) return
    assert.ok(Date.now() < end, `did not happen within ${limitMs / 1000} s: ${what}`)
    await setTimeout(25)
  }
}
