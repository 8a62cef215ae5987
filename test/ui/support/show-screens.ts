// Not a test: a program that shows screens one after the other, each below its name, for the tests to look at in a terminal.

import { setTimeout } from 'node:timers/promises'
import { sayLeft } from '../../../src/cli/watch/last-words.ts'
import { chooseForRun } from '../../../src/cli/watch/watch-run.ts'
import type { ShipitError } from '../../../src/errors.ts'
import { explainOutcome } from '../../../src/operations/explain/explain-outcome.ts'
import { explainRefusal } from '../../../src/operations/explain/explain-refusal.ts'
import type { EventOf, OutcomeEvent } from '../../../src/protocol/event.ts'
import type { HistoryEntry, HostStatus } from '../../../src/results/host-answer.ts'
import type { HostOutcome, Progress } from '../../../src/results/progress.ts'
import { chooseFace } from '../../../src/ui/faces/choose-face.ts'
import { hintLines, print, say } from '../../../src/ui/output/print-lines.ts'
import { askYes } from '../../../src/ui/output/prompt.ts'
import { cancelWords } from '../../../src/ui/record/cancel-words.ts'
import type { HeaderSource } from '../../../src/ui/record/header-words.ts'
import { formatAnswers } from '../../../src/ui/views/answers-view.ts'
import { formatHistory } from '../../../src/ui/views/history-view.ts'
import { formatRollback } from '../../../src/ui/views/rollback-view.ts'
import { formatStatus } from '../../../src/ui/views/status-view.ts'
import { begun, COMMIT, failedInRsync, planFor, RUN, ran, succeeded, told } from './recorded.ts'

type Recorded = { progress: Progress[]; outcome: HostOutcome }

const TIME = '2026-11-22T12:00:00Z'
const NOW = new Date('2026-11-22T12:03:20Z')
const OLD = '20261121T093000Z-fedcba9876543210'
const OLD_COMMIT = '9f66a49d0c1b2a3948576655443322110ffeeddc'
const ref = { kind: 'branch', name: 'feature/new-checkout' } as const
const hosts = ['web1', 'web2', 'web3']

const expected = (host: string) => ({
  host,
  environment: 'production',
  request: { run: RUN, app: 'codebase', ref, flags: [], verb: 'deploy' as const },
  knownRefs: () => ['master', 'feature/new-checkouts', 'release'],
})

const planOf = (some: readonly string[]) => ({
  ...planFor(...some),
  ref,
  // as the local recipe says it, before a host does
  steps: planFor(...some).steps.map((step) =>
    step.name === 'make html' ? { ...step, skipped: 'flag' as const } : step,
  ),
  flags: new Map([['make html', '--docs']]),
})

/** Shows what hosts told, all at once. */
async function play(recorded: readonly Recorded[], header?: HeaderSource): Promise<void> {
  const names = recorded.map(({ outcome }) => outcome.host)
  const { stdout, stderr, env } = process
  const face = await chooseFace({ ...planOf(names), ...(header ? { header } : {}), stdout, stderr, env })
  for (const { progress } of recorded) for (const event of progress) void face.show(event)
  await face.end(recorded.map(({ outcome }) => outcome))
}

function refused(host: string, event: Omit<EventOf<'refused'>, 'event' | 'exit' | 'time'>): Recorded {
  const refusal = { event: 'refused' as const, exit: 75, ...event }
  const error = explainRefusal({ time: TIME, ...refusal }, expected(host))
  return { progress: [...begun(host).slice(0, 2), told(host, refusal)], outcome: { host, error } }
}

function ended(host: string, recorded: Recorded, changes: Partial<OutcomeEvent>): Recorded {
  const outcome = { ...recorded.outcome.outcome, event: 'outcome', run: RUN, ...changes } as OutcomeEvent
  const error: ShipitError = explainOutcome(outcome, expected(host), { run: run({ ref }) })
  return { progress: recorded.progress, outcome: { ...recorded.outcome, host, outcome, error } }
}

const unknownBranch = (host: string): Recorded => {
  const output = "fatal: couldn't find remote ref refs/heads/feature/new-checkout\n"
  const progress = [...begun(host), ...ran(host, 'git', { output, status: 66, ms: 300 })]
  const changes = {
    outcome: 'failed',
    exit: 66,
    step: 'git',
    number: 1,
    status: 66,
    reason: 'ref-not-found',
  } as const
  return ended(host, { progress, outcome: { host } }, changes)
}

const run = (changes: Partial<HistoryEntry['run']> = {}): HistoryEntry['run'] => ({
  event: 'run',
  run: RUN,
  time: TIME,
  user: 'alice',
  app: 'codebase',
  ref,
  flags: [],
  digest: 'd',
  ...changes,
})
const result = (host: string, changes: Partial<OutcomeEvent> = {}): HistoryEntry['hosts'][number] => ({
  host,
  outcome: {
    ...{ event: 'outcome', time: TIME, run: RUN, outcome: 'succeeded', exit: 0, ms: 4200, commit: COMMIT },
    ...changes,
  } as OutcomeEvent & { time: string },
})

