// For the tests of the install script: scripts of any config, and a host's files compared with what they were before.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import type { Config } from '../../../src/config/define-config.ts'
import {
  renderInstallScript,
  renderUninstallScript,
  withInstaller,
  withoutInstaller,
} from '../../../src/install/install-script.ts'
import { git, make, root, rsync } from '../../../src/recipe/steps.ts'
import { remote } from '../../recipe/support/run-shell.ts'
import type { Lab, RunResult } from './lab.ts'

/** What an install may touch. */
const FOLDERS = ['etc', 'usr/local', 'usr/libexec', 'var', 'home', 'root', 'srv', 'tmp']
/** Copies that useradd and its like keep, their lock, and what the system writes by itself. */
const NOT_OURS =
  /^(?:etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-|etc\/\.pwd\.lock|var\/(?:log|cache|lab-ballast)(?:\/.*)?|root\/install\.sh|root\/shipit-[^/]+-installer\.sh|usr\/real(?:\/.*)?)$/

/** The config of the story, changed in some keys. */
export function someConfig(changes: Partial<Config> = {}): Config {
  return {
    app: 'codebase',
    repository: '/srv/git/codebase.git',
    environments: { production: { hosts: ['web1'] } },
    flags: { docs: { char: 'd', summary: 'build the docs' } },
    steps: [
      git(),
      rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
      root(['/usr/sbin/apachectl', 'restart']),
      make('html', { in: 'doc', out: '_build/html', as: 'build', when: 'docs' }),
    ],
    ...changes,
  }
}

export function installScript(config: Config, version = '0.1.0'): string {
  const { recipe, access } = checkConfig('/project/deploy.config.ts', config)
  return withInstaller(renderInstallScript(recipe, remote, version, access))
}

/** The script without the installer, which the host has. */
export function scriptAlone(config: Config, version = '0.1.0'): string {
  const { recipe, access } = checkConfig('/project/deploy.config.ts', config)
  return withoutInstaller(renderInstallScript(recipe, remote, version, access))
}

export function uninstallScript(app: string, purge = false): string {
  return withInstaller(renderUninstallScript(app, remote, '0.1.0', { purge }))
}

export type Snapshot = ReadonlyMap<string, string>

/** One host, as root has it. */
export class InstalledHost {
  readonly #lab: Lab
  readonly name: string
  /** of files, by what changes with their content (inode(7)) */
  readonly #sums = new Map<string, string>()

  constructor(lab: Lab, name: string) {
    this.#lab = lab
    this.name = name
  }

  sh(script: string): Promise<string> {
    return this.#lab.output(this.name, script)
  }

  async write(path: string, text: string): Promise<void> {
    await this.#lab.output(this.name, ['/bin/sh', '-c', `cat >${path}`], { input: text })
  }

  /** Runs a script as root, as the administrator does. */
  async run(script: string, ...words: string[]): Promise<RunResult> {
    await this.write('/root/install.sh', script)
    return this.#lab.exec(this.name, ['/bin/sh', '/root/install.sh', ...words])
  }

  /** Runs a script in a process group of its own, which it may be killed with. */
  async runAlone(script: string, ...words: string[]): Promise<RunResult> {
    await this.write('/root/install.sh', script)
    return this.#lab.exec(this.name, ['setsid', '-w', '/bin/sh', '/root/install.sh', ...words])
  }

  /** Runs a script that must succeed, and returns what it said. */
  async does(script: string, ...words: string[]): Promise<string> {
    const result = await this.run(script, ...words)
    assert.equal(result.status, 0, `${words.join(' ')}\n${result.stdout}${result.stderr}`)
    return result.stdout
  }

  /** Deletes the accounts and groups that uninstalls have kept: a host has numbers for some hundred. */
  async deleteKept(): Promise<void> {
    await this.sh(`sed -n 's/^\\(shipit-[0-9]*\\):.*/\\1/p' /etc/passwd | xargs -r -n 1 userdel
      sed -n 's/^\\(shipit-[0-9]*\\):.*/\\1/p' /etc/group | xargs -r -n 1 groupdel`)
  }

