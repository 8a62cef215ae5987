// Forged events: whatever a step, a build or git prints, and whatever of the protocol it knows, nothing that the client says or
// ends with differs from what the host knows of the run.
import { SHELLS } from '../remote/support/rendered-host.ts'
import { forgedSuite } from './support/forged-events-suite.ts'

/** So small that a forgery is cut in two. */
const SMALL_BLOCK_BYTES = 61

forgedSuite({
  hosts: [...Object.keys(SHELLS).map((shell): [string] => [shell]), ['dash', SMALL_BLOCK_BYTES]],
  every: 1,
  fuzzedRuns: 40,
})
