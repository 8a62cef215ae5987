// Sends one notification to a webhook, in a process of its own: a name that is looked up can't be given up otherwise, and would hold
// shipit for 20 seconds (getaddrinfo(3), which Node ends for no AbortSignal and waits for at its exit).
import { extname, join } from 'node:path'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { type Limits, runBriefly } from './run-briefly.ts'
import type { Post, Posted } from './webhook-process.ts'

/** Beside this file among the sources; the bundle has this file in its chunks. */
const PROGRAM =
  extname(import.meta.filename) === '.ts'
    ? join(import.meta.dirname, 'webhook-process.ts')
    : join(import.meta.dirname, '../cli/notify/webhook-process.js')

/** Never rejects. @returns why it was not taken, without the URL; nothing if it was */
export async function sendToWebhook(
  url: string,
  body: string,
  limits: Limits = {},
): Promise<string | undefined> {
  const post: Post = { url, body }
  const ended = await runBriefly([process.execPath, PROGRAM], {
    ...limits,
    // other users may see the words of a command
    ...{ input: JSON.stringify(post), reads: 'stdout' },
  })
  if (typeof ended === 'string') return ended
  const { status, code } = parse(ended.lastLine)
  if (status === undefined) return whyNot(code)
  return status >= 200 && status < 300 ? undefined : `it answered with status ${status}`
}

function parse(line: string): Posted {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

/** By its code alone: the message of an error may have the URL in it. */
function whyNot(code: string | undefined): string {
  if (code === 'ENOTFOUND') return 'its name has no address'
  if (code === 'EAI_AGAIN') return 'its name could not be looked up'
  return code === undefined ? 'it could not be reached' : cleanQuote(code)
}
