// A client of one host, as a process of its own that gets signals: it watches a run, leaves it there (detach), or waits as one that reads a log.
import { setTimeout } from 'node:timers/promises'
import { detach } from '../../../../src/cli/watch/detach.ts'
import { untilSignal } from '../../../../src/cli/watch/signals.ts'
import { watchRun } from '../../../../src/cli/watch/watch-run.ts'
import { exitCodeOf } from '../../../../src/operations/fleet/join-errors.ts'
import { createIdentities } from '../../../../src/ssh/keys/identities.ts'
import { openConnection } from '../../../../src/ssh/open-connection.ts'
import { print } from '../../../../src/ui/output/print-lines.ts'
import { REQUEST, STEPS } from '../../../operations/support/scripted-run.ts'

const [mode, settings = '{}'] = process.argv.slice(2)
const open = () => openConnection(JSON.parse(settings), createIdentities())
const targets = [{ host: 'web1', user: 'alice', open }]
const environment = 'production'

if (mode === 'watch') {
  const outcomes = await watchRun({
    targets,
    work: { request: REQUEST, steps: STEPS },
    face: { environment, ref: REQUEST.ref, steps: STEPS },
    onSignal: 'cancel',
    rootSteps: new Set(),
  })
  process.exitCode = exitCodeOf(outcomes)
} else if (mode === 'detach') {
  const work = { request: REQUEST, steps: STEPS }
  const { code } = await detach({ targets, work, environment, options: {}, json: false })
  process.exitCode = code
} else {
  const left = untilSignal(setTimeout(60_000), async () => print('left'))
  // from here on a signal is heard
  print('waiting')
  await left
  process.exitCode = 130
}
