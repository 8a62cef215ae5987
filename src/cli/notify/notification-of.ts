// What a notification says of a deploy that has ended: one outcome for all hosts, and a line for people.
import { defined } from '../../defined.ts'
import { EXIT_CODES } from '../../errors.ts'
import type { NOTIFICATION_VERSION, Notification } from '../../json/notification.ts'
import { exitCodeOf } from '../../operations/fleet/join-errors.ts'
import type { Work } from '../../operations/run/work.ts'
import type { Ref } from '../../protocol/request.ts'
import type { Notified } from '../../results/notified.ts'
import { type HostOutcome, isNotNeeded, isSuperseded } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { resultOf } from '../../ui/faces/json-face.ts'
import { notificationText } from './notification-text.ts'

/** Of the schema; imported, it would bring the library that describes it. */
const SCHEMA: typeof NOTIFICATION_VERSION = 1

export type Ended = {
  environment: string
  request: Pick<Work['request'], 'verb' | 'run' | 'app'> & { ref?: Ref; to?: string }
  outcomes: readonly HostOutcome[]
  ms: number
}

/** Makes the notification; none where no host needed anything. */
export function notificationOf(ended: Ended): Notification | undefined {
  const { environment, request, outcomes, ms } = ended
  const outcome = outcomeOf(ended)
  if (!outcome || (request.verb !== 'deploy' && request.verb !== 'rollback')) return undefined
  const { app, run, verb } = request
  const ran = outcomes.find((each) => each.run)?.run
  const ref = request.ref ?? ran?.ref
  const [commit, ...others] = new Set(outcomes.flatMap((each) => each.commit ?? []))
  const known = { ...defined({ ref, user: ran?.user, commit: others.length === 0 ? commit : undefined }), ms }
  const about = { environment, verb, run, to: request.to, ...known }
  return {
    schema: SCHEMA,
    text: forSlack(cleanLine(`${app}: ${notificationText(outcomes, about)}`)),
    ...{ outcome, app, environment, verb, run },
    ...known,
    exitCode: exitCodeOf(outcomes),
    hosts: Object.fromEntries(outcomes.map((each) => [each.host, resultOf(each)])),
  }
}

function outcomeOf({ outcomes, request }: Ended): Notified | undefined {
  const failed = outcomes.filter(({ error }) => error && error.kind !== 'held-back')
  if (failed.length > 0) {
    const code = exitCodeOf(outcomes)
    if (code === EXIT_CODES.cancelled) return 'cancelled'
    return code === EXIT_CODES.unknown && failed.some(({ error }) => error?.isUnknown) ? 'unknown' : 'failed'
  }
  if (outcomes.every(isNotNeeded)) return undefined
  if (outcomes.every((each) => isNotNeeded(each) || isSuperseded(each))) return 'superseded'
  return request.verb === 'rollback' ? 'rolled-back' : 'deployed'
}

/** As Slack wants text that is not to mention or link anything: https://docs.slack.dev/messaging/formatting-message-text */
function forSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
