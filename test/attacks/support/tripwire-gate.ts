// The gate by itself, in a folder full of tripwires: sudo and every program that an attacker would want only write down
// that they were called. Requests go through it in bulk, as bytes, from one script.
import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { checkSteps } from '../../../src/config/check/check-steps.ts'
import { APPS, LIBEXEC, renderApp, renderPrograms } from '../../../src/install/bundle.ts'
import { REMOTE_NAMES } from '../../../src/install/remote-parts.ts'
import type { Recipe } from '../../../src/recipe/recipe.ts'
import { git } from '../../../src/recipe/steps.ts'
import { SHELLS } from '../../remote/support/rendered-host.ts'
import { LONG_FLAGS, SHORT_FLAGS } from './grammar-table.ts'

/** What the gate said to one request. */
export type Verdict = { line: Buffer; status: number; stdout: string; stderr: string }

/** All that the gate ever says to what it refuses. */
export const SENTENCES: readonly string[] = [
  'shipit: refused: not a request that the gate knows (see docs/protocol.md)\n',
  'shipit: refused: this app is not installed on this host\n',
]

/** Called by nothing that is refused; `id` and `ls` are the judge's own. */
const TRIPWIRES =
  'sudo sh bash dash ash busybox cat cp mv rm ln mkdir touch tee dd tar nc curl wget git ssh scp sftp-server rsync python3 perl awk sed env find xargs tail head sleep kill make su at crontab git-upload-pack git-receive-pack'

/** The app that the requests are about. */
export const RECIPE: Recipe = {
  app: 'codebase',
  account: 'deploybot',
  repository: '/srv/git/codebase.git',
  flags: {
    docs: { summary: '' },
    colour: { summary: '', choices: ['red', 'blue'] },
    ...Object.fromEntries([...LONG_FLAGS, ...SHORT_FLAGS].map((name) => [name, { summary: '' }])),
  },
  // the gate turns away who is in no group of any app
  allow: [
    {
      group: execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim(),
      branches: ['master', 'release/*'],
      tags: [],
      verbs: ['deploy'],
    },
  ],
  steps: checkSteps([git()], {}).steps,
}

/** remote/NAME.sh */
export function remoteFile(name: string): string {
  return readFileSync(join(import.meta.dirname, `../../../remote/${name}.sh`), 'utf8')
}

/** Folders that look like apps and have names that none may have: a judge that lets such a name through finds something. */
const DECOYS = ['1codebase', 'codebase-', '-codebase', 'Codebase', 'code_base', 'code.base', 'a'.repeat(25)]

/** As the runner asks the judge, and nothing more. */
const RUNNER_QUESTION = `[ "$#" -eq 1 ] || refuse\njudge_request "$1" ''\nprintf 'accepted\\n'\n`

export class TripwireGate {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-gate-')))
  readonly #shell: string

