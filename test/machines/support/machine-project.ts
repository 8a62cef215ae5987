// A developer's project whose one host is a whole machine, and the administrator's script for it.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ORIGINAL_STEPS } from '../../hosts/support/project.ts'
import { bin, root } from '../../run-node.ts'
import { type Machine, type Ran, runProgram } from './machine.ts'

/** A program that SELinux gives a domain of its own: what it prints must arrive as well. */
const MORE_STEPS = `
    root(['/usr/sbin/restorecon', '-vn', '/srv/wrong-label'], { name: 'label by root' }),
    service('shop', 'reload'),
`

export class MachineProject {
  readonly folder: string
  readonly #machine: Machine

  constructor(machine: Machine) {
    this.#machine = machine
    this.folder = mkdtempSync(join(tmpdir(), 'shipit-machine-project-'))
    mkdirSync(join(this.folder, 'node_modules/@deploybot'), { recursive: true })
    symlinkSync(root, join(this.folder, 'node_modules/@deploybot/shipit'))
    const ssh = join(this.folder, 'ssh')
    writeFileSync(ssh, `#!/bin/sh\nexec /usr/bin/ssh -F ${machine.sshConfig} "$@"\n`, { mode: 0o755 })
  }

  /**
   * Writes the config: `production` is reached as carol, whom it names with a key, `team` as alice, who is in the group.
   * @param steps more of them, as lines of the config
   */
  write({
    people,
    steps = '',
  }: {
    people: Readonly<Record<string, readonly string[]>>
    steps?: string
  }): void {
    const { name, port, keys, hostKey } = this.#machine
    const reach = (user: string) => ({
      hosts: [{ name, address: '127.0.0.1', port }],
      // each replaces what the other deployed, and that is meant
      confirm: false,
      ssh: { user, identityFile: join(keys, user), hostKeys: [hostKey], connectTimeout: 60 },
    })
    writeFileSync(
      join(this.folder, 'deploy.config.ts'),
      `import { defineConfig, git, make, restorecon, root, rsync, service } from '@deploybot/shipit'

export default defineConfig({
  app: 'codebase',
  repository: '/srv/git/codebase.git',
  environments: { production: ${JSON.stringify(reach('carol'))}, team: ${JSON.stringify(reach('alice'))} },
  flags: { docs: { char: 'd', summary: 'build and publish the docs' } },
  people: ${JSON.stringify(people)},
  steps: [${ORIGINAL_STEPS}${MORE_STEPS}${steps}],
})
`,
    )
  }

  /** Runs shipit, whose own ssh reaches the machine by its name. */
  shipit(...words: string[]): Promise<Ran> {
    const env = { PATH: `${this.folder}:${process.env.PATH}` }
    return runProgram(process.execPath, [bin, ...words], { cwd: this.folder, env })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
