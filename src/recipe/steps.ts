// The functions that a deploy.config.ts makes its steps of. They only note what was written: the config checks it
// all together, so that every message names the file and the key.
import type { ServiceVerb } from './kinds/service-step.ts'
import type {
  CheckOptions,
  CommandOptions,
  ReleasesOptions,
  RestoreconOptions,
  RootOptions,
  RsyncOptions,
  ServiceOptions,
  StepOptions,
} from './step-options.ts'

/** A step as it was written in the config, not yet checked. */
// biome-ignore lint/suspicious/noExplicitAny: a list that somebody typed by hand fits every config; loading it checks its flags
export type WrittenStep<When extends string = any> = {
  /** The kind of the step. */
  step:
    | 'git'
    | 'rsync'
    | 'command'
    | 'shell'
    | 'root'
    | 'service'
    | 'restorecon'
    | 'release'
    | 'switch'
    | 'check'
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

/**
 * Reloads or restarts a unit of systemd, by one line of sudoers, and waits until it is active and stays so. A unit that ends, or that systemd
 * has to start again, fails the run.
 * @example service('shop', 'reload')
 * @example service('shop', 'restart', { for: 60 })
 */
export function service<const When extends string = never>(
  unit: string,
  verb: ServiceVerb,
  options: ServiceOptions<When> = {},
): WrittenStep<Known<When>> {
  return written('service', unit, { ...options, verb } as ServiceOptions<When>)
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
