// `npm run first-day`: a newcomer's path, as they would type it: install the package, init, rehearse in the sandbox, install on a host,
// deploy, ship a mistake, roll back, and a job of CI. Prints each screen with its time; ends with 1 if a step does not end as it must,
// or all take longer than 3 minutes. Root boots the host. npm and git are this machine's own, and Node too, however old it is.
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { Lab, type RunResult, whyNot } from '../hosts/support/lab.ts'
import { GITHUB } from '../support/ci-variables.ts'

const ROOT = join(import.meta.dirname, '../..')
const LIMIT_SECONDS = 180
const STEP_LIMIT_MS = 120_000
const MOST_CONFIG_LINES = 25

type Wanted = { exit?: number; says: RegExp; env?: Readonly<Record<string, string>> }

class Newcomer {
  readonly #lab: Lab
  readonly folder: string
  seconds = 0
  readonly #env: Readonly<Record<string, string | undefined>>

  /** @param programs the folder of programs that are the person's own */
  constructor(lab: Lab, folder: string, programs: string) {
    this.#lab = lab
    this.folder = folder
    // not the Node that runs this
    const others = (process.env.PATH ?? '').split(delimiter).filter((each) => !each.includes('node_modules'))
    this.#env = { ...process.env, PATH: [programs, ...others].join(delimiter) }
  }

  /** Types a command, in the network of the hosts. @throws when it ends in another way than it must */
  async type(line: string, { exit = 0, says, env = {} }: Wanted): Promise<void> {
    const began = performance.now()
    const ran = await this.#lab.ctl(['/bin/sh', '-c', `exec 2>&1; ${line}`], {
      cwd: this.folder,
      env: { ...this.#env, ...env },
      timeoutMs: STEP_LIMIT_MS,
    })
    this.#tell(line, ran, (performance.now() - began) / 1000)
    if (ran.status !== exit) throw new Error(`'${line}' ended with ${ran.status}, not with ${exit}`)
    if (!says.test(ran.stdout)) throw new Error(`'${line}' did not say ${says}`)
  }

  /** Types a command that needs the registry of packages, which the hosts' network has no way to. */
  outside(line: string): void {
    const began = performance.now()
    const stdout = execFileSync('/bin/sh', ['-c', `exec 2>&1; ${line}`], {
      cwd: this.folder,
      env: this.#env,
      encoding: 'utf8',
      timeout: STEP_LIMIT_MS,
    })
    this.#tell(line, { stdout }, (performance.now() - began) / 1000)
  }

  #tell(line: string, { stdout }: Pick<RunResult, 'stdout'>, seconds: number): void {
    this.seconds += seconds
    process.stdout.write(`\n$ ${line}    # ${seconds.toFixed(1)} s\n${stdout.trimEnd()}\n`)
  }
}

/** A clone of the company's repository, with the deploy script that they have had so far. */
async function makeProject(lab: Lab, folder: string): Promise<void> {
  const origin = join(await lab.path('web1'), 'srv/git/codebase.git')
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'safe.directory=*', ...words], { cwd: folder, stdio: 'ignore' })
  git('clone', '-q', origin, '.')
  git('remote', 'set-url', 'origin', '/srv/git/codebase.git')
  git('remote', 'set-url', '--push', 'origin', 'ssh://alice@web1/srv/git/codebase.git')
  git('config', 'user.name', 'Alice')
  git('config', 'user.email', 'alice@example.org')
  copyFileSync(join(ROOT, 'test/hosts/lab/original.sh'), join(folder, 'deploy.sh'))
  // builds in the sandbox as well, without Sphinx
  writeFileSync(
    join(folder, 'doc/Makefile'),
    'html:\n\tmkdir -p _build/html\n\tcp index.rst _build/html/index.html\n',
  )
  writeFileSync(join(folder, '.gitignore'), 'node_modules/\n.shipit/\n')
}

/**
 * The keys that a developer has before they hear of shipit, and a known host.
 * @returns the folder of an `ssh` that looks for them there: it reads the home of passwd(5), whatever HOME is
 */
