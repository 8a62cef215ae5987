// `npm run faults`: every fault at every step and between steps, on real hosts, a crash in each step, and what following costs.
// The tables go into docs/reliability.md with their date. Ends with 1 if anything is not as it must be.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Lab, whyNot } from '../hosts/support/lab.ts'
import { type CrashResult, isCrashRight, tryCrash } from './support/crash-faults.ts'
import { FaultHost, STEPS, type StepName } from './support/fault-host.ts'
import { type Costs, measureCosts, SSH } from './support/following-costs.ts'
import {
  isAnswerRight,
  isRight,
  LINK_FAULTS,
  type LinkCase,
  type LinkFault,
  type LinkResult,
  type LostAnswer,
  name,
  tryLinkFault,
  tryLostAnswer,
} from './support/link-faults.ts'

const DOCUMENT = join(import.meta.dirname, '../../docs/reliability.md')
const HOSTS = 4
/** A case that takes longer is a failure. */
const CASE_LIMIT_MS = 180_000
const SECONDS: Record<LinkFault, number> = {
  'client killed': 0,
  'link cut': 20,
  'sshd killed': 5,
  'host frozen': 12,
  'client stopped': 30,
}
/** Longer than the keepalive of a client waits: 3 times 10 s. */
const LONG_CUT_SECONDS = 45

const LOST_ANSWERS: readonly LostAnswer[] = [
  { fault: 'link cut', seconds: LONG_CUT_SECONDS },
  { fault: 'sshd killed', seconds: 5 },
]

type Row = { what: string; cells: readonly string[]; isRight: boolean }

function linkCases(): LinkCase[] {
  const places = STEPS.flatMap((step, index) => [
    { step, where: 'in' as const, floods: step as StepName | undefined },
    { step, where: 'after' as const, floods: STEPS[index + 1] },
  ])
  const cases = LINK_FAULTS.flatMap((fault) =>
    places.map(({ step, where, floods }): LinkCase => {
      const flood = fault === 'client stopped' ? floods : undefined
      return { fault, step, where, seconds: SECONDS[fault], ...(flood ? { flood } : {}) }
    }),
  )
  const long = (['git', 'make html', 'publish'] as const).map(
    (step): LinkCase => ({ fault: 'link cut', step, where: 'in', seconds: LONG_CUT_SECONDS }),
  )
  return [
    ...cases,
    ...long,
    { fault: 'host frozen', step: 'publish', where: 'in', seconds: LONG_CUT_SECONDS },
  ]
}

async function main(): Promise<void> {
  const reason = whyNot()
  if (reason !== undefined) throw new Error(reason)
  const began = performance.now()
  const lab = await Lab.start({ hosts: HOSTS, diskSize: '8g' })
  try {
    const names = Array.from({ length: HOSTS }, (_, index) => `web${index + 1}`)
    const hosts = await Promise.all(names.map((each) => FaultHost.make(lab, each)))
    const links = linkCases()
    const work: (() => (host: FaultHost) => Promise<Row>)[] = []
    for (const each of links) work.push(() => (host) => linkRow(host, each))
    for (const each of LOST_ANSWERS) work.push(() => (host) => lostAnswerRow(host, each))
    for (const step of STEPS) work.push(() => (host) => crashRow(host, step))
    const rows = await shareOut(
      hosts,
      work.map((make) => make()),
    )
    for (const host of hosts) host.remove()
    const costs = await measureCosts(lab, 'web1')
    const minutes = (performance.now() - began) / 60_000
    const text = render({
      links: rows.slice(0, -STEPS.length),
      crashes: rows.slice(-STEPS.length),
      costs,
      minutes,
    })
    const document = readFileSync(DOCUMENT, 'utf8')
    const marks = /(<!-- faults -->\n)[\s\S]*(<!-- end of faults -->)/
    writeFileSync(
      DOCUMENT,
      document.replace(marks, (_, from, to) => `${from}${text}\n${to}`),
    )
    await promisify(execFile)('biome', ['format', '--write', DOCUMENT])
    process.stdout.write(`${text}\n`)
    process.exitCode = rows.every((row) => row.isRight) ? 0 : 1
  } finally {
    await lab.stop()
  }
}

/** Each host takes the next case when it is done with one. */
async function shareOut(
  hosts: readonly FaultHost[],
  work: readonly ((host: FaultHost) => Promise<Row>)[],
): Promise<Row[]> {
  const rows: Row[] = []
  let next = 0
  const take = async (host: FaultHost): Promise<void> => {
    for (;;) {
      const index = next++
      const job = work[index]
      if (!job) return
      rows[index] = await job(host).catch((error: Error) => ({
        what: `case ${index + 1}`,
        cells: [error.message.slice(0, 100).replaceAll(/\s+/g, ' ')],
        isRight: false,
      }))
      process.stderr.write(
        `${index + 1}/${work.length} ${rows[index].isRight ? 'ok' : 'WRONG'} ${rows[index].what}\n`,
      )
      if (!rows[index].isRight) await host.calm().catch(() => {})
    }
  }
  await Promise.all(hosts.map(take))
  return rows
}

