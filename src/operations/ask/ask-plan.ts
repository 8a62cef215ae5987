// Asks a host what a deploy would find there, and bring. Nothing is changed by it.

import { defined } from '../../defined.ts'
import { ConnectionError, ProtocolError, ShipitError, StepFailedError } from '../../errors.ts'
import type { DeployRequest } from '../../protocol/request.ts'
import type { HostPlan } from '../../results/host-answer.ts'
import { NOTHING_TOUCHED } from '../../results/progress.ts'
import { cleanLine } from '../../safe-text/clean-text.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import { type GateCall, readAnswer, sendRequest } from '../../ssh/gate/call-gate.ts'
import { nameCommand } from '../../words/command.ts'
import type { Target } from '../explain/callee.ts'
import type { Expected } from '../explain/expected-run.ts'
import { explainRefusal } from '../explain/explain-refusal.ts'
import { PlanGatherer } from './gather-plan.ts'

/** The deploy that is planned, and what is known for explaining why it can't be. */
export type Planned = Omit<Expected, 'host' | 'request'> & {
  request: DeployRequest
  /** looks at what it would change, with the names of files or without */
  look?: 'files' | 'counts'
  /** has the host compare these folders and files with what is live */
  paths?: readonly string[]
}

const SHOWN_LINES = 6

/** Asks all targets at once, each on a connection of its own; failures are in the result and are not thrown. */
export function askPlans(targets: readonly Target[], planned: Planned): Promise<HostPlan[]> {
  return Promise.all(
    targets.map(async (target) => {
      const { host } = target
      let connection: Connection | undefined
      try {
        connection = await target.open()
        return { host, ...(await askPlan(target, connection, planned)) }
      } catch (error) {
        if (error instanceof ShipitError) return { host, error }
        throw error
      } finally {
        connection?.close()
      }
    }),
  )
}

/** Asks one target. @throws ShipitError where it can't be deployed there, or there is no answer */
export async function askPlan(
  target: Target,
  connection: Connection,
  planned: Planned,
): Promise<Omit<HostPlan, 'host' | 'error'>> {
  const { look, paths } = planned
  const { app, ref, commit, flags, digest } = planned.request
  const request = {
    ...({ verb: 'plan', app, ref, flags } as const),
    ...defined({ commit, digest, look: look && true, files: look === 'files' || undefined, paths }),
  }
  return readPlan(target, await sendRequest(connection, request), planned)
}

/**
 * Sends a deploy that says first what it would find, and waits then for the word to begin.
 * @returns what it has said, and the call that waits
 * @throws ShipitError where it can't be deployed there, or there is no answer
 */
export async function askFirst(
  target: Target,
  connection: Connection,
  planned: Planned,
): Promise<Omit<HostPlan, 'host' | 'error'> & { waiting: GateCall }> {
  const waiting = await sendRequest(connection, { ...planned.request, ask: true })
  return { ...(await readPlan(target, waiting, planned)), waiting }
}

async function readPlan(
  target: Target,
  call: GateCall,
  planned: Planned,
): Promise<Omit<HostPlan, 'host' | 'error'>> {
  const { look } = planned
  const last = call.request.verb === 'deploy' ? 'ready' : 'end'
  const gatherer = new PlanGatherer(planned.request.digest)
  const end = await readAnswer(call, target, (answer) => {
    if (answer.type === 'output') gatherer.takeOutput(answer.bytes)
    if (answer.type !== 'event') return undefined
    const { event } = answer
    if (event.event === 'refused') {
      if (event.reason === 'repository') throw explainRepository(target, gatherer.takeWords())
      throw explainRefusal(event, { ...target, ...planned })
    }
    gatherer.takeEvent(event)
    return event.event === last ? 'enough' : undefined
  })
  if (!end) return gatherer.said(look !== undefined)
  const stopped = end.lost
    ? new ConnectionError(`the connection to '${target.host}' was lost in the middle of its answer`)
    : new ProtocolError(`'${target.host}' stopped in the middle of its answer`)
  throw stopped.asBeforeAll()
}

function explainRepository({ host, environment }: Target, words: string): ShipitError {
  const lines = words.split('\n').filter((line) => line.trim() !== '')
  const said = lines.slice(-SHOWN_LINES).map((line) => cleanLine(line))
  return new StepFailedError([`'${host}' cannot read the repository:`, ...said].join('\n'), {
    suggestions: [
      `See whether the host may read it: ${nameCommand('doctor', environment?.split(' ')[0])}`,
      NOTHING_TOUCHED,
    ],
  })
}
