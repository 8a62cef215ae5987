// The functions that a deploy.config.ts makes its steps of. They only note what was written: the config checks it
// all together, so that every message names the file and the key.

/** The options of every step. */
export type StepOptions<When extends string = string> = {
  /** The name on screen and in events; by default the words of the step. Each step of a recipe needs a name of its own. */
  name?: string
  /** Runs the step only with a flag (`'docs'`), only without it (`'!docs'`), or only with a choice (`'colour=red'`). */
  when?: When
  /** Seconds until the step is stopped: by default 300 for git, 60 for root and restorecon, 600 for the others. */
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
  /** Why this step may do what shipit refuses because it gives the host away. Each install and doctor show it. */
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
   * `{ file: '.env' }` is a file that has to be there: as long as it is missing, a deploy is refused, and the commit's is never taken.
   */
  shared?: readonly (string | { file: string })[]
  /** The folder of the commit that becomes the release; its top by default. */
  from?: string
  /** Makes a release of `from` even if it has no file in it. */
  mayBeEmpty?: boolean
  /** Names the two steps `release NAME` and `switch NAME`, instead of `release` and `switch`. */
  name?: string
  /** Seconds until either step is stopped; 600 by default. */
  timeout?: number
  /** Why this step may do what shipit refuses because it gives the host away. Each install and doctor show it. */
  unsafe?: string
}

/** The options of `root()`. */
export type RootOptions<When extends string = string> = StepOptions<When> & {
  /** `shipit plan` runs it, too: for a command that only tests what is on the host, such as `apachectl configtest`. */
  inPlan?: boolean
  /** Why this step may do what shipit refuses because it gives the host away. Each install and doctor show it. */
  unsafe?: string
}

/** The options of `check()`. */
export type CheckOptions<When extends string = string> = Omit<StepOptions<When>, 'phase' | 'timeout'> & {
  /** The status that the answer must have; 200 by default. Redirects are not followed. */
  status?: number
  /**
   * A text that the answer must contain, word for word. `{commit}` in it stands for the 40 digits of the commit that is deployed: a service
   * that tells its own proves that it was restarted.
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

/** A step as it was written in the config, not yet checked. */
// biome-ignore lint/suspicious/noExplicitAny: a list that somebody typed by hand fits every config; loading it checks its flags
export type WrittenStep<When extends string = any> = {
  /** The kind of the step. */
  step: 'git' | 'rsync' | 'command' | 'shell' | 'root' | 'restorecon' | 'release' | 'switch' | 'check'
  /** What comes before the options: a program, a line of sh, a path or a page. */
  argument?: unknown
  /** The options, as they are written in the config. */
  options: {
    /** The flag that decides whether the step runs. */
    readonly when?: When
  }
}

/** Steps in order. A list may contain lists, since a function may make several steps. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type WrittenSteps<When extends string = any> = readonly (WrittenStep<When> | WrittenSteps<When>)[]

/** The flag that a step names, where the types know it: a variable of type string names any, and is left to the check. */
type Known<When extends string> = Record<never, never> extends Record<When, unknown> ? never : When

/**
 * Fetches the commit into a tree of its own on the host. Relative paths of the other steps start there.
 * @example git()
 */
export function git<const When extends string = never>(
  options: StepOptions<When> = {},
): WrittenStep<Known<When>> {
  return written('git', undefined, options)
}

/**
 * Makes a folder of the host equal to a folder of the commit.
 * @example rsync({ from: 'public/', to: '/var/shop/public/', delete: true, exclude: ['/uploads/'] })
 */
export function rsync<const When extends string = never>(
  options: RsyncOptions<When>,
): WrittenStep<Known<When>> {
  return written('rsync', undefined, options)
}

/**
 * Runs a program, without a shell. A program without a path is looked for on the host, in `/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin`.
 * @example command(['npm', 'ci'], { as: 'build', out: 'node_modules' })
 */
export function command<const When extends string = never>(
  argv: readonly string[],
  options: CommandOptions<When> = {},
): WrittenStep<Known<When>> {
  return written('command', argv, options)
}

/**
 * Runs a line of sh, for pipelines. The last program of a pipeline decides whether the step succeeds.
 * @example shell('npm ci && npm run build', { as: 'build', out: 'dist' })
 */
export function shell<const When extends string = never>(
  text: string,
  options: CommandOptions<When> = {},
): WrittenStep<Known<When>> {
  return written('shell', text, options)
}

/**
 * Runs one exact command as root. It becomes a line of sudoers: each word is literal, and the program's path is absolute.
 * @example root(['/usr/bin/systemctl', 'restart', 'shop'])
 */
export function root<const When extends string = never>(
  argv: readonly string[],
  options: RootOptions<When> = {},
): WrittenStep<Known<When>> {
  return written('root', argv, options)
}

/** The options of `restorecon()`. */
export type RestoreconOptions<When extends string = string> = StepOptions<When> & {
  /** The SELinux type that the file must have afterwards. */
  type?: string
}

/**
 * Restores the SELinux label of a file. Does nothing where SELinux is off.
 * @example restorecon('/var/shop/app.cgi', { type: 'httpd_sys_script_exec_t' })
 */
export function restorecon<const When extends string = never>(
  path: string,
  options: RestoreconOptions<When> = {},
): WrittenStep<Known<When>> {
  return written('restorecon', path, options)
}

/**
 * Runs a target of the Makefile. The Makefile comes from the repository, so run it as the build account.
 * @example make('html', { in: 'doc', out: '_build/html', as: 'build' })
 */
export function make<const When extends string = never>(
  target: string,
  options: CommandOptions<When> = {},
): WrittenStep<Known<When>> {
  return written('command', ['make', target], { phase: 'prepare', ...options })
}

/**
 * Makes a folder for each release below `root`, and switches the link `current` to the new one at once. As long as a
 * release is kept, a rollback to its run only switches the link back.
 * @example releases({ root: '/var/shop', keep: 5, shared: ['uploads', { file: '.env' }] })
 */
export function releases<const When extends string = never>(
  options: ReleasesOptions<When>,
): readonly [WrittenStep<Known<When>>, WrittenStep<Known<When>>] {
  return [written('release', undefined, options), written('switch', undefined, options)]
}

/**
 * Requests a page, on the host, and fails the run if the answer is not as expected.
 * @example check('http://localhost/health', { text: 'ok', onFailure: 'rollback' })
 * @example check('http://localhost/version', { text: '{commit}' })
 */
export function check<const When extends string = never>(
  url: string,
  options: CheckOptions<When> = {},
): WrittenStep<Known<When>> {
  return written('check', url, options)
}

function written<When extends string>(
  step: WrittenStep['step'],
  argument: unknown,
  options: { when?: When },
): WrittenStep<Known<When>> {
  const plain = argument === undefined ? { step, options } : { step, argument, options }
  return plain as WrittenStep<Known<When>>
}
