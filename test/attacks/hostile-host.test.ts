// All attacks of a hostile host on the built client, each in a pipe, in a terminal and with --json; needs 'npm run build'.
import { ATTACKS } from './support/hostile-host-attacks.ts'
import { describeAttacks } from './support/hostile-host-suite.ts'

describeAttacks(
  Object.keys(ATTACKS).flatMap((name) =>
    (['pipe', 'json', 'terminal'] as const).map((reader) => ({ name, reader, forMs: 10_000 })),
  ),
)
describeAttacks(
  (['log', 'attach'] as const).flatMap((command) =>
    (['pipe', 'json', 'terminal'] as const).flatMap((reader) =>
      ['sequences', '20 MB of sequences', '2 GB of lines', 'endless lines'].map((name) => ({
        name,
        command,
        reader,
        forMs: 10_000,
      })),
    ),
  ),
)
describeAttacks([
  { name: 'endless lines', reader: 'stopped', forMs: 10_000 },
  { name: 'endless bytes', reader: 'stopped', forMs: 20_000 },
])
