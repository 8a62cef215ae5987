// Leaves out of a proposal what a config would not take, with the reason: what init writes checks clean.
import { checkConfig } from '../config/check/check-config.ts'
import type { Flag } from '../config/define-config.ts'
import { ConfigError } from '../errors.ts'
import {
  check,
  command,
  git,
  make,
  releases,
  restorecon,
  root,
  rsync,
  service,
  shell,
} from '../recipe/steps.ts'
import type { Proposal, ProposedStep, StepCall, Unread } from './found/proposal.ts'

// biome-ignore lint/suspicious/noExplicitAny: what was read has no type yet; checkConfig judges it
type Loose = any

const CALLS: Readonly<Record<StepCall, (argument: Loose, options: Loose) => unknown>> = {
  check: (argument, options) => check(argument, options),
  command: (argument, options) => command(argument, options),
  git: (_, options) => git(options),
  make: (argument, options) => make(argument, options),
  releases: (_, options) => releases(options),
  restorecon: (argument, options) => restorecon(argument, options),
  root: (argument, options) => root(argument, options),
  rsync: (_, options) => rsync(options),
  service: ([unit, verb], options) => service(unit, verb, options),
  shell: (argument, options) => shell(argument, options),
}

/** Keeps the steps that a config takes. */
export function soundSteps(
  proposal: Proposal,
  most: number,
): { steps: ProposedStep[]; flags: Record<string, Flag>; left: Unread[] } {
  const flags = soundFlags(proposal)
  const steps: ProposedStep[] = []
  const left: Unread[] = []
  for (const step of proposal.steps) {
    const why =
      steps.length >= most
        ? 'init keeps the config short: add this step yourself'
        : whyNot({ ...proposal, flags }, [...steps, step])
    if (why === undefined) steps.push(step)
    else left.push({ file: '', line: 0, text: step.call, ...step.from, why })
  }
  return { steps, flags, left }
}

/** What a config does not take of what a person said: a name, a host, a repository. */
export function whyNoConfig(proposal: Proposal): string | undefined {
  return whyNot({ ...proposal, flags: {} }, [{ call: 'git' }])
}

/** A flag that shipit has itself gets another name; a letter that it has is left out. */
function soundFlags(proposal: Proposal): Record<string, Flag> {
  return Object.fromEntries(
    Object.entries(proposal.flags).flatMap(([name, flag]): [string, Flag][] => {
      const { char: _, ...plain } = flag
      const kept = [flag, plain].find(
        (each) => whyNot({ ...proposal, flags: { [name]: each } }, [{ call: 'git' }]) === undefined,
      )
      return kept ? [[name, kept]] : []
    }),
  )
}

/** What is wrong with a config of these steps; nothing if it is right. */
function whyNot(
  { app, repository, hosts, flags }: Proposal,
  steps: readonly ProposedStep[],
): string | undefined {
  const written = steps.map(({ call, argument, options }) => CALLS[call](argument, options ?? {}))
  try {
    checkConfig('/deploy.config.ts', {
      app,
      repository,
      environments: { production: { hosts } },
      flags,
      steps: written,
    })
    return undefined
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const [first = ''] = error.message.split('\n').slice(-1)
    return first
      .trim()
      .replace(/^\/deploy\.config\.ts: /, '')
      .replace(/^steps\[\d+\](?:\[\d+\])*\.?/, '')
      .trim()
  }
}
