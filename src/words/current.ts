// A link `current` of releases that is not as the last switch left it.
import type { StatusEvent } from '../protocol/event.ts'

/** What is wrong with the link. A deploy or a rollback switches it, so that it is right again. */
export const CURRENT_WORDS: Readonly<Record<NonNullable<StatusEvent['current']>['state'], string>> = {
  gone: 'was removed since the last switch',
  dangling: 'leads to nothing',
  changed: 'was changed by hand since the last switch',
}
