// What the sandbox deploys: in a user's project the commits of the checkout, so that a recipe can be tried before root is asked.
import { realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CheckedConfig, CheckedEnvironment } from '../../config/checked-config.ts'
import { ConfigError, UsageError } from '../../errors.ts'
import { DETACHED } from '../../sandbox/origin.ts'
import { say } from '../../ui/output/print-lines.ts'
import { nameCommand } from '../../words/command.ts'
import { needCheckout } from '../checkout/ask-checkout.ts'
import { STATUS, uncommittedWords } from '../checkout/uncommitted.ts'

const LIMIT_MS = 5000

type Wish = {
  /** the person asked for the app that shipit brings */
  isDemo: boolean
  /** where shipit's own package lies */
  root: string
  /** what the command line asks for besides */
  asked: { branch?: string | undefined; tag?: string | undefined; commit?: string | undefined }
}

/**
 * Says what an environment deploys, if it is the sandbox: its branch is the one that the checkout is on, if the config names none.
 * @throws ConfigError where there is no commit to deploy; UsageError for a demo on hosts; MissingProgramError, MachineError
 * without git
 */
export async function rehearse(
  config: CheckedConfig,
  environment: CheckedEnvironment,
  { isDemo, root, asked }: Wish,
): Promise<CheckedEnvironment> {
  if (environment.kind !== 'sandbox') {
    if (isDemo) throw new UsageError(`--demo is for the sandbox, and '${environment.name}' has hosts`)
    return environment
  }
  const folder = dirname(config.file)
  // shipit's own checkout has the recipe of the demo app
  if (isDemo || realpathSync(folder) === realpathSync(root)) return { ...environment, origin: 'demo' }
  const noCommits = (why: string, command: string) =>
    new ConfigError(`the sandbox deploys the commits of your checkout, and ${why}`, {
      suggestions: [
        `Make one: ${command}`,
        `Or deploy the demo app: ${nameCommand('deploy --demo', environment.name)}`,
      ],
    })
  const ask = (...words: string[]) => needCheckout(folder, ['-c', 'core.fsmonitor=false', ...words], LIMIT_MS)
  const checkout = await ask('rev-parse', '--show-toplevel')
  if (checkout === undefined)
    throw noCommits(
      `'${folder}' is not in a checkout of git`,
      'git init && git add -A && git commit -m first',
    )
  if ((await ask('rev-parse', '--verify', '--quiet', 'HEAD^{commit}')) === undefined)
    throw noCommits('this checkout has no commit yet', 'git add -A && git commit -m first')
  if ((await ask('rev-parse', '--is-shallow-repository')) === 'true')
    throw new ConfigError('the sandbox fetches whole histories, and this checkout is a shallow clone', {
      suggestions: ['Make it whole: git fetch --unshallow'],
    })
  const current = await ask('symbolic-ref', '--short', '--quiet', 'HEAD')
  const branch = environment.isBranchNamed ? environment.branch : (current ?? DETACHED)
  const isCurrent = (asked.branch ?? branch) === (current ?? DETACHED)
  if (isCurrent && asked.tag === undefined && asked.commit === undefined) await sayUncommitted(ask)
  return { ...environment, branch, origin: { checkout, isDetached: current === undefined } }
}

async function sayUncommitted(ask: (...words: string[]) => Promise<string | undefined>): Promise<void> {
  const { words, count } = uncommittedWords((await ask(...STATUS))?.split('\n') ?? []) ?? {}
  if (words !== undefined)
    say(`warning: ${words}, so ${count === 1 ? 'this change is' : 'these changes are'} not in the rehearsal`)
}
