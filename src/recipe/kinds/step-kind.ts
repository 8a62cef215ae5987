// What all kinds of steps have in common, and what each of them says of itself. A kind says all of it in its own file; the rest of shipit
// asks, and never compares the name of a kind.

/** prepare touches nothing that is live. */
export type Phase = 'prepare' | 'publish'

/** What every step has. */
export type StepBase = {
  name: string
  phase: Phase
  /** a flag (`docs`), a flag that is not given (`!docs`) or a choice (`colour=red`) */
  when?: string
  /** in seconds, of each attempt */
  timeout: number
  /** how often it is begun again when it fails */
  retries: number
  /** why it may do what is refused otherwise, since it gives the host away; of kinds that fill a folder or run as root */
  unsafe?: string
}

/** The account that a step runs as, in the recipe's words; commands, git and checks go ways of their own on the host. */
export type StepAccount = 'own' | 'command' | 'build' | 'root' | 'git' | 'check'

/** The folder of the host that a step fills, without a slash at its end. */
export type Filled = {
  folder: string
  /** the key of the config that names it */
  key: string
  /** of a step that fills it by rsync: what it deletes there, and what it leaves alone */
  sync?: { delete: boolean; exclude: readonly string[] }
}

/** What a kind of step says of itself. */
export type StepKind<S extends StepBase> = {
  /** seconds that an attempt may take, if the config says nothing else */
  seconds: number
  /** its phase, if the config says nothing else */
  phase(options: Record<string, unknown>): Phase
  /** the key of the step that the argument of its function becomes */
  argumentKey?: string
  /** the words of its name, if the config gives none */
  nameWords(argument: unknown, options: Record<string, unknown>): readonly string[]
  /** one of two steps that one function makes with the same options: these keys are the other one's */
  half?: { without: readonly string[] }

  account(step: S): StepAccount
  /** programs that the host must have; `curl|wget`: one of the two will do */
  programs(step: S): readonly string[]
  /** the sh that does it */
  sh(step: S, recipe: { repository: string }): string
  /** the words of the build, for a step of the build account */
  buildWords?(step: S): readonly string[]
  /** in the list of steps: more seconds than its own, and the words after the retries */
  listed?(step: S): { moreSeconds: number; words: readonly string[] }
  /** it compares something with the commit of the run */
  comparesCommit?(step: S): boolean
  /** what of a host it needs that the sandbox does not have: `root` */
  needsHost?: string

  /** it brings the commit */
  fetches?: true
  /** it runs something in the tree of the commit */
  runsInTree?: true
  /** in prepare it makes nothing in the tree that a later step could want */
  leavesTree?: true
  /** the folder of the tree that it publishes */
  published?(step: S): string
  /** the folder of the tree that it brings back, with a slash at its end */
  made?(step: S): string | undefined
  filled?(step: S): Filled
  /** files below a root of releases that have to be there, and that no deploy makes */
  sharedFiles?(step: S): readonly { root: string; path: string }[]
  /** where what it published can be looked at; null for a step that only looks itself */
  shownAt?(step: S): string | null
  /** the root of the releases that it makes a new one of */
  releaseMade?(step: S): string
  /** the root of the releases: it makes one of them live */
  releaseShown?(step: S): string

  /** `shipit plan` does it as well */
  inPlan?(step: S): boolean
  /** the command that it has root run */
  rootArgv?(step: S): readonly string[]
  /** the unit of systemd that it has root change, and how */
  service?(step: S): { unit: string; verb: string }
  /** the SELinux type that a path should have */
  label?(step: S): { type: string; path: string } | undefined
  /** it may run code of the repository as the app's account */
  runsOwnCode?(step: S): boolean
}
