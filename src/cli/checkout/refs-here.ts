// What the checkout knows of the branches and tags of the repository that is deployed, for one that a host does not have.
import { dirname } from 'node:path'
import type { CheckedConfig, CheckedEnvironment } from '../../config/checked-config.ts'
import type { Work } from '../../operations/run/work.ts'
import type { Ref } from '../../protocol/request.ts'
import { isOnlyHere, listRefs } from './ask-checkout.ts'

/** Says how to ask it; not at all for the demo app, whose repository is another one. */
export function refsHere(
  { file }: Pick<CheckedConfig, 'file'>,
  environment: CheckedEnvironment,
  ref: Ref,
): Pick<Work, 'knownRefs' | 'isOnlyHere'> {
  if (environment.kind === 'sandbox' && environment.origin === 'demo') return {}
  const folder = dirname(file)
  return { knownRefs: () => listRefs(folder, ref.kind), isOnlyHere: () => isOnlyHere(folder, ref) }
}
