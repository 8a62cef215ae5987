// A developer's project for the tests on real hosts: a deploy.config.ts in a folder of its own, and shipit run in it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkJsonLines } from '../../support/json-lines.ts'
import type { Lab, RunResult } from './lab.ts'

const ROOT = join(import.meta.dirname, '../../..')
const SHIPIT = join(ROOT, 'bin/shipit.js')

/** The tests are run over the program ssh: `npm run test:openssh`. */
export const isOverOpenssh = process.env.SHIPIT_TEST_TRANSPORT === 'openssh'

/** The recipe of the original script; `steps` come after it. */
export type ProjectOptions = {
  lab: Lab
  /** hosts of the environment `production` */
  hosts: readonly string[]
  user?: string
  /** in place of the lab's own known_hosts */
  knownHosts?: string
  connectTimeout?: number
  /** more of the environment's `ssh` */
  ssh?: Readonly<Record<string, unknown>>
  /** `codebase` by default */
  app?: string
  /** lines of the config: who runs the app, and whether another app may run as that account */
  account?: string
  sharedAccount?: boolean
  steps?: string
  allow?: string
  /** more of the environment `production`, and more environments, as lines of the config: SSH stands for how production is reached */
  production?: string
  environments?: string
}

export const ORIGINAL_STEPS = `
    git(),
    rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
    restorecon('/var/codebase/src/webcode.py', { type: 'httpd_sys_script_exec_t' }),
    root(['/usr/sbin/apachectl', 'restart']),
    make('html', { in: 'doc', out: '_build/html', as: 'build', when: 'docs' }),
    rsync({ from: 'doc/_build/html/', to: '/var/codebase/doc/', delete: true, when: 'docs' }),
`

export class Project {
  readonly folder: string
  /** shipit itself, for Node to run */
  readonly program = SHIPIT
  readonly #lab: Lab
  #script: string | undefined

  constructor({
    lab,
    hosts,
    user = 'alice',
    knownHosts,
    connectTimeout = 60,
    ssh: more = {},
    app = 'codebase',
    account,
    sharedAccount,
    steps = ORIGINAL_STEPS,
    allow,
    production = '',
    environments = '',
  }: ProjectOptions) {
    this.#lab = lab
    this.folder = mkdtempSync(join(tmpdir(), 'shipit-project-'))
    mkdirSync(join(this.folder, 'node_modules/@deploybot'), { recursive: true })
    symlinkSync(ROOT, join(this.folder, 'node_modules/@deploybot/shipit'))
    const ssh = {
      user,
      identityFile: lab.key('alice'),
      knownHostsFile: knownHosts ?? lab.knownHosts,
      connectTimeout,
      ...(isOverOpenssh ? { transport: 'openssh' } : {}),
      ...more,
    }
    if (user === 'bob') ssh.identityFile = lab.key('bob')
    writeFileSync(
      join(this.folder, 'deploy.config.ts'),
      `import { check, command, defineConfig, git, make, releases, restorecon, root, rsync, service, shell } from '@deploybot/shipit'
void [check, command, git, make, releases, restorecon, root, rsync, service, shell]

export default defineConfig({
  app: ${JSON.stringify(app)},
  ${account ? `account: ${JSON.stringify(account)},` : ''}
  ${sharedAccount ? 'sharedAccount: true,' : ''}
  repository: '/srv/git/codebase.git',
  environments: {
    production: { default: true, hosts: ${JSON.stringify(hosts)}, ssh: ${JSON.stringify(ssh)}, ${production} },
    ${environments.replaceAll('SSH', JSON.stringify(ssh))}
  },
  flags: { docs: { char: 'd', summary: 'build and publish the docs' } },
  ${allow ? `allow: ${allow},` : ''}
  steps: [${steps}],
})
`,
    )
  }

  /** Runs shipit in the project, as a person whose network is the hosts'. */
  async shipit(...args: string[]): Promise<RunResult> {
    const result = await this.#lab.ctl([process.execPath, SHIPIT, ...args], { cwd: this.folder })
    // whatever a test asks, what it gets is what the schema has
    if (args.includes('--json')) checkJsonLines(result.stdout)
    return result
  }

  /** Starts shipit without waiting for it. */
  spawn(...args: string[]) {
    return this.spawnWith({}, ...args)
  }

  /** Starts shipit with other streams, or other variables. */
  spawnWith(options: Parameters<Lab['spawnCtl']>[1], ...args: string[]) {
    return this.#lab.spawnCtl([process.execPath, SHIPIT, ...args], { cwd: this.folder, ...options })
  }

  /** The script that `shipit install` prints; once it is printed, the config stays as it is. */
  installScript(): string {
    this.#script ??= this.#render()
    return this.#script
  }

  #render(): string {
    const made = spawnSync(process.execPath, [SHIPIT, 'install', 'production', '--one-file'], {
      cwd: this.folder,
      encoding: 'utf8',
    })
    if (made.status !== 0) throw new Error(made.stderr)
    return made.stdout
  }

  /** Root runs the printed script on a host. */
  async install(host: string): Promise<string> {
    return this.#lab.output(host, ['sh', '-s'], { input: this.installScript() })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
