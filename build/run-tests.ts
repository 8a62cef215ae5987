// Runs what `npm test` runs: the checks and the unit tests beside those with real programs. Where programs start slowly, it runs them one
// after another, and fewer files at once. More at once would not end sooner there, and single tests would run out of time.
import { spawnSync } from 'node:child_process'
import { slowness } from '../test/support/patience.ts'

/** What a program takes to start and end on a machine that does nothing else. */
const USUAL_MS = 3

const PLAIN = 'node --run check && node --run test:unit'
const REAL = 'node --run test:base; node --run test:real'

const isSlow = slowness(USUAL_MS) > 2
if (isSlow)
  console.log('Programs start slowly on this machine: fewer tests run at once, with longer time limits.')
const { status } = spawnSync(
  'concurrently',
  ['--raw', '--group', ...(isSlow ? ['--max-processes', '1'] : []), PLAIN, REAL],
  { env: { ...process.env, SHIPIT_TEST_FILES: isSlow ? '2' : '5' }, stdio: 'inherit' },
)
process.exitCode = status ?? 1
