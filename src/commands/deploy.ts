import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Command, Flags } from '@oclif/core'
import type { CheckedConfig, CheckedEnvironment } from '../config/check-config.ts'
import { loadConfig } from '../config/load-config.ts'
import { UsageError } from '../errors.ts'
import { deploy } from '../operations/deploy.ts'
import { joinErrors } from '../operations/join-errors.ts'
import { isRefName } from '../protocol/grammar.ts'
import { type DeployRequest, makeRunId, type Ref } from '../protocol/request.ts'
import { planSteps } from '../recipe/plan.ts'
import { digestRecipe } from '../recipe/recipe.ts'
import { chooseFace } from '../ui/face.ts'
import { askYes, canAsk } from '../ui/prompt.ts'
import { chooseEnvironment } from './choose-hosts.ts'
import { configFlag, environmentArg, hostFlag, jsonFlag } from './command-flags.ts'
import { QuietStart } from './quiet-start.ts'
import { reachHosts } from './reach-hosts.ts'
import { askedFlags, configOption, renderFlags } from './recipe-flags.ts'
import { untilSignal } from './until-signal.ts'

export default class Deploy extends Command {
  static override summary = 'Deploy a branch or a tag to the hosts of an environment.'

  static override description =
    'Each host runs the steps of the recipe that is installed on it. A run belongs to its host: ' +
    "a lost connection does not end it, and 'shipit status' tells how it went."

  static override examples = [
    {
      description: 'Deploy the default branch to the default environment',
      command: '<%= config.bin %> deploy',
    },
    {
      description: 'Deploy a branch to production',
      command: '<%= config.bin %> deploy production --branch my-branch',
    },
    {
      description: 'Deploy a tag to one host',
      command: '<%= config.bin %> deploy production --tag v1.2.0 --host web1.example.com',
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    branch: Flags.string({
      char: 'b',
      summary: 'the branch to deploy',
      helpValue: 'NAME',
      exclusive: ['tag'],
    }),
    tag: Flags.string({ char: 't', summary: 'the tag to deploy', helpValue: 'NAME', exclusive: ['branch'] }),
    host: hostFlag,
    yes: Flags.boolean({ char: 'y', summary: 'do not ask, where the environment says confirm' }),
    config: configFlag,
    json: jsonFlag,
  }

  async run(): Promise<void> {
    const config = await loadConfig(process.cwd(), configOption(this.argv))
    const declared = renderFlags(config.recipe.flags)
    const { args, flags } = await this.parse({ args: Deploy.args, flags: { ...Deploy.flags, ...declared } })
    const environment = chooseEnvironment(config, args.environment)
    const request = makeRequest(config, environment, flags)
    const steps = planSteps(config.recipe, request.flags, environment.kind === 'sandbox' ? 'sandbox' : 'host')
    for (const warning of config.warnings) process.stderr.write(`warning: ${warning}\n`)
    await confirm(environment, request.ref, flags.yes)

    const start = new QuietStart(() =>
      chooseFace({
        stdout: process.stdout,
        stderr: process.stderr,
        env: process.env,
        app: request.app,
        environment: environment.name,
        ref: request.ref,
        steps,
        hosts: reach.targets.map(({ host }) => host),
        ...(flags.json ? { format: 'json' } : {}),
      }),
    )
    const reach = await reachHosts(
      {
        config,
        environment,
        hosts: flags.host,
        steps,
        ...(canAsk() ? { askPassphrase: start.askSecret } : {}),
      },
      { root: this.config.root, version: this.config.version },
    )
    const leaving = new AbortController()
    const outcomes = await untilSignal(
      deploy(reach.targets, { request, steps }, start.show, { signal: leaving.signal }),
      async (signal) => {
        leaving.abort()
        await start.end([])
        const where = reach.targets.length === 1 ? 'the host' : 'the hosts'
        process.stderr.write(
          `${signal}: shipit left; run ${request.run} goes on on ${where}. See: shipit status\n`,
        )
      },
    )
    reach.close()
    if (!outcomes) this.exit(130)
    await start.end(outcomes)
    const error = joinErrors(outcomes)
    if (!error && reach.sandbox && !flags.json) process.stdout.write(deployedSite(config, reach.sandbox))
    this.exit(error?.exitCode ?? 0)
  }
}

type AskedFor = { branch?: string | undefined; tag?: string | undefined; [flag: string]: unknown }

function makeRequest(config: CheckedConfig, environment: CheckedEnvironment, flags: AskedFor): DeployRequest {
  const { recipe } = config
  const kind = flags.tag === undefined ? 'branch' : 'tag'
  const name = flags.tag ?? flags.branch ?? environment.branch
  if (!isRefName(name)) {
    throw new UsageError(`'${name}' is no name that a ${kind} may have here`, {
      suggestions: ['Letters, digits and . _ / + @ , # = - may be in it; push the commit under such a name.'],
    })
  }
  return {
    verb: 'deploy',
    run: makeRunId(),
    app: recipe.app,
    ref: { kind, name },
    flags: askedFlags(recipe.flags, flags),
    digest: digestRecipe(recipe),
  }
}

async function confirm(environment: CheckedEnvironment, ref: Ref, yes: boolean): Promise<void> {
  if (environment.kind === 'sandbox' || !environment.confirm || yes) return
  const what = `${ref.kind} '${ref.name}' to ${environment.name}`
  if (!canAsk()) throw new UsageError(`${environment.name} wants a yes before ${what}: give --yes`)
  if (!(await askYes(`Deploy ${what}?`))) throw new UsageError('not deployed: you did not say yes')
}

/** Where a newcomer can look at what the sandbox deployed. */
function deployedSite(config: CheckedConfig, sandbox: string): string {
  const folders = config.recipe.steps.flatMap((step) =>
    step.kind === 'rsync' ? [join(sandbox, step.to)] : [],
  )
  const [folder = sandbox] = folders
  const pages = folders.map((each) => join(each, 'index.html')).filter((page) => existsSync(page))
  const lines = pages.length > 0 ? pages.map((page) => pathToFileURL(page).href) : [folder]
  return `look at it: ${lines.join('\n            ')}\n`
}
