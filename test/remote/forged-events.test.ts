// A few of the forged events of test/attacks, for `npm test`.
import { forgedSuite } from '../attacks/support/forged-events-suite.ts'
import { isWhole } from '../support/whole.ts'
import { SHELLS } from './support/rendered-host.ts'

forgedSuite({
  hosts: Object.keys(SHELLS).map((shell): [string] => [shell]),
  every: isWhole ? 17 : 37,
  fuzzedRuns: 1,
})
