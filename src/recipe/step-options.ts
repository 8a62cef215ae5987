// The options of each function that a step is written with.

/** The options of every step. */
export type StepOptions<When extends string = string> = {
  /** The name on screen and in events; by default the words of the step. Each step of a recipe needs a name of its own. */
  name?: string
  /** Runs the step only with a flag (`'docs'`), only without it (`'!docs'`), or only with a choice (`'colour=red'`). */
  when?: When
  /** Seconds until the step is stopped: by default 300 for git, 60 for root, service and restorecon, 600 for the others. */
  timeout?: number
  /** How many times a failed step is tried again: 0 to 10, by default 0. */
  retries?: number
  /** A `prepare` step changes nothing that is live, and a cancel ends it at once. A `publish` step is allowed to finish. */
  phase?: 'prepare' | 'publish'
}

/** The options of a step that runs a program. */
export type CommandOptions<When extends string = string> = StepOptions<When> & {
  /** The folder of the commit that the program starts in; its top by default. */
  in?: string
  /** Variables of the program. Do not put a secret here: every account of the host can read it in the recipe. */
  env?: Record<string, string>
  /** Runs the program as the app's build account, in a copy of the tree. Use it for all code of the repository. */
  as?: 'build'
  /** The folder, relative to `in`, that a build step copies back to the tree. */
  out?: string
}

/** The options of `rsync()`. */
export type RsyncOptions<When extends string = string> = StepOptions<When> & {
  /** A folder of the commit. A slash at its end changes nothing: what is in the folder is published. */
  from: string
  /** An absolute folder of the host, with or without a slash at its end. */
  to: string
  /** Whether to delete what the commit does not have. There is no default: you decide. */
  delete: boolean
  /** Patterns of what the application writes there: folders, files or symlinks. They are neither deleted nor overwritten. */
  exclude?: readonly string[]
  /** Publishes `from` even if it has no file in it. Otherwise that is refused before anything is changed. */
  mayBeEmpty?: boolean
  /** Why this step may do what shipit otherwise refuses, since it could give away the host. Each install and doctor show it. */
  unsafe?: string
}

/** The options of `releases()`. */
export type ReleasesOptions<When extends string = string> = Omit<StepOptions<When>, 'phase' | 'timeout'> & {
  /** The absolute folder of the host that holds the releases. The web server serves the link `current` in it. */
  root: string
  /** How many releases stay there: at least 2, by default 5. */
  keep?: number
  /**
   * Paths that all releases share, as links to `shared/PATH` below `root`. A missing one starts as the commit has it, or as an empty folder.
   * `{ file: '.env' }` is a file of the host: while it is missing, deploys are refused, and a file of the commit is never used in its place.
   */
  shared?: readonly (
    | string
    | {
        /** The path of the file below `shared/`, and in each release. */
        file: string
      }
  )[]
  /** The folder of the commit that becomes the release; its top by default. */
  from?: string
  /** Makes a release of `from` even if it has no file in it. */
  mayBeEmpty?: boolean
  /** Names the two steps `release NAME` and `switch NAME`, instead of `release` and `switch`. */
  name?: string
  /** Seconds until either step is stopped; 600 by default. */
  timeout?: number
  /** Why this step may do what shipit otherwise refuses, since it could give away the host. Each install and doctor show it. */
  unsafe?: string
}

/** The options of `root()`. */
export type RootOptions<When extends string = string> = StepOptions<When> & {
  /** `shipit plan` runs it, too: for a command that only tests what is on the host, such as `apachectl configtest`. */
  inPlan?: boolean
  /** Why this step may do what shipit otherwise refuses, since it could give away the host. Each install and doctor show it. */
  unsafe?: string
}

/** The options of `service()`. */
export type ServiceOptions<When extends string = string> = StepOptions<When> & {
  /** Within how many seconds it has to be active after `systemctl` has ended; 30 by default. */
  for?: number
  /** How many seconds it then has to stay active without being started again; 3 by default. */
  stays?: number
  /** With `rollback`, the host goes back to the newest good run by itself if the service does not stay active. Not with `reload`. */
  onFailure?: 'rollback'
  /** Why this step may do what shipit otherwise refuses, since it could give away the host. Each install and doctor show it. */
  unsafe?: string
}

/** The options of `check()`. */
export type CheckOptions<When extends string = string> = Omit<StepOptions<When>, 'phase' | 'timeout'> & {
  /** The status that the answer must have; 200 by default. Redirects are not followed. */
  status?: number
  /**
   * A text that the answer must contain, word for word. `{commit}` in it stands for the 40 digits of the commit that is deployed: a page
   * that shows the commit proves that the service was restarted.
   */
  text?: string
  /** The virtual host to ask for, at the address of the URL: `check('http://127.0.0.1/', { host: 'www.example.com' })`. */
  host?: string
  /** How many times a failed request is tried again: 0 to 100, by default 5. */
  retries?: number
  /** How many seconds to keep trying, instead of `retries`: for a service that takes a while to start. */
  for?: number
  /** Seconds to wait between two tries; 2 by default. */
  grace?: number
  /** Seconds within which an answer must be complete; 10 by default. */
  timeout?: number
  /** With `rollback`, the host goes back to the newest good run by itself if the check fails. */
  onFailure?: 'rollback'
}

/** The options of `restorecon()`. */
export type RestoreconOptions<When extends string = string> = StepOptions<When> & {
  /** The SELinux type that the file must have afterwards. */
  type?: string
}