async function bounded<Result>(result: Promise<Result>): Promise<Result> {
  const late = setTimeout(CASE_LIMIT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`took longer than ${CASE_LIMIT_MS / 1000} s`)
  })
  return Promise.race([result, late])
}

async function linkRow(host: FaultHost, each: LinkCase): Promise<Row> {
  const result: LinkResult = await bounded(tryLinkFault(host, each))
  const killed = each.fault === 'client killed'
  const isSame = result.attached && (killed || result.sameBytes === true)
  const same = isSame && killed ? 'yes, who attached' : yes(isSame)
  const cells = [result.outcome, killed ? '(killed)' : String(result.exit), same, yes(result.lockFree)]
  return {
    what: `${name(each)}${each.flood ? `, 100 MB in '${each.flood}'` : ''}`,
    cells,
    isRight: isRight(each, result),
  }
}

async function lostAnswerRow(host: FaultHost, each: LostAnswer): Promise<Row> {
  const result = await bounded(tryLostAnswer(host, each))
  const same = yes(result.sameBytes === true && result.attached)
  return {
    what: `${each.fault} for ${each.seconds} s, before the first event (runs: ${result.runs})`,
    cells: [result.outcome, String(result.exit), same, yes(result.lockFree)],
    isRight: isAnswerRight(each, result),
  }
}

async function crashRow(host: FaultHost, step: StepName): Promise<Row> {
  const result: CrashResult = await bounded(tryCrash(host, step))
  return {
    what: `in '${step}'`,
    cells: [
      result.status.split(':')[0] ?? '',
      String(result.exit),
      `${result.outcome} (${result.outcomes})`,
      String(result.next),
    ],
    isRight: isCrashRight(step, result),
  }
}

function yes(holds: boolean): string {
  return holds ? 'yes' : '**no**'
}

function render({
  links,
  crashes,
  costs,
  minutes,
}: {
  links: Row[]
  crashes: Row[]
  costs: Costs
  minutes: number
}): string {
  const all = [...links, ...crashes]
  const right = all.filter((row) => row.isRight).length
  const commands = [...(costs.links[0]?.rates.keys() ?? [])]
  return [
    `Measured ${new Date().toISOString().slice(0, 10)}: ${right} of ${all.length} cases as they must be, in ${minutes.toFixed(0)} minutes.`,
    '',
    "| fault | where | run's outcome | client's exit | bytes equal | lock free |",
    '| --- | --- | --- | --- | --- | --- |',
    ...fold(links),
    '',
    "| power cut, then boot | `shipit status` says | client's exit | outcome (records of it) | exit of the next deploy |",
    '| --- | --- | --- | --- | --- |',
    ...crashes.map(({ what, cells }) => `| ${what} | ${cells.join(' | ')} |`),
    '',
    `| following a step that prints 200 MB | ${costs.links.map(({ name }) => `${name} | of \`ssh\``).join(' | ')} |`,
    `| --- |${' --- |'.repeat(2 * costs.links.length)}`,
    ...commands.map((what) => `| ${what} | ${ratesOf(what, costs)} |`),
    '',
    `The client's memory: at most ${costs.memoryMb.toFixed(0)} MB. From the outcome's record on the host to its line on the client's stdout: ${costs.endMs.toFixed(0)} ms (median of 20 runs).`,
  ].join('\n')
}

const EVERYWHERE = STEPS.flatMap((step) => [`in '${step}'`, `after '${step}'`])

/** One row for all places where a fault ended alike. */
function fold(rows: readonly Row[]): string[] {
  const alike = new Map<string, { fault: string; places: string[]; cells: readonly string[] }>()
  for (const { what, cells } of rows) {
    const [fault = '', place = ''] = what.split(', ')
    const key = JSON.stringify([fault, cells])
    const found = alike.get(key)
    if (found) found.places.push(place)
    else alike.set(key, { fault, places: [place], cells })
  }
  return [...alike.values()].map(({ fault, places, cells }) => {
    const rest = places.filter((place) => !EVERYWHERE.includes(place))
    const isEverywhere = EVERYWHERE.every((place) => places.includes(place))
    const where = isEverywhere ? ['in and after each step', ...rest] : places
    return `| ${fault} | ${where.join(', ')} | ${cells.join(' | ')} |`
  })
}

function ratesOf(what: string, { links }: Costs): string {
  return links
    .map(({ rates }) => {
      const rate = rates.get(what) ?? 0
      return `${rate.toFixed(0)} MB/s | ${(rate / (rates.get(SSH) ?? 0)).toFixed(2)}`
    })
    .join(' | ')
}

await main()