function makeHome(lab: Lab): string {
  const ssh = join(lab.home, '.ssh')
  const config = join(ssh, 'config')
  const lines = [
    `IdentityFile ${lab.key('alice')}`,
    `UserKnownHostsFile ${lab.knownHosts}`,
    'Match user admin',
    `IdentityFile ${lab.key('admin')}`,
  ]
  writeFileSync(config, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 })
  const programs = join(lab.home, 'bin')
  mkdirSync(programs)
  writeFileSync(join(programs, 'ssh'), `#!/bin/sh\nexec /usr/bin/ssh -F '${config}' "$@"\n`, { mode: 0o755 })
  return programs
}

async function walk(lab: Lab, folder: string): Promise<number> {
  const person = new Newcomer(lab, folder, makeHome(lab))
  const ship = (message: string) =>
    person.type(`git add -A && git commit -qm '${message}' && git push -q`, {
      says: /^$/,
    })
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim()
  person.outside(`npm install --silent --save-dev ./${packed} node@24 && npx shipit --version`)
  await person.type('npx shipit init --yes --host web1 --user alice', { says: /deploy\.config\.ts/ })
  const lines = readFileSync(join(folder, 'deploy.config.ts'), 'utf8').trimEnd().split('\n').length
  if (lines > MOST_CONFIG_LINES) throw new Error(`the config has ${lines} lines`)
  await person.type('cat deploy.config.ts', { says: /defineConfig/ })
  rmSync(join(folder, packed))
  await ship('deploy by shipit')
  await person.type('npx shipit deploy sandbox', { says: /is live/ })
  await person.type('npx shipit install production --to admin@web1 --yes', { says: /done/ })
  await person.type('npx shipit doctor production', { says: /ok/ })
  await person.type('npx shipit plan production', { says: /nothing yet/ })
  await person.type('npx shipit deploy production', { says: /is live/ })

  appendFileSync(join(folder, 'doc/index.rst'), '\nEverything is broken today.\n')
  await ship('a mistake')
  await person.type('npx shipit deploy production', { says: /a mistake[\s\S]*is live/ })
  await person.type('npx shipit rollback production --yes', { says: /back|live/ })
  const page = await lab.output('web1', 'cat /var/codebase/doc/index.html')
  if (page.includes('broken today')) throw new Error('the mistake is still live')
  await person.type('npx shipit history production', { says: /back to/ })

  writeFileSync(join(folder, 'doc/Makefile'), 'html:\n\t@echo "no rule for today"; exit 3\n')
  await ship('a build that fails')
  await person.type('npx shipit deploy production', { exit: 1, says: /no rule for today/ })
  await person.type('git revert -n HEAD HEAD~1', { says: /^$/ })
  await ship('as it was')
  const sha = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: folder, encoding: 'utf8' }).trim()
  await person.type('npx shipit deploy production', {
    says: /::group::[\s\S]*is live/,
    env: {
      ...GITHUB,
      GITHUB_SHA: sha,
      GITHUB_REF: 'refs/heads/master',
      GITHUB_REF_NAME: 'master',
      GITHUB_WORKSPACE: folder,
      GITHUB_STEP_SUMMARY: join(folder, 'node_modules/summary.md'),
    },
  })
  await person.type('cat node_modules/summary.md', { says: /web1/ })
  return person.seconds
}

async function main(): Promise<void> {
  const reason = whyNot()
  if (reason !== undefined) throw new Error(reason)
  const folder = mkdtempSync(join(tmpdir(), 'shipit-first-day-'))
  const lab = await Lab.start({ hosts: 1 })
  try {
    await lab.scenario('web1')
    await makeProject(lab, folder)
    const seconds = await walk(lab, folder)
    process.stdout.write(`\n${seconds.toFixed(0)} s in all, of at most ${LIMIT_SECONDS}\n`)
    if (seconds > LIMIT_SECONDS) process.exitCode = 1
  } finally {
    await lab.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()
