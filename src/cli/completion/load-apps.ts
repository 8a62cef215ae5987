// Loads a config for completion: in a process and a session of its own, without a terminal, and not for long. It can neither print
// nor read, and none of it is left.

import { dirname } from 'node:path'
import type { ConfigAnswer, ConfigOrder } from '../../config/load/config-process.ts'
import { forkSilently } from '../../config/load/start-config.ts'
import { trustConfig } from '../../config/load/trust-config.ts'
import { startProgram } from '../../programs/start-program.ts'
import { hideRedacted } from '../secrets/hide-redacted.ts'
import { type KnownApp, namesIn, noteApps, readApps } from './known-names.ts'

/** A person who presses Ctrl-C at a Tab: the config has a session of its own, and would not get it. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Longer than any config takes that only says what it is; one that asks a secrets store is loaded by commands alone. */
const LIMIT_MS = 1500

/**
 * Loads a config and notes its names.
 * @param file absolute
 * @returns nothing where it can't be loaded, takes too long, or may be somebody else's
 * @throws MachineError if this machine has no room for its process now: that says nothing of the config
 */
export async function loadApps(file: string): Promise<readonly KnownApp[] | undefined> {
  // one that is named in the line is not yet one that was run
  trustConfig(file, dirname(file), { uid: process.geteuid?.(), env: process.env })
  const apps = await ask(file)
  // until it is changed, or a command has loaded it
  noteApps(file, apps ?? readApps(file).apps)
  return apps
}

async function ask(file: string): Promise<readonly KnownApp[] | undefined> {
  const { promise, resolve } = Promise.withResolvers<readonly KnownApp[] | undefined>()
  const child = await startProgram({ program: 'node' }, forkSilently)
  const end = () => {
    clearTimeout(limit)
    try {
      // with all that it has started
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // it has ended
    }
  }
  const stop = () => resolve(undefined)
  const limit = setTimeout(stop, LIMIT_MS)
  for (const signal of SIGNALS) process.once(signal, stop)
  child.on('message', ({ configs }: ConfigAnswer) => {
    if (configs) hideRedacted(configs, process.env)
    resolve(configs?.map(namesIn))
  })
  child.on('error', stop)
  child.on('exit', stop)
  const order: ConfigOrder = { file, argv: ['shipit', 'completion'] }
  child.send(order, () => {})
  return promise.finally(() => {
    end()
    for (const signal of SIGNALS) process.off(signal, stop)
    child.disconnect?.()
    child.unref()
  })
}
