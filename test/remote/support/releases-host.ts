// A host with a recipe of releases, and a look at them.
import { readdirSync } from 'node:fs'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, releases, shell, type WrittenSteps } from '../../../src/recipe/steps.ts'
import { type Answer, RenderedHost } from './rendered-host.ts'

export const ROOT = '/var/app'
/** Counts in a file how often it ran. */
export const BUILD = shell('echo build >>"$HOME/../../../builds"; echo "built $(cat version)" >built', {
  name: 'build',
  phase: 'prepare',
})

export class ReleasesHost extends RenderedHost {
  constructor(
    shellName: string,
    steps: WrittenSteps = [git(), BUILD, releases({ root: ROOT, keep: 3 })],
    before: Record<string, string> = {},
  ) {
    super({ shell: shellName, steps, before })
  }

  /** Deploys a commit of its own. */
  async version(version: string, files: Record<string, string> = {}): Promise<Answer> {
    this.commit('master', { version, ...files })
    return this.deploy()
  }

  rollback(words = ''): Promise<Answer> {
    return this.ask(`rollback --run ${makeRunId()} --app codebase${words}`)
  }

  get live(): string {
    return this.read(`${ROOT}/current/version`)
  }

  get names(): string[] {
    return readdirSync(this.path(`${ROOT}/releases`)).sort()
  }

  /** The version of each release. */
  get versions(): string[] {
    return this.names.map((name) => this.read(`${ROOT}/releases/${name}/version`)).sort()
  }

  get builds(): number {
    return this.read('/var/lib/shipit/apps/builds').split('\n').length - 1
  }
}
