// What may befall the client or the link while a run goes on, and what must be true afterwards whatever it was.
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { eventually, type FaultHost, type StepName } from './fault-host.ts'

export const LINK_FAULTS = [
  'client killed',
  'link cut',
  'sshd killed',
  'host frozen',
  'client stopped',
] as const
export type LinkFault = (typeof LINK_FAULTS)[number]

/** A place in a run, a fault, and how long it lasts. */
export type LinkCase = {
  fault: LinkFault
  step: StepName
  /** in the middle of the step, or when its process has ended and the run does not know yet */
  where: 'in' | 'after'
  seconds: number
  /** the step in which 100 MB are printed meanwhile */
  flood?: StepName
}

/** What became of it. */
export type LinkResult = {
  outcome: string
  /** the client's exit code; nothing for one that was killed */
  exit?: number | null | undefined
  /** what the client printed is the log's output, byte for byte; nothing for one that was killed */
  sameBytes?: boolean
  /** and what somebody else sees who attaches afterwards; its exit code with it */
  attached: boolean
  lockFree: boolean
  seconds: number
}

/** Lets a fault befall a deploy and looks at everything afterwards. */
export async function tryLinkFault(host: FaultHost, each: LinkCase): Promise<LinkResult> {
  const began = performance.now()
  const before = host.run
  await host.hold(each.step)
  if (each.flood) await host.sh(`: >'/srv/flood/${each.flood.replaceAll(' ', '-')}'`)
  const client = host.start('deploy', 'production', '--json')
  const run = await host.untilIn(each.step, before)
  await setTimeout(200)
  const letGo = each.where === 'in' ? () => host.release(each.step) : await host.stopAfter(each.step, run)
  await befall(host, client.process.pid ?? 0, each, letGo)
  await host.untilEnded(run)
  const end = await Promise.race([client.ended, setTimeout(120_000, { exit: undefined }, { ref: false })])
  const killed = each.fault === 'client killed'
  const seen = killed ? {} : { exit: end.exit, sameBytes: host.saw(client, run) }
  const later = host.start('attach', 'production', '--run', run, '--json')
  const attached = (await later.ended).exit === 0 && host.saw(later, run)
  await host.sh('rm -f /srv/flood/* /srv/hold/*')
  const result = {
    outcome: host.outcome(run)?.outcome ?? 'none',
    ...seen,
    attached,
    lockFree: host.isFree,
    seconds: (performance.now() - began) / 1000,
  }
  if (!isRight(each, result))
    process.stderr.write(
      `${name(each)}: ${JSON.stringify(result)}\n${client.stdout().slice(-2000)}\n${readFileSync(`${client.file}.err`, 'utf8')}\n`,
    )
  return result
}

/** Says whether all is as it must be. */
export function isRight({ fault }: LinkCase, result: LinkResult): boolean {
  const { outcome, exit, sameBytes, attached, lockFree } = result
  const saidRight = fault === 'client killed' || (exit === 0 && sameBytes === true)
  return outcome === 'succeeded' && saidRight && attached && lockFree
}

/** How the answer to a request is lost: nothing of it reaches the client, which sends the request again. */
export type LostAnswer = { fault: 'link cut' | 'sshd killed'; seconds: number }

/** @returns also how many runs were begun, and how often the client lost the link */
export type LostAnswerResult = LinkResult & { runs: number; lost: number }

/** The run is recorded and the client has not heard of it: what it sends again must find that run. */
export async function tryLostAnswer(
  host: FaultHost,
  { fault, seconds }: LostAnswer,
): Promise<LostAnswerResult> {
  const { lab, name } = host
  const began = performance.now()
  const before = host.state('history')
  const last = host.run
  // the host brings the record to its disk before it answers
  await host.sh(`: >/srv/hold/sync`)
  const client = host.start('deploy', 'production', '--json')
  await eventually('the run is recorded', () => host.run !== last)
  const { run } = host
  const knew = /"event":"(?:hello|run)"/.test(client.stdout())
  if (fault === 'link cut') await lab.cut(name, 'out')
  else await lab.killSshd(name, { sessions: true })
  await host.sh('rm -f /srv/hold/sync')
  await setTimeout(seconds * 1000)
  if (fault === 'link cut') await lab.heal(name)
  else await lab.startSshd(name)
  const end = await Promise.race([client.ended, setTimeout(120_000, { exit: undefined }, { ref: false })])
  await host.untilEnded(run)
  const later = host.start('attach', 'production', '--run', run, '--json')
  return {
    outcome: host.outcome(run)?.outcome ?? 'none',
    exit: end.exit,
    sameBytes: !knew && host.saw(client, run),
    attached: (await later.ended).exit === 0 && host.saw(later, run),
    lockFree: host.isFree,
    seconds: (performance.now() - began) / 1000,
    runs: host.state('history').slice(before.length).split('"event":"run"').length - 1,
    lost: client.stdout().split('"event":"lost"').length - 1,
  }
}

export function isAnswerRight({ fault }: LostAnswer, result: LostAnswerResult): boolean {
  return (
    isRight({ fault, step: 'git', where: 'in', seconds: 0 }, result) && result.runs === 1 && result.lost > 0
  )
}

export function name({ fault, step, where, seconds }: LinkCase): string {
  const time = fault === 'client killed' ? '' : ` for ${seconds} s`
  return `${fault}${time}, ${where} '${step}'`
}

/** The step goes on while the fault lasts: at half of its time, or at once where a client has to miss something. */
async function befall(
  { lab, name }: FaultHost,
  pid: number,
  { fault, seconds }: LinkCase,
  letGo: () => Promise<string>,
): Promise<void> {
  const half = async () => {
    await setTimeout(seconds * 500)
    await letGo()
    await setTimeout(seconds * 500)
  }
  switch (fault) {
    case 'client killed':
      process.kill(pid, 'SIGKILL')
      await setTimeout(500)
      await letGo()
      return
    case 'link cut':
      await lab.cut(name)
      await half()
      await lab.heal(name)
      return
    case 'sshd killed':
      await lab.killSshd(name, { sessions: true })
      await half()
      await lab.startSshd(name)
      return
    case 'host frozen':
      await lab.freeze(name)
      await setTimeout(seconds * 1000)
      await lab.thaw(name)
      await letGo()
      return
    case 'client stopped':
      process.kill(pid, 'SIGSTOP')
      await letGo()
      await setTimeout(seconds * 1000)
      process.kill(pid, 'SIGCONT')
  }
}