const status = (host: string): HostStatus => ({
  host,
  status: {
    event: 'status',
    time: TIME,
    lock: 'free',
    live: { commit: COMMIT, ref, run: RUN, how: 'complete' },
  },
  lastRun: run({ time: host === 'web2' ? '2026-11-22T12:00:01Z' : TIME }),
  lastOutcome: { event: 'outcome', run: RUN, outcome: 'succeeded', exit: 0, time: TIME },
})

/** @param commits those that go away, as far as this checkout has them */
const rollback = (commits: { lines: string[]; more: number } | undefined) =>
  formatRollback({
    to: OLD,
    ways: [
      {
        hosts,
        live: { commit: COMMIT, ref, run: RUN, how: 'complete' },
        liveRun: run(),
        target: run({ run: OLD, time: '2026-11-21T09:30:00Z', ref: { kind: 'branch', name: 'master' } }),
        commit: OLD_COMMIT,
        commits,
      },
    ],
    now: NOW,
  })

const live = { commit: OLD_COMMIT, ref, run: OLD, how: 'complete' } as const

/** After all hosts have been asked. */
const planned = (host: string): Recorded => {
  const { progress, outcome } = succeeded(host)
  const [connecting, connected, ...rest] = progress as [Progress, Progress, ...Progress[]]
  return {
    progress: [
      connecting,
      connected,
      { host, type: 'planned', isReady: true, live, commit: COMMIT },
      ...rest,
    ],
    outcome,
  }
}

export const SCREENS: Record<string, () => Promise<void> | void> = {
  'deploy-1-host': () => play([succeeded('web1')]),
  'deploy-3-hosts': () => play(hosts.map(succeeded)),
  'deploy-with-header': () =>
    play(hosts.map(planned), {
      notes: ['HEAD (a1b2c3d) is not pushed', '2 changed files are not committed'],
      about: async () => ({ subject: 'fix the cart', comes: 3, goes: 0 }),
    }),
  locked: () => {
    const holder = {
      run: OLD,
      user: 'bob',
      ref: { kind: 'branch', name: 'master' },
      seconds: 4,
      step: 'migrate',
    }
    return play(
      hosts.map((host, at) =>
        refused(host, { reason: 'locked', holder: { ...holder, seconds: 4 + at } as never }),
      ),
    )
  },
  frozen: () => {
    const freeze = { user: 'bob', reason: 'the_database_moves_to_another_host_tonight', seconds: 240 }
    return play(hosts.map((host) => refused(host, { reason: 'frozen', freeze })))
  },
  policy: () => play(hosts.map((host) => refused(host, { reason: 'policy' }))),
  'step-fails-on-2-of-3': () =>
    play(
      hosts.map((host) =>
        host === 'web2'
          ? succeeded(host)
          : ended(host, failedInRsync(host, 'rsync: write failed: No space left on device\n'), {}),
      ),
    ),
  'branch-unknown': () => play([unknownBranch('web1')]),
  'ctrl-c': async () => {
    const { stdout, stderr, env } = process
    const face = await chooseFace({ ...planOf(hosts), stdout, stderr, env })
    for (const host of hosts)
      for (const event of [...begun(host), ...ran(host, 'git', {})]) void face.show(event)
    await face.pause()
    await chooseForRun(true, false, AbortSignal.timeout(100))
    process.stderr.write('\n')
    sayLeft('SIGINT', {
      words: `run ${RUN} continues`,
      hints: [`Watch it again: shipit attach production --run ${RUN}`],
    })
  },
  cancel: () => {
    const { words, hint = '' } = cancelWords({
      event: { event: 'cancelling', time: TIME, run: RUN, step: 'migrate', phase: 'publish' },
      isNow: false,
      rootSteps: new Set(),
      lastStep: undefined,
      command: `shipit cancel production --run ${RUN} --now`,
    })
    const said = hosts.map((host) => ({ host, words: `cancelling${words}` }))
    say([...formatAnswers(said), ...hintLines([hint], process.stderr)])
  },
  history: () =>
    print(
      formatHistory([
        { run: run({ to: OLD }), hosts: hosts.map((host) => result(host)) },
        {
          run: run({ run: OLD, ref: { kind: 'branch', name: 'master' }, flags: ['docs'] }),
          hosts: [
            result('web1'),
            result('web2'),
            result('web3', { outcome: 'failed', step: 'apachectl restart', status: 3 }),
          ],
        },
        { run: run({ ref: { kind: 'tag', name: 'v1.2.0' } }), hosts: hosts.map((host) => result(host)) },
      ]),
    ),
  status: () =>
    print(formatStatus({ app: 'codebase', environment: 'production', answers: hosts.map(status), now: NOW })),
  'rollback-without-commits': () => say(rollback(undefined)),
  'rollback-question': async () => {
    say(rollback({ lines: ['1a2b3c4 add the new checkout', '5d6e7f8 fix the cart'], more: 3 }))
    // nobody answers: the question stands there as it does for a person
    void askYes(`Go back on production to run ${OLD} (branch 'master', by alice)?`)
    await setTimeout(100)
    process.stderr.write('\n')
  },
}

if (import.meta.main) {
  for (const [name, show] of Object.entries(SCREENS)) {
    // what was painted must have gone before the next name
    await setTimeout(20)
    process.stdout.write(`=== ${name}\n`)
    await show()
  }
  // the last question is still open
  process.exit()
}
