// What the person's checkout says of a commit that is deployed: its subject, and how far it is from what is live.
import { defined } from '../../defined.ts'
import { askCheckout } from './ask-checkout.ts'

/** Nobody waits for a remark. */
const LIMIT_MS = 1000

/**
 * Describes a commit, as far as the checkout has it. Nothing is fetched.
 * @param way full ids
 * @returns how many commits come and go only where the checkout has all of them
 */
export async function describeCommit(
  folder: string,
  { to, from }: { to: string; from?: string | undefined },
): Promise<{ subject?: string; comes?: number; goes?: number }> {
  const ask = (...words: string[]) => askCheckout(folder, words, LIMIT_MS)
  const [subject, counts, isShallow] = await Promise.all([
    ask('log', '--max-count=1', '--no-color', '--no-show-signature', '--format=%s', to, '--'),
    from && ask('rev-list', '--left-right', '--count', `${from}...${to}`, '--'),
    from && ask('rev-parse', '--is-shallow-repository'),
  ])
  // what a shallow clone counts ends where its history does
  if (!counts || isShallow !== 'false') return defined({ subject })
  const [goes, comes] = counts.split('\t').map(Number)
  return defined({ subject, comes, goes })
}
