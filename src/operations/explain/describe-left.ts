// Says as the end of a sentence what a run left behind: what is live now, or where the host went back to by itself.
import type { OutcomeEvent } from '../../protocol/event.ts'

/** Of a run that began to change what is live and did not end well: its publish steps, by name. */
export type LeftBehind = {
  commit?: string
  done: readonly string[]
  /** failed, or ended with the run */
  broken: readonly string[]
  notRun: readonly string[]
  /** where a step writes, as far as it is known; null for one that only looks */
  writes?: ReadonlyMap<string, string | null>
}

/** Enough of a commit to be one of its kind in any repository. */
const SHOWN_DIGITS = 12

/** How the name of an rsync step begins, if it was given none. */
const SYNC = 'rsync '

/** Says how far a host came that went back by itself. */
export function describeBack({ back, tried, backStep }: OutcomeEvent): string {
  const failed = backStep === undefined ? '' : `'${backStep}' failed`
  if (back !== undefined)
    return `; the host went back by itself to run ${back}${failed && `, where ${failed} as well`}`
  if (tried === undefined) return ''
  return `; the host started to go back by itself to run ${tried} and did not reach it${failed && `: ${failed}`}: what is live may be partly of one run and partly of the other`
}

/** Says what is live now: "/var/www/ is at 1a2b3c4d5e6f; apachectl restart did not run". */
export function describeLeft(left: LeftBehind | undefined, { outcome }: OutcomeEvent): string {
  if (!left) return ''
  const at = left.commit === undefined ? 'new' : `at ${left.commit.slice(0, SHOWN_DIGITS)}`
  const isSync = (name: string) => left.writes?.get(name) != null || name.startsWith(SYNC)
  const target = (name: string) => left.writes?.get(name) ?? `the target of ${name}`
  const words = [
    ...left.done.map((name) => (isSync(name) ? `${target(name)} is ${at}` : `${name} ran`)),
    ...left.broken.flatMap((name) => {
      if (isSync(name)) return mayBeNew(target(name))
      // of a step that failed the message itself says so
      return outcome === 'cancelled' || outcome === 'interrupted' ? `${name} did not finish` : []
    }),
    ...left.notRun.map((name) => `${name} did not run`),
  ]
  return words.join('; ')
}

/** A link is the one or the other; a folder may be between them. */
function mayBeNew(target: string): string {
  return target.startsWith('/') && !target.endsWith('/')
    ? `${target} may be updated`
    : `${target} may be partly updated`
}
