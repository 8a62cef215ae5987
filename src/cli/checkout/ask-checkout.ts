// What the person's own checkout knows: which commits a rollback takes away, and which branches and tags there are.
import { spawnSync } from 'node:child_process'
import { MachineError } from '../../errors.ts'
import { type Answered, runProgram } from '../../programs/run-program.ts'
import type { Ref } from '../../protocol/request.ts'

/** The newest first, one a line, and how many more there are. */
export type CommitList = { lines: readonly string[]; more: number }

const SHOWN = 10
/** A checkout on a slow disk; a rollback does not wait longer to be asked about. */
const LIMIT_MS = 10_000

/** `git rev-parse --local-env-vars`: what a git hook has set for its own repository. */
const OF_ANOTHER_REPOSITORY = [
  ...['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_COMMON_DIR', 'GIT_OBJECT_DIRECTORY', 'GIT_PREFIX'],
  ...['GIT_ALTERNATE_OBJECT_DIRECTORIES', 'GIT_SHALLOW_FILE', 'GIT_GRAFT_FILE', 'GIT_REPLACE_REF_BASE'],
  ...['GIT_CONFIG', 'GIT_CONFIG_PARAMETERS', 'GIT_CONFIG_COUNT', 'GIT_NO_REPLACE_OBJECTS'],
  'GIT_IMPLICIT_WORK_TREE',
]

/**
 * The last line of what git says of a repository of another account, in each language: the command that allows it, with the
 * folder as git means it (safe.directory in git-config(1)).
 */
const ALLOWS_ANOTHERS = /^\s*(git config --global --add safe\.directory \S.*)$/m

/** Names are looked for only when one was wrong; nobody waits for them. */
const NAMES_LIMIT_MS = 1000

/** Lists the branches or tags that this checkout has of its remote, without asking it; none where the folder is no checkout. */
export function listRefs(folder: string, kind: 'branch' | 'tag'): string[] {
  const [refs, depth] = kind === 'tag' ? ['refs/tags', 2] : ['refs/remotes/origin', 3]
  const words = ['for-each-ref', `--format=%(refname:lstrip=${depth})`, refs]
  const { stdout } = spawnSync('git', words, {
    cwd: folder,
    env: ownEnv(),
    timeout: NAMES_LIMIT_MS,
    encoding: 'utf8',
  })
  return (stdout ?? '').split('\n').filter((name) => name !== '' && name !== 'HEAD')
}

/** A branch that is here, and that the remote did not have when it was last asked. */
export function isOnlyHere(folder: string, { kind, name }: Ref): boolean {
  const names = [`refs/heads/${name}`, `refs/remotes/origin/${name}`]
  const words = ['for-each-ref', '--format=%(refname)', ...names]
  const options = { cwd: folder, env: ownEnv(), timeout: NAMES_LIMIT_MS, encoding: 'utf8' } as const
  return kind === 'branch' && spawnSync('git', words, options).stdout?.trim() === names[0]
}

/** Nothing is fetched, and nothing is written. */
function ownEnv(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0' }
  for (const name of OF_ANOTHER_REPOSITORY) delete env[name]
  return env
}

/**
 * Lists what is in one commit and not in another.
 * @param folder in the checkout
 * @param commits full ids
 * @returns nothing when the folder is not a checkout, or lacks one of them
 */
export async function listCommits(
  folder: string,
  { from, to }: { from: string; to: string },
): Promise<CommitList | undefined> {
  const count = await askCheckout(folder, ['rev-list', '--count', `${to}..${from}`])
  const format = ['--oneline', '--no-color', '--no-decorate', '--no-show-signature', `--max-count=${SHOWN}`]
  const text = count && (await askCheckout(folder, ['log', ...format, `${to}..${from}`]))
  if (text === undefined) return undefined
  const lines = text === '' ? [] : text.split('\n')
  return { lines, more: Number(count) - lines.length }
}

/** Asks git of the checkout one thing; nothing where it has no answer. */
export async function askCheckout(
  folder: string,
  words: readonly string[],
  limitMs = LIMIT_MS,
): Promise<string | undefined> {
  const { stdout, failure } = await git(folder, words, limitMs)
  return failure ? undefined : stdout.trim()
}

/**
 * The same where there is no way on without git.
 * @throws MissingProgramError, MachineError if it can't be started, or refuses the checkout since another account owns it
 */
export async function needCheckout(
  folder: string,
  words: readonly string[],
  limitMs = LIMIT_MS,
): Promise<string | undefined> {
  const { stdout, stderr, failure } = await git(folder, words, limitMs)
  if (!failure) return stdout.trim()
  if (!failure.isStarted) throw failure.error
  const [, command] = ALLOWS_ANOTHERS.exec(stderr) ?? []
  if (command === undefined) return undefined
  throw new MachineError(`git refuses the checkout of '${folder}', since it belongs to another account`, {
    suggestions: [`If you trust that account, allow it: ${command}`],
  })
}

function git(folder: string, words: readonly string[], timeout: number): Promise<Answered> {
  return runProgram(['git', '--no-pager', ...words], { cwd: folder, env: ownEnv(), timeout })
}
