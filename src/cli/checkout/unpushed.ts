// What of a branch is only in the person's checkout: a deploy takes what was pushed, and the rest is better said than missed.
import { MachineError } from '../../errors.ts'
import type { Ref } from '../../protocol/request.ts'
import { briefCommit } from '../../words/ref.ts'
import { needCheckout } from './ask-checkout.ts'
import { STATUS, uncommittedWords } from './uncommitted.ts'

/** Nobody waits for a remark. */
const LIMIT_MS = 1000
/** More are not counted. */
const MOST_COMMITS = 1000

type Ask = (...words: string[]) => Promise<string | undefined>

/**
 * Says what of a branch will not be deployed, a sentence for each thing. Nothing of a tag, without a checkout, or where git is slow.
 * Where git refuses the checkout, it is said that nothing is known.
 * @param folder of the checkout, as it is: nothing is fetched
 */
export async function unpushedNotes(folder: string, { kind, name }: Ref): Promise<string[]> {
  if (kind !== 'branch') return []
  const ask: Ask = (...words) => needCheckout(folder, ['-c', 'core.fsmonitor=false', ...words], LIMIT_MS)
  try {
    return await askNotes(ask, name)
  } catch (error) {
    if (!(error instanceof MachineError)) return []
    const { message, suggestions } = error
    return [[`what is not pushed or committed is not known: ${message}`, ...suggestions].join('. ')]
  }
}

async function askNotes(ask: Ask, name: string): Promise<string[]> {
  const [ahead, status, all] = await Promise.all([
    ask(
      'rev-list',
      `--max-count=${MOST_COMMITS}`,
      `refs/heads/${name}`,
      `^refs/remotes/origin/${name}`,
      '--',
    ),
    // new files take a while to be found in a big checkout: the rest is known without them
    ask(...STATUS, '--untracked-files=no'),
    ask(...STATUS),
  ])
  const lines = linesOf(status ?? '')
  const head = headerOf(lines, 'branch.oid')
  const branch = headerOf(lines, 'branch.head')
  const isHere = branch === name
  const isDetached = branch === '(detached)'
  const uncommitted = isHere ? uncommittedWords(all === undefined ? lines : linesOf(all)) : undefined
  return [
    ...commitNotes(isHere ? 'HEAD' : `your branch '${name}'`, linesOf(ahead ?? '')),
    ...(isDetached && (await isOnlyHere(ask, head, name))
      ? [`HEAD (${briefCommit(head)}) is not pushed`]
      : []),
    ...(uncommitted ? [uncommitted.words] : []),
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

/** Finds what git says of the head or its branch (git-status(1), porcelain version 2). */
function headerOf(lines: readonly string[], name: 'branch.oid' | 'branch.head'): string {
  return lines.find((line) => line.startsWith(`# ${name} `))?.split(' ')[2] ?? ''
}

function linesOf(text: string): string[] {
  return text === '' ? [] : text.split('\n')
}
