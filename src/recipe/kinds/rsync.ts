// rsync(): makes a folder of the host equal to a folder of the commit.
import { quote } from '../sh/quote.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type RsyncStep = StepBase & {
  kind: 'rsync'
  from: string
  to: string
  delete: boolean
  exclude: readonly string[]
  mayBeEmpty?: boolean
}

export const RSYNC: StepKind<RsyncStep> = {
  seconds: 600,
  phase: () => 'publish',
  nameWords: (_, { from }) => ['rsync', String(from).replace(/\/+$/, '')],
  account: () => 'own',
  programs: () => ['rsync'],
  sh: ({ from, to, delete: deletes, mayBeEmpty, exclude }) =>
    [
      ...['sync_tree', quote(from), quote(to), deletes ? 'delete' : 'keep', mayBeEmpty ? 'any' : 'full'],
      ...exclude.map(quote),
    ].join(' '),
  published: ({ from }) => from,
  filled: ({ to, delete: deletes, exclude }) => ({
    folder: to.replace(/\/+$/, ''),
    key: 'to',
    sync: { delete: deletes, exclude },
  }),
  shownAt: ({ to }) => to,
}
