// What befalls the host itself: its power, its disk, the head of its run.
import { setTimeout } from 'node:timers/promises'
import type { FaultHost, StepName } from './fault-host.ts'

/** What is true after a crash in a step, a boot and another deploy. */
export type CrashResult = {
  /** what status said after the boot */
  status: string
  /** the first client's exit code */
  exit?: number | null | undefined
  outcome: string
  step?: string | undefined
  /** the next deploy's exit code, with nothing done by hand in between */
  next: number | null
  outcomes: number
}

/** Pulls the plug in a step and boots again. */
export async function tryCrash(host: FaultHost, step: StepName): Promise<CrashResult> {
  const { lab, name, project } = host
  const before = host.run
  await host.hold(step)
  const client = host.start('deploy', 'production', '--json')
  const run = await host.untilIn(step, before)
  await setTimeout(150)
  await lab.crash(name)
  await lab.boot(name)
  await host.find()
  const { stdout } = await project.shipit('status', 'production')
  // a client that was there finds it out by itself
  const end = await Promise.race([client.ended, setTimeout(120_000, { exit: undefined }, { ref: false })])
  await host.sh('rm -f /srv/hold/*')
  const next = await project.shipit('deploy', 'production')
  const told = host.outcome(run)
  return {
    status: /interrupted.*/.exec(stdout)?.[0] ?? stdout,
    exit: end.exit,
    outcome: told?.outcome ?? 'none',
    step: told?.step,
    next: next.status,
    outcomes: host
      .state('history')
      .split('\n')
      .filter((line) => line.includes('"outcome"') && line.includes(run)).length,
  }
}

export function isCrashRight(
  step: StepName,
  { status, exit, outcome, next, outcomes, step: where }: CrashResult,
) {
  const says = status.startsWith('interrupted') && status.includes(step)
  return says && exit === 76 && outcome === 'interrupted' && where === step && next === 0 && outcomes === 1
}
