// Shows a run to its end. The one place that knows what a signal means: who started the run may cancel it, who only looks
// leaves; the run itself belongs to its hosts in any case.
import { ShipitError } from '../errors.ts'
import { askHosts } from '../operations/ask-hosts.ts'
import { deploy } from '../operations/deploy.ts'
import type { FollowOptions, Target, Work } from '../operations/follow-run.ts'
import type { HostOutcome } from '../protocol/progress.ts'
import { chooseFace, type FaceOptions } from '../ui/face.ts'
import { askChoice, canAsk } from '../ui/prompt.ts'
import { QuietStart } from './quiet-start.ts'
import { untilSignal } from './until-signal.ts'

/** How a run is shown, and what a signal does to it. */
export type Watch = {
  targets: readonly Target[]
  work: Work
  face: Pick<FaceOptions, 'environment' | 'ref' | 'steps' | 'format'>
  /** 'cancel' for the command that started the run */
  onSignal: 'cancel' | 'leave'
  options?: Pick<FollowOptions, 'waitMs'>
  /** the start of the screen, when something was asked before it */
  start?: QuietStart
}

/** @returns each host's outcome; nothing if the person left the run */
export async function watchRun(watch: Watch): Promise<readonly HostOutcome[] | undefined> {
  const { targets, onSignal } = watch
  const { run, app } = watch.work.request
  let { work } = watch
  let cancelled = false
  for (let start = watch.start ?? makeStart(watch); ; start = makeStart(watch)) {
    const leaving = new AbortController()
    let signal: string | undefined
    const outcomes = await untilSignal(
      deploy(targets, work, start.show, { ...watch.options, signal: leaving.signal }),
      async (name) => {
        signal = name
        leaving.abort()
        await start.end([])
      },
    )
    if (outcomes) {
      await start.end(outcomes)
      return outcomes
    }
    // a host that does not end a cancelled run is not to keep who has nobody to ask
    const leaves = onSignal === 'leave' || signal === 'SIGHUP' || (cancelled && !canAsk())
    const choice = leaves ? 'leave' : await chooseForRun()
    if (choice === 'leave') {
      process.stderr.write(
        `${signal}: shipit left; run ${run} goes on if it has begun. See: shipit attach, shipit status\n`,
      )
      return undefined
    }
    if (choice === 'cancel') {
      cancelled = true
      await cancel(targets, run, app)
    }
    const { request } = work
    const asked = request.verb === 'attach' ? {} : { asked: request }
    work = { ...work, ...asked, request: { verb: 'attach', run, app } }
  }
}

/** Makes a screen that begins when there is something to show. */
export function makeStart({ targets, work, face }: Pick<Watch, 'targets' | 'work' | 'face'>): QuietStart {
  return new QuietStart(() =>
    chooseFace({
      stdout: process.stdout,
      stderr: process.stderr,
      env: process.env,
      app: work.request.app,
      hosts: targets.map(({ host }) => host),
      ...face,
    }),
  )
}

/** In a terminal a person is asked; a program that ends us wants the run ended. */
async function chooseForRun(): Promise<'leave' | 'cancel' | 'go on'> {
  if (!canAsk()) return 'cancel'
  const answer = await askChoice(
    '\nThe run goes on without you. [l]eave it, [c]ancel it, or [g]o on watching? ',
    'lcg',
  )
  if (answer === 'c') return 'cancel'
  return answer === 'g' ? 'go on' : 'leave'
}

/** What can't be cancelled is seen from its outcome: this only says why. */
async function cancel(targets: readonly Target[], run: string, app: string): Promise<void> {
  process.stderr.write('cancelling: a publish step is let finish (shipit cancel --now does not)\n')
  const answers = await askHosts(targets, { verb: 'cancel', run, app })
  for (const { error } of answers)
    if (error instanceof ShipitError) process.stderr.write(`${error.message}\n`)
}
