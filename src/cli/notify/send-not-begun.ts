// Sends that a deploy did not begin, where that is known before one of its own hosts is asked.
import { ShipitError } from '../../errors.ts'
import { makeRunId, type Ref } from '../../protocol/request.ts'
import { say } from '../../ui/output/print-lines.ts'
import { type About, prepareNotify } from './notify.ts'

/** Mistakes in the command or its config: only the person who made them needs to hear of them. */
const MISTAKES: ReadonlySet<string> = new Set(['usage', 'wrong-setup'])

/** Sends it as the failure of each host. Never rejects. @returns the error, which is to be thrown */
export async function sendNotBegun(
  { ref, ...about }: About & { ref: Ref },
  hosts: readonly string[],
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof ShipitError) || MISTAKES.has(error.kind)) return error
  const request = { verb: 'deploy', run: makeRunId(), app: about.config.recipe.app, ref } as const
  const outcomes = hosts.map((host) => ({ host, error }))
  const unsent = await prepareNotify(about)?.(request, outcomes)
  say(unsent?.map((sentence) => `warning: ${sentence}`) ?? [])
  return error
}
