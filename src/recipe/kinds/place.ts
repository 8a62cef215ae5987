// What command() and shell() share: where a program runs, with which variables, as which account.
import { posix } from 'node:path'
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

/** A command's place: its folder in the tree, its variables, its account and what it makes. */
export type Place = {
  /** relative to the exported commit; '.' is its top */
  in: string
  env: Record<string, string>
  /** the app's build account, in a copy of its own; without it the step runs as the app's account */
  as?: 'build'
  /** the folder, relative to `in`, that comes back from the build account */
  out?: string
}

type PlacedStep = StepBase & Place

/**
 * What a kind says of itself whose step runs a program in the tree.
 * @param argvOf the program and its words
 */
export function programKind<S extends PlacedStep>(argvOf: (step: S) => readonly string[]) {
  const words = (step: S) => {
    const variables = Object.entries(step.env).map(([name, value]) => quote(`${name}=${value}`))
    return [...variables, ...argvOf(step).map(quote)]
  }
  return {
    seconds: 600,
    phase: ({ as }) => (as === 'build' ? 'prepare' : 'publish'),
    account: ({ as }) => (as === 'build' ? 'build' : 'command'),
    // the tree goes to the build account as a tar, and what is built comes back as one
    programs: ({ as }) => (as === 'build' ? ['tar'] : []),
    sh: (step) => ['run_command', quote(step.in), ...words(step)].join(' '),
    buildWords: (step) => [quote(step.in), quote(step.out ?? ''), String(step.timeout), ...words(step)],
    runsInTree: true,
    made: (step) => (step.out === undefined ? undefined : posix.normalize(`${step.in}/${step.out}/`)),
  } satisfies Omit<StepKind<S>, 'nameWords'>
}
