// The functions that a deploy.config.ts makes its steps of. They only note what was written: the config checks it
// all together, so that every message names the file and the key.

/** What every step takes. */
export type StepOptions = {
  /** as it is shown, in events and on the screen; each step of a recipe has another */
  name?: string
  /** run the step only if this flag is given: `'docs'`, `'!docs'`, `'colour=red'` */
  when?: string
  /** seconds until the step is ended; 60 for root and restorecon, 300 for git, 600 for the rest */
  timeout?: number
  /** how often a failed step is begun again, at most 10 times; not at all by default */
  retries?: number
  /** `prepare` touches nothing that is live; `publish` does */
  phase?: 'prepare' | 'publish'
}

/** What a step that runs a program takes as well. */
export type CommandOptions = StepOptions & {
  /** the folder of the commit to run it in; its top by default */
  in?: string
  /** variables for it; nothing else but PATH, HOME, LC_ALL and SHIPIT_… is set */
  env?: Record<string, string>
  /** run it as the app's build account, in a copy of the tree: for code that comes from the repository */
  as?: 'build'
  /** the folder, relative to `in`, that a build step brings back */
  out?: string
}

export type RsyncOptions = StepOptions & {
  /** a folder of the commit, with a slash at its end */
  from: string
  /** an absolute folder of the host, with a slash at its end */
  to: string
  /** delete what the commit does not have; it has no default, so that everybody decides */
  delete: boolean
  /** patterns of what the application writes there: neither deleted nor overwritten, be it a folder, a file or a symlink */
  exclude?: readonly string[]
  /** publish `from` even if it has no file in it; without it that is refused before anything is changed */
  mayBeEmpty?: boolean
  /** why this step may do what shipit refuses because it gives the host away; shown at each install and by doctor */
  unsafe?: string
}

export type ReleasesOptions = Omit<StepOptions, 'phase' | 'timeout'> & {
  /** the absolute folder of the host that has the releases; the web server shows its `current` */
  root: string
  /** how many releases stay there, 2 at least; 5 by default */
  keep?: number
  /** paths that are the same in all releases: links to `shared/PATH` below `root`, which begins as the commit has it, or as a folder */
  shared?: readonly string[]
  /** the folder of the commit that becomes the release, with a slash at its end; its top by default */
  from?: string
  /** make a release of `from` even if it has no file in it */
  mayBeEmpty?: boolean
  /** the steps are `release NAME` and `switch NAME`; `release` and `switch` by default */
  name?: string
  /** seconds until either step is ended; 600 by default */
  timeout?: number
  /** why this step may do what shipit refuses because it gives the host away; shown at each install and by doctor */
  unsafe?: string
}

export type RootOptions = StepOptions & {
  /** why this step may do what shipit refuses because it gives the host away; shown at each install and by doctor */
  unsafe?: string
}

export type CheckOptions = Omit<StepOptions, 'phase' | 'timeout'> & {
  /** the status that the answer must have; 200 by default. Nothing is followed to another page. */
  status?: number
  /** what the answer must have in it, word for word */
  text?: string
  /** the virtual host that is asked for, at the address of the URL: `check('http://127.0.0.1/', { host: 'www.example.com' })` */
  host?: string
  /** how often it is tried again; 5 times by default */
  retries?: number
  /** in place of `retries`: for how many seconds it is tried again, for a service that needs some to come up */
  for?: number
  /** seconds between two tries; 2 by default */
  grace?: number
  /** seconds until one answer must be complete; 10 by default */
  timeout?: number
  /** `rollback`: when the check fails, the host goes back by itself to the newest good run before */
  onFailure?: 'rollback'
}

/** A step as it was written in the config, not yet checked. */
export type WrittenStep = {
  step: 'git' | 'rsync' | 'command' | 'shell' | 'root' | 'restorecon' | 'release' | 'switch' | 'check'
  argument?: unknown
  options: object
}

/** Steps in order; a function may make several. */
export type WrittenSteps = readonly (WrittenStep | WrittenSteps)[]

/** Brings the asked commit to the host, into a tree of its own. */
export function git(options: StepOptions = {}): WrittenStep {
  return { step: 'git', options }
}

/** Makes a folder of the host equal to a folder of the commit. */
export function rsync(options: RsyncOptions): WrittenStep {
  return { step: 'rsync', options }
}

/** Runs a program, without a shell. */
export function command(argv: readonly string[], options: CommandOptions = {}): WrittenStep {
  return { step: 'command', argument: argv, options }
}

/** Runs a line of sh, for what only a pipeline can say. */
export function shell(text: string, options: CommandOptions = {}): WrittenStep {
  return { step: 'shell', argument: text, options }
}

/** Runs one exact command as root: it becomes a line in sudoers, so each word is literal and the program's path absolute. */
export function root(argv: readonly string[], options: RootOptions = {}): WrittenStep {
  return { step: 'root', argument: argv, options }
}

/** Puts the SELinux label of a file back; `type` is checked afterwards. Does nothing where SELinux is off. */
export function restorecon(path: string, options: StepOptions & { type?: string } = {}): WrittenStep {
  return { step: 'restorecon', argument: path, options }
}

/** Runs make, which runs what the repository's Makefile says: use it with `as: 'build'`. */
export function make(target: string, options: CommandOptions = {}): WrittenStep {
  return { step: 'command', argument: ['make', target], options: { phase: 'prepare', ...options } }
}

/**
 * Makes a folder for each release below `root`, and shows it by the link `current`, which changes from one moment to the next. As long as
 * the release of a run is kept, a rollback to that run only switches back.
 */
export function releases(options: ReleasesOptions): readonly [WrittenStep, WrittenStep] {
  return [
    { step: 'release', options },
    { step: 'switch', options },
  ]
}

/** Asks for a page, on the host, and fails the run if the answer is another than it should be. */
export function check(url: string, options: CheckOptions = {}): WrittenStep {
  return { step: 'check', argument: url, options }
}
