// Tells the webhooks and programs of the config how a deploy or a rollback has ended.
import { dirname } from 'node:path'
import type { CheckedConfig, CheckedEnvironment, CheckedNotify } from '../../config/checked-config.ts'
import type { Work } from '../../operations/run/work.ts'
import type { HostOutcome } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { renderNotification } from '../../safe-text/json-line.ts'
import { notificationOf } from './notification-of.ts'
import { sendToProgram, sendToWebhook } from './send.ts'

type About = { config: CheckedConfig; environment: CheckedEnvironment; env?: NodeJS.ProcessEnv }

/** Tells how it has ended. Never rejects. @returns a sentence for each that was not told */
export type Notify = (request: Work['request'], outcomes: readonly HostOutcome[]) => Promise<string[]>

/** Makes what tells it; nothing if nobody is to be told. The time counts from here. */
export function prepareNotify({ config, environment, env = process.env }: About): Notify | undefined {
  const wanted = config.notify.filter(({ sandbox }) => sandbox || environment.kind === 'hosts')
  if (wanted.length === 0) return undefined
  const beganAtMs = performance.now()
  const tellAll: Notify = async (request, outcomes) => {
    const ms = Math.round(performance.now() - beganAtMs)
    const notification = notificationOf({ environment: environment.name, request, outcomes, ms })
    if (!notification) return []
    const body = renderNotification(notification)
    const asked = wanted.filter(({ on }) => on.includes(notification.outcome))
    const told = await Promise.all(
      asked.map((each) => tell(each, body, { folder: dirname(config.file), env })),
    )
    return told.flat()
  }
  // a fault of ours is not one of the deploy
  return (...of) =>
    tellAll(...of).catch((error) => [`nobody was told how it ended: ${cleanLine(String(error))}`])
}

async function tell(
  { to }: CheckedNotify,
  body: string,
  { folder, env }: { folder: string; env: NodeJS.ProcessEnv },
): Promise<string[]> {
  if ('command' in to) {
    const why = await sendToProgram(to.command, body, { folder })
    return why === undefined ? [] : [`the notification by '${to.command[0]}' failed: ${why}`]
  }
  const url = 'url' in to ? to.url : env[to.urlEnv]
  // where the variable is not set, nobody is to be told: on a laptop, for example
  if (!url) return []
  const name = 'url' in to ? new URL(url).host : `the webhook of ${to.urlEnv}`
  const why = isWebhook(url) ? await sendToWebhook(url, body) : 'it is not an https:// URL'
  return why === undefined ? [] : [`the notification to ${name} failed: ${why}`]
}

function isWebhook(url: string): boolean {
  return url.startsWith('https://') && URL.canParse(url)
}
