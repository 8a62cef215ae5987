// A step of any kind, and what its kind says of it.
import { CHECK, type CheckStep } from './kinds/check.ts'
import { COMMAND, type CommandStep } from './kinds/command.ts'
import { GIT, type GitStep } from './kinds/git.ts'
import { RELEASE, type ReleaseStep } from './kinds/release.ts'
import { RESTORECON, type RestoreconStep } from './kinds/restorecon.ts'
import { ROOT, type RootStep } from './kinds/root.ts'
import { RSYNC, type RsyncStep } from './kinds/rsync.ts'
import { SERVICE, type ServiceStep } from './kinds/service-step.ts'
import { SHELL, type ShellStep } from './kinds/shell.ts'
import type { StepKind } from './kinds/step-kind.ts'
import { SWITCH, type SwitchStep } from './kinds/switch.ts'

/** A step as plain data, complete and checked. */
export type Step =
  | GitStep
  | RsyncStep
  | CommandStep
  | ShellStep
  | RootStep
  | ServiceStep
  | RestoreconStep
  | ReleaseStep
  | SwitchStep
  | CheckStep

/** Every kind of step, by its name in the config and in the recipe. */
export const KINDS: { readonly [K in Step['kind']]: StepKind<Extract<Step, { kind: K }>> } = {
  git: GIT,
  rsync: RSYNC,
  command: COMMAND,
  shell: SHELL,
  root: ROOT,
  service: SERVICE,
  restorecon: RESTORECON,
  release: RELEASE,
  switch: SWITCH,
  check: CHECK,
}

/** What a step's kind says. */
export function kindOf<S extends Step>(step: S): StepKind<S> {
  return KINDS[step.kind] as unknown as StepKind<S>
}
