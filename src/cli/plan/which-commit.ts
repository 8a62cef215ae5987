// The commit that another environment has: for --from, and where the config lets an environment come after another one.
import type { CheckedConfig, CheckedEnvironment } from '../../config/checked-config.ts'
import { defined } from '../../defined.ts'
import { RefusedError, ShipitError, UsageError } from '../../errors.ts'
import { findLive } from '../../operations/ask/find-live.ts'
import { say } from '../../ui/output/print-lines.ts'
import { nameCommand } from '../../words/command.ts'
import { shortCommit } from '../../words/ref.ts'
import { chooseEnvironment } from '../choose-hosts.ts'
import { type Package, reachHosts } from '../reach-hosts.ts'

/** The commit that a deploy must be of, and the environment that has it. */
export type Required = { commit: string; after: string }

type Asked = {
  config: CheckedConfig
  environment: CheckedEnvironment
  flags: { commit?: string | undefined; from?: string | undefined }
}

/**
 * Asks the hosts of the environments that decide on the commit, if any do.
 * @returns the commit that a command line names, or that is live in the environment that it names; and what it must be, or why that
 *   is not known
 * @throws UsageError, RefusedError, ConnectionError
 */
export async function whichCommit(
  { config, environment, flags }: Asked,
  shipit: Package,
): Promise<{ commit?: string; required?: Required; unknown?: ShipitError }> {
  const { from } = flags
  const after = environment.kind === 'hosts' ? environment.after : undefined
  const commit =
    from === undefined ? flags.commit : await commitFrom(config, { from, to: environment }, shipit)
  if (after === undefined) return defined({ commit })
  try {
    const live = after === from && commit !== undefined ? commit : await liveIn(config, after, shipit)
    return { ...defined({ commit }), required: { commit: live, after } }
  } catch (error) {
    if (!(error instanceof ShipitError)) throw error
    return { ...defined({ commit }), unknown: error }
  }
}

/** Says why a deploy of a commit can't be, and the ways out; nothing if it is the one that it must be. */
export function explainOther(
  commit: string,
  { commit: live, after }: Required,
  environment: string,
): RefusedError | undefined {
  if (commit === live) return undefined
  const why = `cannot deploy commit ${shortCommit(commit)} to ${environment}, which takes only what is live in ${after}`
  return new RefusedError(`${why}: ${shortCommit(live)}`, {
    suggestions: [
      `Deploy it there first: ${nameCommand(`deploy --commit ${shortCommit(commit)}`, after)}`,
      `Deploy what is live there: ${nameCommand(`deploy --from ${after}`, environment)}`,
    ],
  })
}

async function commitFrom(
  config: CheckedConfig,
  { from, to }: { from: string; to: CheckedEnvironment },
  shipit: Package,
): Promise<string> {
  const { name, kind } = chooseEnvironment(config, from)
  if (kind === 'sandbox')
    throw new UsageError(`--from must name an environment with hosts: '${name}' is the sandbox`)
  if (name === to.name)
    throw new UsageError('--from must name a different environment from the one you deploy to')
  const commit = await liveIn(config, name, shipit)
  say(`commit ${commit}, which is live in ${name}`)
  return commit
}

async function liveIn(config: CheckedConfig, name: string, shipit: Package): Promise<string> {
  const environment = chooseEnvironment(config, name)
  const reach = await reachHosts({ config, environment }, shipit)
  try {
    return await findLive(reach.targets, { app: config.recipe.app, environment: name })
  } finally {
    reach.close()
  }
}
