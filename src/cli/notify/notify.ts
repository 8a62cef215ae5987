// Sends to the webhooks and programs of the config how a deploy or a rollback has ended.
import { dirname } from 'node:path'
import type { CheckedConfig, CheckedEnvironment, CheckedNotify } from '../../config/checked-config.ts'
import type { HostOutcome } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import { renderNotification } from '../../safe-text/json-line.ts'
import { isCi } from '../../words/ci-system.ts'
import { type Ended, notificationOf } from './notification-of.ts'
import { sendToProgram } from './send-to-program.ts'
import { sendToWebhook } from './send-to-webhook.ts'

/** What is deployed where, and what the process finds in its environment. */
export type About = { config: CheckedConfig; environment: CheckedEnvironment; env?: NodeJS.ProcessEnv }

/** What is sent, and until when somebody waits for it. */
type Send = { body: string; folder: string; env: NodeJS.ProcessEnv; stop: AbortSignal | undefined }

/** Sends how it has ended. Never rejects. @returns a sentence for each that was not sent */
export type Notify = (
  request: Ended['request'],
  outcomes: readonly HostOutcome[],
  stop?: AbortSignal,
) => Promise<string[]>

/** Makes what sends it; nothing where nothing is to be sent. The time counts from here. */
export function prepareNotify({ config, environment, env = process.env }: About): Notify | undefined {
  const wanted = config.notify.filter(({ sandbox }) => sandbox || environment.kind === 'hosts')
  if (wanted.length === 0) return undefined
  const beganAtMs = performance.now()
  return async (request, outcomes, stop) => {
    try {
      const ms = Math.round(performance.now() - beganAtMs)
      const notification = notificationOf({ environment: environment.name, request, outcomes, ms })
      if (!notification) return []
      const send = { body: renderNotification(notification), folder: dirname(config.file), env, stop }
      const asked = wanted.filter(({ on }) => on.includes(notification.outcome))
      const unsent = await Promise.all(asked.map(({ to }) => sendTo(to, send)))
      return unsent.flat()
    } catch (error) {
      // a fault of shipit, which is not to change how the deploy ended
      return [`no notification was sent: ${cleanLine(String(error))}`]
    }
  }
}

async function sendTo(to: CheckedNotify['to'], { body, folder, env, stop }: Send): Promise<string[]> {
  if ('command' in to) {
    const why = await sendToProgram(to.command, body, { folder, stop })
    return why === undefined ? [] : [`the notification by '${to.command[0]}' failed: ${why}`]
  }
  const url = 'url' in to ? to.url : env[to.urlEnv]
  // on a laptop it need not be set
  if (!url) return isCi(env) && 'urlEnv' in to ? [`${to.urlEnv} is not set: no notification was sent`] : []
  const name = 'url' in to ? new URL(url).host : `the webhook of ${to.urlEnv}`
  const why = isWebhook(url) ? await sendToWebhook(url, body, { stop }) : 'it is not an https:// URL'
  return why === undefined ? [] : [`the notification to ${name} failed: ${why}`]
}

function isWebhook(url: string): boolean {
  return url.startsWith('https://') && URL.canParse(url)
}
