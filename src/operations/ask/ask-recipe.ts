// Asks hosts for the recipe that root installed there, and for what root gave with it.

import { ProtocolError, ShipitError } from '../../errors.ts'
import type { HostRecipe } from '../../results/host-answer.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import { callGate } from '../../ssh/gate/call-gate.ts'
import type { Target } from '../explain/callee.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'

/** No recipe is longer: a host that sends on and on is not to fill the memory. */
const MAX_RECIPE_BYTES = 256 * 1024

/** Asks all targets at once; failures are in the result and are not thrown. */
export function askRecipe(targets: readonly Target[], app: string): Promise<HostRecipe[]> {
  return Promise.all(targets.map((target) => askOne(target, app)))
}

async function askOne(target: Target, app: string): Promise<HostRecipe> {
  const { host } = target
  const recipe: HostRecipe = { host }
  const chunks: Uint8Array[] = []
  let length = 0
  /** where the recipe ends, in bytes */
  let end: number | undefined
  let connection: Connection | undefined
  try {
    connection = await target.open()
    const ended = await callGate(connection, { verb: 'recipe', app }, target, (piece) => {
      if (piece.type === 'output') {
        length += piece.bytes.length
        if (length > MAX_RECIPE_BYTES) throw new ProtocolError(`the recipe that '${host}' sent is too long`)
        chunks.push(Uint8Array.from(piece.bytes))
        return undefined
      }
      if (piece.type === 'unknown') return undefined
      const { event } = piece
      if (event.event === 'refused') throw explainRefusal(event, { host, request: { run: '', app } })
      if (event.event === 'hello') {
        recipe.version = event.version
        if (event.digest !== undefined) recipe.digest = event.digest
        end = event.recipe
      }
      return event.event === 'end' ? 'enough' : undefined
    })
    const sent = Buffer.concat(chunks)
    if (!ended) {
      const [text, rights] = [sent.subarray(0, end), sent.subarray(end ?? sent.length)]
      return { ...recipe, text: text.toString('utf8'), rights: rights.toString('utf8') }
    }
    throw new ProtocolError(`'${host}' stopped in the middle of its answer`)
  } catch (error) {
    if (error instanceof ShipitError) return { host, error }
    throw error
  } finally {
    connection?.close()
  }
}
