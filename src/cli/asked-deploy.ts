// What a command line asks to deploy: for deploy, and for plan.
import { dirname } from 'node:path'
import { Flags } from '@oclif/core'
import type { CheckedConfig, CheckedEnvironment } from '../config/checked-config.ts'
import { defined } from '../defined.ts'
import { UsageError } from '../errors.ts'
import { isRefName } from '../protocol/grammar.ts'
import { type DeployRequest, makeRunId, type Ref } from '../protocol/request.ts'
import { digestRecipe } from '../recipe/recipe.ts'
import { say } from '../ui/output/print-lines.ts'
import { whyNoRef } from '../words/ref.ts'
import { commitOfCi, findCommit } from './checkout/choose-commit.ts'
import { claimOfCi } from './ci/claim-of-ci.ts'
import { askedFlags } from './recipe-flags.ts'

/** The flags that say which commit. */
export const whichFlags = {
  branch: Flags.string({
    char: 'b',
    summary: 'branch to deploy',
    helpValue: 'NAME',
    exclusive: ['tag'],
  }),
  tag: Flags.string({ char: 't', summary: 'tag to deploy', helpValue: 'NAME', exclusive: ['branch'] }),
  commit: Flags.string({
    summary: 'commit on that branch or tag: its id, or how it begins; in CI, the one that CI checked out',
    helpValue: 'SHA',
    exclusive: ['from'],
  }),
  from: Flags.string({
    summary: 'deploy the commit that is live on all hosts of that environment',
    helpValue: 'ENVIRONMENT',
    exclusive: ['commit'],
  }),
}

/** What --changed asks for. @throws UsageError if the config does not say */
export function pathsOf({ recipe, paths }: CheckedConfig): readonly string[] {
  if (paths.length > 0) return paths
  throw new UsageError(`--changed needs to know which folders of the repository belong to '${recipe.app}'`, {
    suggestions: ["Name them in the config: paths: ['apps/web/']"],
  })
}

type AskedFor = {
  branch?: string | undefined
  tag?: string | undefined
  commit?: string | undefined
  back?: boolean | undefined
  [flag: string]: unknown
}

/** The branch or tag that a command line asks to deploy. @throws UsageError for what is no name of one */
export function askedRef(environment: CheckedEnvironment, flags: AskedFor): Ref {
  const kind = flags.tag === undefined ? 'branch' : 'tag'
  const name = flags.tag ?? flags.branch ?? environment.branch
  if (isRefName(name)) return { kind, name }
  const { message, suggestion } = whyNoRef({ kind, name })
  throw new UsageError(message, { suggestions: [suggestion] })
}

/** Makes the request of what a command line asks to deploy. @throws UsageError */
export async function askedDeploy(
  config: CheckedConfig,
  environment: CheckedEnvironment,
  flags: AskedFor,
): Promise<DeployRequest> {
  const { recipe } = config
  const ref = askedRef(environment, flags)
  return {
    verb: 'deploy',
    run: makeRunId(),
    app: recipe.app,
    ref,
    ...defined({ commit: await chooseCommit(config, environment, { ref, asked: flags.commit }) }),
    // a rehearsal may be of any commit, whatever was rehearsed before
    ...(flags.back || isRehearsal(environment) ? { back: true } : {}),
    flags: askedFlags(recipe.flags, flags),
    digest: digestRecipe(recipe),
    ...defined({ claimed: claimOfCi(process.env) }),
  }
}

function isRehearsal(environment: CheckedEnvironment): boolean {
  return environment.kind === 'sandbox' && environment.origin !== undefined && environment.origin !== 'demo'
}

/** The commit that a person named, else the one that this CI job has checked out; without one, each host takes the newest. */
async function chooseCommit(
  config: CheckedConfig,
  environment: CheckedEnvironment,
  { ref, asked }: { ref: Ref; asked: string | undefined },
): Promise<string | undefined> {
  if (asked !== undefined) return findCommit(dirname(config.file), asked)
  const commit = environment.kind === 'sandbox' ? undefined : commitOfCi(ref, process.env)
  if (commit) say(`commit ${commit}, which this CI job has checked out`)
  return commit
}