  /** Every file: type, mode, owner by name (each install gives new numbers), content. With `times` its times and inode, too. */
  async snapshot({ times = false } = {}): Promise<Snapshot> {
    const top = await this.#lab.path(this.name)
    const found = new Map<string, string>()
    const names = (file: string) =>
      new Map(
        readFileSync(join(top, 'etc', file), 'utf8')
          .split('\n')
          .map((line) => line.split(':'))
          .map(([name = '', , number = '']) => [BigInt(number || -1), name] as const)
          // of a number's names the first
          .reverse(),
      )
    const [users, groups] = [names('passwd'), names('group')]
    const visit = (path: string) => {
      if (NOT_OURS.test(path)) return
      const whole = join(top, path)
      const stat = lstatSync(whole, { bigint: true, throwIfNoEntry: false })
      if (!stat) return
      const facts = [stat.mode.toString(8), users.get(stat.uid) ?? stat.uid, groups.get(stat.gid) ?? stat.gid]
      if (stat.isSymbolicLink()) facts.push(readlinkSync(whole))
      if (stat.isFile()) {
        const state = [path, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ')
        const sum = this.#sums.get(state) ?? createHash('sha256').update(readFileSync(whole)).digest('hex')
        this.#sums.set(state, sum)
        facts.push(sum)
      }
      // a folder's times change with its files'
      if (times && path !== 'tmp') facts.push(stat.ino, stat.mtimeNs, stat.ctimeNs)
      found.set(path, facts.join(' '))
      if (stat.isDirectory()) for (const name of readdirSync(whole)) visit(`${path}/${name}`)
    }
    for (const folder of FOLDERS) visit(folder)
    return found
  }

  /** Puts programs in the place of the host's own, which they find in /usr/real; `undo` ends it. */
  async replace(names: readonly string[], text: string): Promise<{ undo: () => Promise<void> }> {
    const list = names.join(' ')
    const swap = `mkdir -p /usr/real; for name in ${list}; do
      path=$(command -v "$name") && cp -a "$path" "/usr/real/$name" && cp -a "$path" "$path.kept" && cat >"$path.stub" <<'END_OF_STUB'
${text}
END_OF_STUB
      chmod 755 "$path.stub" && /usr/real/mv "$path.stub" "$path" 2>/dev/null || mv "$path.stub" "$path"
    done`
    await this.sh(swap)
    return {
      undo: async () =>
        void (await this.sh(
          `export PATH=/usr/real:$PATH; for name in ${list}; do path=$(PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v "$name") && mv -f "$path.kept" "$path"; done; /bin/busybox rm -rf /usr/real`,
        )),
    }
  }
}

/** Says what differs between two snapshots; nothing if they are equal. */
export function difference(before: Snapshot, after: Snapshot): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort()
  return paths
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path}: ${before.get(path) ?? 'not there'} -> ${after.get(path) ?? 'not there'}`)
}

/** What stays of an app by an uninstall: accounts and groups, locked. */
const KEPT = /^etc\/(?:passwd|shadow|group|gshadow): /

/** Says what differs but for that. */
export function differenceBeyondKept(before: Snapshot, after: Snapshot): string[] {
  return difference(before, after).filter((line) => !KEPT.test(line))
}

/** A public key that nobody has the other half of: RFC 8709's form, with random bytes. */
export function madeUpKey(name: string): string {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes])
  const key = Buffer.concat([field(Buffer.from('ssh-ed25519')), field(randomBytes(32))])
  return `ssh-ed25519 ${key.toString('base64')} ${name}`
}

/** A request that anybody of any policy may make. */
export const HELLO = `hello --session ${'a'.repeat(32)}`
/** A person's public key in the lab, without its comment. */
export const publicKey = (lab: Lab, person: 'alice' | 'bob' | 'admin') =>
  readFileSync(`${lab.key(person)}.pub`, 'utf8')
    .trim()
    .split(' ')
    .slice(0, 2)
    .join(' ')

/** Logs in by one key alone, which may be another person's in the lab. */
export function sshBy(
  lab: Lab,
  person: 'alice' | 'bob' | 'admin',
  target: string,
  command: string,
  ...options: string[]
) {
  const settings = [
    `IdentityFile=${lab.key(person)}`,
    `UserKnownHostsFile=${lab.knownHosts}`,
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'ConnectTimeout=2',
  ].flatMap((setting) => ['-o', setting])
  return lab.ctl(['ssh', '-F', '/dev/null', ...settings, ...options, '--', target, command])
}
