// Which commits a rollback takes away, as the person's own checkout knows them.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

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

const execute = promisify(execFile)

/**
 * Lists what is in one commit and not in another.
 * @param folder in the checkout
 * @param commits full ids
 * @returns nothing when the folder is no checkout, or has not both
 */
export async function listCommits(
  folder: string,
  { from, to }: { from: string; to: string },
): Promise<CommitList | undefined> {
  const git = async (...words: string[]) => {
    // nothing is fetched, and nothing is written
    const env: NodeJS.ProcessEnv = { ...process.env, GIT_NO_LAZY_FETCH: '1', GIT_OPTIONAL_LOCKS: '0' }
    for (const name of OF_ANOTHER_REPOSITORY) delete env[name]
    const options = { cwd: folder, env, timeout: LIMIT_MS }
    return (await execute('git', ['--no-pager', ...words], options)).stdout.trim()
  }
  try {
    const count = Number(await git('rev-list', '--count', `${to}..${from}`))
    const format = ['--oneline', '--no-color', '--no-decorate', '--no-show-signature', `--max-count=${SHOWN}`]
    const text = await git('log', ...format, `${to}..${from}`)
    const lines = text === '' ? [] : text.split('\n')
    return { lines, more: count - lines.length }
  } catch {
    return undefined
  }
}
