// The process in which a config is loaded: it gets one order over its channel, gives one answer, and ends. Its one argument is the
// folder for compiled code.
import { enableCompileCache } from 'node:module'
import { defined } from '../../defined.ts'
import type { ShipitError } from '../../errors.ts'
import type { CheckedApps } from '../checked-config.ts'

/** What it is to do. */
export type ConfigOrder = {
  file: string
  /** the words of the command line, which a config may look at */
  argv: readonly string[]
}

export type ConfigAnswer = { configs: CheckedApps; problem?: never } | { configs?: never; problem: Problem }

type Problem = Pick<ShipitError, 'message' | 'suggestions'> & Partial<Pick<ShipitError, 'details'>>

// a config may replace them
const exit = process.exit.bind(process)
const send = process.send?.bind(process)
const { stdout, stderr } = process

let isAnswered = false

function answer(it: ConfigAnswer): void {
  if (isAnswered) return
  isAnswered = true
  send?.(it, () => flush(() => exit(0)))
}

/** What it has printed comes before its end. */
function flush(done: () => void): void {
  stdout.write('', () => stderr.write('', done))
}

const [, , compileCache] = process.argv
if (compileCache) enableCompileCache(compileCache)
// a full disk behind stderr must not keep it from loading
for (const stream of [stdout, stderr]) stream.on('error', () => {})
process.on('disconnect', () => exit(1))

// while the order may still be on its way
const reading = Promise.all([import('./read-config.ts'), import('./unreadable.ts')])
process.once('message', load)

async function load(order: ConfigOrder): Promise<void> {
  process.argv = [process.execPath, ...order.argv]
  // a listener would hold the process, which is to end when a config waits for nothing
  process.channel?.unref()
  const [{ readConfigs }, { unreadable }] = await reading
  process.on('uncaughtException', (error) => fail(unreadable(order.file, error)))
  process.on('beforeExit', () =>
    fail({
      message: `cannot load ${order.file}: an 'await' in it never ends`,
      details: { file: order.file },
      suggestions: ['Look for a promise that is never resolved.'],
    }),
  )
  readConfigs(order.file).then(
    (configs) => answer({ configs }),
    (error) => fail(error),
  )
}

function fail({ message, suggestions, details }: Problem): void {
  answer({ problem: { message, suggestions, ...defined({ details }) } })
}
