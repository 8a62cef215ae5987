import { Command, Flags } from '@oclif/core'
import { appFlag, configFlag, environmentArg, hostFlag, jsonAnswer, runFlag } from '../cli/flags.ts'
import { openHosts } from '../cli/open-hosts.ts'
import { showErrors } from '../cli/print-answers.ts'
import { readRunId } from '../cli/run-id.ts'
import { untilSignal } from '../cli/watch/signals.ts'
import { defined } from '../defined.ts'
import { EXIT_CODES, RefNotFoundError } from '../errors.ts'
import { findRun } from '../operations/ask/find-run.ts'
import { exitCodeOf } from '../operations/fleet/join-errors.ts'
import { readLogs } from '../operations/run/read-logs.ts'
import { hintLines, say } from '../ui/output/print-lines.ts'
import { foldHosts } from '../ui/views/fold-hosts.ts'
import { formatMoment } from '../ui/views/format-time.ts'
import { LogView } from '../ui/views/log-view.ts'
import { nameCommand, nameEnvironment } from '../words/command.ts'
import { didYouMean } from '../words/did-you-mean.ts'
import { refWords } from '../words/ref.ts'

export default class Log extends Command {
  static override summary = 'Print the output of the current run, or of the last one.'

  static override examples = [
    { description: 'What the last deploy printed', command: '<%= config.bin %> log' },
    {
      description: 'One step of it, followed until it ends',
      command: "<%= config.bin %> log --step 'make html' --follow",
    },
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    run: runFlag,
    step: Flags.string({ summary: 'only this step', helpValue: 'NAME' }),
    follow: Flags.boolean({ char: 'f', summary: 'follow the output until the run ends' }),
    host: hostFlag,
    app: appFlag,
    config: configFlag,
    json: jsonAnswer,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Log)
    const wanted = flags.run === undefined ? 'newest' : { id: readRunId(flags.run) }
    const { reach, app, environment } = await openHosts({ ...args, ...flags }, this.config)
    const { run, told, targets, running, newer, errors } = await findRun(reach.targets, app, wanted)
    // without --run, say which run it is, and first which hosts are missing
    if (flags.run === undefined && !flags.json) {
      say(
        told.map(({ run: said, hosts }) => {
          const where = foldHosts(hosts.map(({ host }) => host))
          return `run ${run}: ${refWords(said.ref)}, by ${said.user}, ${formatMoment(said.time, new Date())}, on ${where}`
        }),
      )
      say(
        newer.flatMap(({ run: said, hosts }) => {
          const names = hosts.map(({ host }) => host)
          const command = nameCommand(`log --run ${said.run}`, nameEnvironment(environment.name, names))
          return [
            `the last run on ${foldHosts(names)} is a different one`,
            ...hintLines([`To see it: ${command}`], process.stderr),
          ]
        }),
      )
    }
    showErrors(errors)
    const view = new LogView({
      stdout: process.stdout,
      env: process.env,
      hosts: targets.map(({ host }) => host),
      ...defined({ step: flags.step, format: flags.json ? 'json' : undefined }),
    })
    const leaving = new AbortController()
    const request = { run, app, follow: flags.follow }
    const outcomes = await untilSignal(readLogs(targets, request, view.show, leaving.signal), async () =>
      leaving.abort(),
    )
    reach.close()
    view.end()
    if (!outcomes) this.exit(exitCodeOf(undefined))
    const answers = [...outcomes, ...errors]
    showErrors(outcomes)
    const exitCode = exitCodeOf(answers)
    if (flags.step !== undefined && exitCode === EXIT_CODES.success) {
      const goesOn = running.length > 0 && !flags.follow
      checkStep(flags.step, { run, steps: view.steps, goesOn })
    }
    this.exit(exitCode)
  }
}

/** @throws RefNotFoundError for a step that nothing can have been printed of */
function checkStep(
  step: string,
  { run, steps, goesOn }: { run: string; steps: ReadonlyMap<string, boolean>; goesOn: boolean },
): void {
  const began = steps.get(step)
  if (began) return
  if (began === false && goesOn) {
    throw new RefNotFoundError(`step '${step}' has not begun yet in run ${run}`, {
      suggestions: ['Wait for it: --follow'],
    })
  }
  if (began === false) throw new RefNotFoundError(`step '${step}' did not run in run ${run}`)
  const names = [...steps.keys()]
  const known = names.join(', ')
  throw new RefNotFoundError(`run ${run} has no step '${step}'`, {
    suggestions: known === '' ? [] : [...didYouMean(step, names), `It has: ${known}.`],
  })
}
