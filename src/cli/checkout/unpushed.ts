// What of a branch is only in the person's checkout: a deploy takes what was pushed, and the rest is better said than missed.
import type { Ref } from '../../protocol/request.ts'
import { askCheckout } from './ask-checkout.ts'

/** Nobody waits for a warning. */
const LIMIT_MS = 1000

/**
 * Says what of a branch will not be deployed, a warning for each thing. Nothing of a tag, without a checkout, or where git is slow.
 * @param folder of the checkout, as it is: nothing is fetched
 */
export async function unpushedWarnings(folder: string, { kind, name }: Ref): Promise<string[]> {
  if (kind !== 'branch') return []
  const ask = (...words: string[]) => askCheckout(folder, ['-c', 'core.fsmonitor=false', ...words], LIMIT_MS)
  const [commits, current, changed] = await Promise.all([
    ask('rev-list', '--count', `refs/remotes/origin/${name}..refs/heads/${name}`),
    ask('symbolic-ref', '--short', '--quiet', 'HEAD'),
    ask('status', '--porcelain', '--untracked-files=no'),
  ])
  const ahead = Number(commits ?? 0)
  const changes = current === name && changed ? changed.split('\n').length : 0
  return [
    ...(ahead === 1 ? [`1 commit of branch '${name}' is not pushed, and is not deployed`] : []),
    ...(ahead > 1 ? [`${ahead} commits of branch '${name}' are not pushed, and are not deployed`] : []),
    ...(changes === 1 ? ['1 changed file is not committed, and the change is not deployed'] : []),
    ...(changes > 1 ? [`${changes} changed files are not committed, and the changes are not deployed`] : []),
  ]
}