  /** @param judge the text of judge.sh, the real one unless told */
  constructor(shell: string, judge = remoteFile('lib/judge')) {
    this.#shell = (SHELLS[shell] as readonly string[]).join(' ')
    const target = {
      prefix: this.#path('host'),
      owner: userInfo().username,
      sudo: this.#path('wires/sudo'),
      searchPath: `${this.#path('wires')}:/usr/bin:/bin`,
    }
    const remote = {
      ...Object.fromEntries(REMOTE_NAMES.map((name) => [name, remoteFile(name)])),
      'lib/judge': judge,
    }
    for (const { path, text } of [
      ...renderPrograms(remote, target, '0.0.0').filter(({ path }) => path === `${LIBEXEC}/gate`),
      ...renderPrograms({ ...remote, gate: RUNNER_QUESTION }, target, '0.0.0')
        .filter(({ path }) => path === `${LIBEXEC}/gate`)
        .map(({ text }) => ({ path: `${LIBEXEC}/question`, text })),
      ...renderApp(RECIPE, target, '0.0.0'),
    ]) {
      this.#write(`host${path}`, text)
      if (path !== `${APPS}/codebase/recipe`) continue
      for (const decoy of DECOYS) this.#write(`host${APPS}/${decoy}/recipe`, text)
    }
    for (const name of TRIPWIRES.split(' ')) {
      this.#write(`wires/${name}`, `#!/bin/sh\nprintf '%s\\n' "${name} $*" >>${this.#path('tripped')}\n`)
      // the gate tells of a sudo that is not setuid
      chmodSync(this.#path(`wires/${name}`), name === 'sudo' ? 0o4755 : 0o755)
    }
    for (const folder of ['cwd', 'said', 'host/etc']) mkdirSync(this.#path(folder), { recursive: true })
  }

  /** Sends each line as sshd does, to a gate of its own. */
  throughGate(lines: readonly Buffer[]): Promise<Verdict[]> {
    return this.#send(lines, 'try() { SSH_ORIGINAL_COMMAND=$2', `${this.#path(`host${LIBEXEC}/gate`)}`)
  }

  /** Asks the judge about each line as the runner does. */
  asRunner(lines: readonly Buffer[]): Promise<Verdict[]> {
    return this.#send(lines, 'try() {', `${this.#path(`host${LIBEXEC}/question`)} "$2"`)
  }

  /** What the tripwires saw. */
  tripped(): string {
    return readdirSync(this.folder).includes('tripped') ? readFileSync(this.#path('tripped'), 'utf8') : ''
  }

  /** Everything below the folder but what this class itself writes, with size and time of change. */
  files(): string[] {
    const names = readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
    return names
      .filter((name) => !/^(said|send\.sh|tripped)/.test(name))
      .map((name) => `${name} ${statSync(this.#path(name)).mtimeMs} ${statSync(this.#path(name)).size}`)
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #send(lines: readonly Buffer[], head: string, command: string): Promise<Verdict[]> {
    const script = [
      Buffer.from(
        `cd ${this.#path('cwd')}\n${head} ${this.#shell} ${command} >../said/$1.out 2>../said/$1.err </dev/null; echo $?; }\n`,
      ),
      ...lines.flatMap((line, index) => [
        Buffer.from(`try ${index} '`),
        Buffer.from(line.toString('latin1').replaceAll("'", "'\\''"), 'latin1'),
        Buffer.from("'\n"),
      ]),
    ]
    writeFileSync(this.#path('send.sh'), Buffer.concat(script))
    const child = spawn('dash', [this.#path('send.sh')], {
      env: { PATH: process.env.PATH, HOME: this.#path('cwd') },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
    })
    await new Promise((resolve) => child.on('close', resolve))
    const statuses = said.split('\n').map(Number)
    return lines.map((line, index) => ({
      line,
      status: statuses[index] ?? -1,
      stdout: readFileSync(this.#path(`said/${index}.out`), 'latin1'),
      stderr: readFileSync(this.#path(`said/${index}.err`), 'latin1'),
    }))
  }

  #path(path: string): string {
    return join(this.folder, path)
  }

  #write(path: string, text: string): void {
    mkdirSync(dirname(this.#path(path)), { recursive: true })
    writeFileSync(this.#path(path), text, { mode: 0o644 })
  }
}

/** Says what is wrong with the answer to a hostile request; nothing if it was refused as it must be. */
export function fault({ line, status, stdout, stderr }: Verdict): string | undefined {
  const told = `${JSON.stringify(line.toString('latin1').slice(0, 200))}: status ${status}, stdout '${stdout.slice(0, 100)}', stderr '${stderr.slice(0, 100)}'`
  return status === 77 && stdout === '' && SENTENCES.includes(stderr) ? undefined : told
}

/** The verbs that this judge knows, and the options of each. */
export function knownVerbs(judge = remoteFile('lib/judge')): Map<string, string[]> {
  const groups = [...judge.matchAll(/^\t([a-z]+(?: \| [a-z]+)*)\) parts='(.*)' ;;$/gm)]
  return new Map(
    groups.flatMap(([, verbs = '', parts = '']) =>
      verbs.split(' | ').map((verb) => [verb, optionsOf(parts)] as const),
    ),
  )
}

function optionsOf(parts: string): string[] {
  return parts
    .split(' ')
    .map((part) => part.replace(/[?!]$/, ''))
    .flatMap((part) => (part === 'ref' ? ['branch', 'tag'] : part === 'flags' ? ['docs', 'colour'] : part))
}
