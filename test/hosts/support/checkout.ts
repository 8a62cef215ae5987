// The person's checkout of the repository that is on a lab's hosts, in the folder of the project.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from './lab.ts'

/** Git on a host, in the repository there. */
export const HOST_GIT = 'git --git-dir /srv/git/codebase.git -c user.name=t -c user.email=t@localhost'

/** Of a commit that is to have one id on all hosts. */
let seconds = 1_800_000_000

/** Pushes a commit without changes to a branch of all hosts' repositories. @returns its id */
export async function pushTo(
  lab: Lab,
  hosts: readonly string[],
  { subject, branch = 'master' }: { subject: string; branch?: string },
): Promise<string> {
  seconds += 1
  const date = `GIT_AUTHOR_DATE='@${seconds} +0000' GIT_COMMITTER_DATE='@${seconds} +0000'`
  const commit = `${date} ${HOST_GIT} commit-tree -p '${branch}' -m '${subject}' '${branch}^{tree}'`
  const script = `id=$(${commit}) && ${HOST_GIT} update-ref 'refs/heads/${branch}' "$id" && echo "$id"`
  const ids = new Set(await Promise.all(hosts.map((host) => lab.output(host, script))))
  const [id = ''] = ids
  if (ids.size !== 1) throw new Error(`the hosts have different commits: ${[...ids].join(' ')}`)
  return id
}

export class Checkout {
  readonly folder: string
  readonly #lab: Lab

  /** @param folder of the project, which becomes a checkout */
  constructor(lab: Lab, folder: string) {
    this.#lab = lab
    this.folder = folder
  }

  /** Clones what the first host has. */
  async make(host: string): Promise<void> {
    this.git('init', '-q', '-b', 'master')
    // the project's config and node_modules are not what a deploy is told of
    writeFileSync(join(this.folder, '.git/info/exclude'), '*\n')
    await this.fetch(host)
    this.git('checkout', '-q', '-b', 'master', 'origin/master')
  }

  async fetch(host: string): Promise<void> {
    const bundle = join(this.folder, '.git', 'host.bundle')
    const text = await this.#lab.output(host, `${HOST_GIT} bundle create -q - --all | base64`)
    writeFileSync(bundle, Buffer.from(text, 'base64'))
    this.git('fetch', '-q', bundle, '+refs/heads/*:refs/remotes/origin/*', '+refs/tags/*:refs/tags/*')
  }

  /** The id of what is checked out, as a header has it. */
  get head(): string {
    return this.git('rev-parse', '--short=7', 'HEAD')
  }

  git(...words: string[]): string {
    const options = { cwd: this.folder, encoding: 'utf8', stdio: 'pipe' } as const
    return execFileSync(
      'git',
      ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...words],
      options,
    ).trim()
  }
}
