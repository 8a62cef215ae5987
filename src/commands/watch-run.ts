// Shows a run to its end. The one place that knows what a signal means: who started the run may cancel it, who only looks
// leaves; the run itself belongs to its hosts in any case.
import { askHosts } from '../operations/ask-hosts.ts'
import { deploy } from '../operations/deploy.ts'
import type { FollowOptions, Target, Work } from '../operations/follow-run.ts'
import { nameCommand } from '../protocol/name-command.ts'
import type { HostOutcome, Show } from '../protocol/progress.ts'
import { cancelWords } from '../ui/cancel-words.ts'
import { chooseFace, type FaceOptions } from '../ui/face.ts'
import { askChoice, canAsk } from '../ui/prompt.ts'
import { QuietStart } from './quiet-start.ts'
import { untilSignal } from './until-signal.ts'

/** How a run is shown, and what a signal does to it. */
export type Watch = {
  targets: readonly Target[]
  work: Work
  face: Pick<FaceOptions, 'environment' | 'ref' | 'steps' | 'writes' | 'format'>
  /** 'cancel' for the command that started the run */
  onSignal: 'cancel' | 'leave'
  /** the steps that root runs, which nobody can end */
  rootSteps: ReadonlySet<string>
  options?: Pick<FollowOptions, 'waitMs'>
  /** the start of the screen, when something was asked before it */
  start?: QuietStart
}

/** @returns each host's outcome; nothing if the person left the run */
export async function watchRun(watch: Watch): Promise<readonly HostOutcome[] | undefined> {
  const { targets, onSignal } = watch
  const { environment } = watch.face
  const { run, app } = watch.work.request
  let { work } = watch
  const begun = new Set<string>()
  let cancelled = false
  let view: View | undefined
  for (;;) {
    view ??= beginView(watch, work, begun)
    const { start, leaving } = view
    let signal: string | undefined
    const mayCancel = () => onSignal === 'cancel' && signal !== 'SIGHUP'
    // nobody is asked, and each byte is shown once: what is cancelled is followed to its end
    const staysOn = () => mayCancel() && !canAsk() && !cancelled && begun.size === targets.length
    const outcomes = await untilSignal(view.outcomes, async (name) => {
      signal = name
      if (staysOn()) return
      leaving.abort()
      await start.end([])
    })
    if (outcomes) {
      await start.end(outcomes)
      return outcomes
    }
    if (staysOn()) {
      cancelled = true
      await cancel(watch)
      continue
    }
    if (mayCancel() && begun.size === 0) {
      // the request may be on its way
      await askHosts(targets, { verb: 'cancel', run, app })
      process.stderr.write(`${signal}: stopped before the run began\n`)
      return undefined
    }
    // a host that does not end a cancelled run is not to keep who has nobody to ask
    const leaves = !mayCancel() || (cancelled && !canAsk())
    const choice = leaves ? 'leave' : await chooseForRun()
    if (choice === 'leave') {
      process.stderr.write(
        `${signal}: shipit left; run ${run} goes on if it has begun. See: ${nameCommand('attach', environment)}, ${nameCommand('status', environment)}\n`,
      )
      return undefined
    }
    if (choice === 'cancel') {
      cancelled = true
      await cancel(watch)
    }
    const { request } = work
    const asked = request.verb === 'attach' ? {} : { asked: request }
    work = { ...work, ...asked, request: { verb: 'attach', run, app } }
    view = undefined
  }
}

/** A screen, and what is shown on it. */
type View = { start: QuietStart; leaving: AbortController; outcomes: Promise<readonly HostOutcome[]> }

/** @param begun gets the names of the hosts whose run was seen */
function beginView(watch: Watch, work: Work, begun: Set<string>): View {
  const { targets, options } = watch
  const isFirst = work === watch.work
  const start = (isFirst ? watch.start : undefined) ?? makeStart(watch)
  const leaving = new AbortController()
  const show: Show = (progress) => {
    if (progress.type === 'event' && progress.event.event === 'run') begun.add(progress.host)
    return start.show(progress)
  }
  return { start, leaving, outcomes: deploy(targets, work, show, { ...options, signal: leaving.signal }) }
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
  const question = '\nThe run goes on without you. [l]eave it, [c]ancel it, or [g]o on watching? '
  return (await askChoice(question, ['leave', 'cancel', 'go on'])) ?? 'leave'
}

/** What can't be cancelled is seen from its outcome: this only says why, and when the run ends. */
async function cancel({ targets, work, rootSteps, face }: Watch): Promise<void> {
  const { run, app } = work.request
  const command = nameCommand('cancel --now', face.environment)
  for (const { host, events, error } of await askHosts(targets, { verb: 'cancel', run, app })) {
    const event = events.find((each) => each.event === 'cancelling')
    const said = error?.message ?? `cancelling${cancelWords({ event, isNow: false, rootSteps, command })}`
    process.stderr.write(`${host}: ${said}\n`)
  }
}
