// What of a branch is only in the person's checkout: a deploy takes what was pushed, and the rest is better said than missed.
import type { Ref } from '../../protocol/request.ts'
import { briefCommit } from '../../words/ref.ts'
import { askCheckout } from './ask-checkout.ts'

/** Nobody waits for a remark. */
const LIMIT_MS = 1000
/** More are not counted. */
const MOST_COMMITS = 1000

type Ask = (...words: string[]) => Promise<string | undefined>

/**
 * Says what of a branch will not be deployed, a sentence for each thing. Nothing of a tag, without a checkout, or where git is slow.
 * @param folder of the checkout, as it is: nothing is fetched
 */
export async function unpushedNotes(folder: string, { kind, name }: Ref): Promise<string[]> {
  if (kind !== 'branch') return []
  const ask: Ask = (...words) => askCheckout(folder, ['-c', 'core.fsmonitor=false', ...words], LIMIT_MS)
  const [ahead, status] = await Promise.all([
    ask(
      'rev-list',
      `--max-count=${MOST_COMMITS}`,
      `refs/heads/${name}`,
      `^refs/remotes/origin/${name}`,
      '--',
    ),
    ask('status', '--porcelain=v2', '--branch', '--untracked-files=no'),
  ])
  const { head, branch, changes } = readStatus(status ?? '')
  const isHere = branch === name
  const isDetached = branch === '(detached)' && head !== undefined
  return [
    ...commitNotes(isHere ? 'HEAD' : `your branch '${name}'`, linesOf(ahead ?? '')),
    ...(isDetached && (await isOnlyHere(ask, head, name))
      ? [`HEAD (${briefCommit(head)}) is not pushed`]
      : []),
    ...(isHere && changes === 1 ? ['1 changed file is not committed'] : []),
    ...(isHere && changes > 1 ? [`${changes} changed files are not committed`] : []),
  ]
}

function commitNotes(name: string, [tip, ...others]: readonly string[]): string[] {
  if (tip === undefined) return []
  const words = `${name} (${briefCommit(tip)})`
  if (others.length === 0) return [`${words} is not pushed`]
  const count = others.length + 1 < MOST_COMMITS ? others.length : `at least ${others.length}`
  return [`${words} and ${count} more ${count === 1 ? 'commit' : 'commits'} are not pushed`]
}

/** No branch of the remote has it; a checkout that knows nothing of the branch may not know of others either. */
async function isOnlyHere(ask: Ask, commit: string, name: string): Promise<boolean> {
  const words = [
    'rev-list',
    '--max-count=1',
    commit,
    `^refs/remotes/origin/${name}`,
    '--not',
    '--remotes',
    '--',
  ]
  return (await ask(...words)) === commit
}

/** Reads the head, the branch and the number of changed files (git-status(1), porcelain version 2). */
function readStatus(text: string): { head?: string; branch?: string; changes: number } {
  const lines = linesOf(text)
  const header = (name: string) => lines.find((line) => line.startsWith(`# ${name} `))?.split(' ')[2] ?? ''
  const changes = lines.filter((line) => !line.startsWith('#')).length
  return { head: header('branch.oid'), branch: header('branch.head'), changes }
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}
