// `npm run machines [WORD]…`: whole machines, each installed, deployed to, rolled back and left again, as administrators and developers
// do it. With words, only machines whose name has one of them. The rows go into docs/reliability.md. Ends with 1 if anything is wrong.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Machine, type MachineOptions, whyNoMachines } from './support/machine.ts'
import { STEPS } from './support/steps.ts'
import { Story } from './support/story.ts'

const DOCUMENT = join(import.meta.dirname, '../../docs/reliability.md')
const MARKS = /(<!-- machines -->\n)([\s\S]*)(<!-- end of machines -->)/

/** `hole`: of its sudo, which doctor has to name */
type Kind = MachineOptions & { name: string; sudoRs?: boolean; hole?: string }

const MACHINES: readonly Kind[] = [
  { name: 'Debian 12, SELinux enforcing', suite: 'bookworm', selinux: true },
  { name: 'Debian 13, SELinux enforcing', suite: 'trixie', selinux: true },
  // its policy gives root no shell over ssh
  { name: 'Debian 11', suite: 'bullseye', selinux: false, hole: 'CVE-2023-28486' },
  { name: 'Debian 13, sudo-rs', suite: 'trixie', selinux: false, sudoRs: true },
]

type Row = { name: string; cells: readonly string[]; isRight: boolean }

async function main(words: readonly string[]): Promise<void> {
  const reason = whyNoMachines()
  if (reason !== undefined) throw new Error(reason)
  // a machine is switched off when this process exits
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
  const chosen = MACHINES.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  )
  const rows: Row[] = []
  // one at a time: a machine wants all the processors that there are
  for (const kind of chosen) {
    const row = await tellStory(kind)
    rows.push(row)
    await writeRow(row)
  }
  process.exitCode = rows.every((row) => row.isRight) && rows.length > 0 ? 0 : 1
}

async function tellStory(kind: Kind): Promise<Row> {
  const said = (line: string) => process.stderr.write(`${kind.name}: ${line}\n`)
  const cells: string[] = []
  let versions = ''
  let denied = 0
  const machine = await Machine.boot('machine', kind)
  const story = new Story(machine, kind)
  said('is up')
  try {
    await story.begin()
    versions = await story.versions()
    said(versions)
    for (const [name, step] of STEPS) {
      const began = performance.now()
      await step(story)
      const seconds = `${((performance.now() - began) / 1000).toFixed(0)} s`
      const denials = await story.denials()
      denied += denials.length
      said([`${name}: ${seconds}`, ...denials.map((each) => `denied: ${each}`)].join('\n  '))
      cells.push(seconds)
    }
  } catch (error) {
    said(`wrong: ${error instanceof Error ? error.message : error}`)
    cells.push('**wrong**')
  } finally {
    story.end()
    machine.stop()
  }
  const isRight = cells.length === STEPS.length && denied === 0
  const missing = STEPS.slice(cells.length).map(() => 'not run')
  const date = new Date().toISOString().slice(0, 10)
  const noted = kind.selinux ? String(denied) : 'no SELinux'
  return { name: kind.name, cells: [date, versions, ...cells, ...missing, noted], isRight }
}

/** In place of the machine's own row of an earlier day. */
async function writeRow({ name, cells }: Row): Promise<void> {
  const document = readFileSync(DOCUMENT, 'utf8')
  const heads = ['machine', 'run on', 'versions', ...STEPS.map(([each]) => each), 'denials']
  const kept = (MARKS.exec(document)?.[2] ?? '').split('\n').filter((line) => /^\| (?!machine |-)/.test(line))
  const row = `| ${[name, ...cells].join(' | ')} |`
  const rows = MACHINES.flatMap((each) =>
    each.name === name ? [row] : kept.filter((line) => line.split('|')[1]?.trim() === each.name),
  )
  const table = [`| ${heads.join(' | ')} |`, `|${' --- |'.repeat(heads.length)}`, ...rows].join('\n')
  writeFileSync(
    DOCUMENT,
    document.replace(MARKS, (_, from, _old, to) => `${from}${table}\n${to}`),
  )
  await promisify(execFile)('biome', ['format', '--write', DOCUMENT])
}

await main(process.argv.slice(2))
