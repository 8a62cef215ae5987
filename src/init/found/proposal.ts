// What `shipit init` proposes: the parts of a config, and what it could not make out.
import type { Flag } from '../../config/define-config.ts'

/** The functions that steps are written with. */
export type StepCall =
  | 'check'
  | 'command'
  | 'git'
  | 'make'
  | 'releases'
  | 'restorecon'
  | 'root'
  | 'rsync'
  | 'service'
  | 'shell'

/** A step as it will be written. */
export type ProposedStep = {
  call: StepCall
  argument?: string | readonly string[]
  options?: Readonly<Record<string, unknown>>
  /** a comment behind it */
  note?: string
  /** the line of the script that it comes from */
  from?: Line
}

/** A line of a file that was read. */
export type Line = { file: string; line: number; text: string }

/** A line that is not in the recipe, and why. */
export type Unread = Line & { why: string }

/** What was found out about how a project is deployed today, or could be. */
export type Finding = {
  /** what it is, for the person: `a bash script`, `a Node service` */
  what: string
  /** the file that said so */
  file?: string
  steps: readonly ProposedStep[]
  unread: readonly Unread[]
  flags?: Readonly<Record<string, Flag>>
  app?: string
  repository?: string
  branch?: string
  hosts?: readonly string[]
  user?: string
}

/** A config, before it is written. */
export type Proposal = {
  app: string
  repository: string
  /** lines of known_hosts for the git server */
  knownHosts: readonly string[]
  branch: string
  hosts: readonly string[]
  user?: string
  flags: Readonly<Record<string, Flag>>
  steps: readonly ProposedStep[]
  /** parts that the person has to fill in */
  open: readonly ('repository' | 'hosts')[]
}
