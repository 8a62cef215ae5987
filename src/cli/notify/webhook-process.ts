// The process that sends one notification to a webhook: what to send comes on stdin, and how it went is its one line of output. Who
// has started it ends it in time.
import { text } from 'node:stream/consumers'

/** Who waits for it ends it before; this is for one that was itself killed. */
const LIMIT_MS = 10_000

/** What it is to send. */
export type Post = { url: string; body: string }

/** The status of the answer, or the code of what went wrong, where it has one. */
export type Posted = { status?: number; code?: string }

async function post({ url, body }: Post): Promise<Posted> {
  try {
    const { status, body: answer } = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'shipit', connection: 'close' },
      body,
      // nothing is sent to where it leads
      redirect: 'manual',
    })
    await answer?.cancel()
    return { status }
  } catch (error) {
    const { cause } = error as { cause?: { code?: unknown } }
    return typeof cause?.code === 'string' ? { code: cause.code } : {}
  }
}

setTimeout(() => process.exit(), LIMIT_MS).unref()
// no 'await' at the top: with one, the bundler gives other entries chunks, where they would not find their own programs
text(process.stdin)
  .then((order) => post(JSON.parse(order)))
  .then((posted) => process.stdout.write(`${JSON.stringify(posted)}\n`, () => process.exit()))
