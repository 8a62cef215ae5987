// The quick ones of the attacks that `npm run attacks` makes on the built client; needs 'npm run build'.
import { describeAttacks } from '../attacks/support/hostile-host-suite.ts'

describeAttacks(
  [
    { name: 'sequences in a row', reader: 'terminal', forMs: 0 },
    { name: 'sequences', reader: 'pipe', forMs: 0 },
    { name: 'sequences', reader: 'json', forMs: 0 },
    { name: 'forged outcomes', reader: 'pipe', forMs: 0 },
    { name: 'a wrong order', reader: 'json', forMs: 0 },
    { name: 'an end that never comes', reader: 'pipe', forMs: 0 },
    { name: 'a failure that never ends', reader: 'terminal', forMs: 0 },
    { name: 'sequences', command: 'log', reader: 'pipe', forMs: 0 },
    { name: 'sequences', command: 'log', reader: 'json', forMs: 0 },
    { name: 'sequences', command: 'attach', reader: 'pipe', forMs: 0 },
    { name: 'endless lines', reader: 'stopped', forMs: 1500 },
  ],
  { concurrency: 3 },
)
