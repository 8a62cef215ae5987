// What it costs to follow a run: bytes a second beside the ssh program, memory, and how soon its end is seen.
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import type { Lab } from '../../hosts/support/lab.ts'
import { Project } from '../../hosts/support/project.ts'
import { FaultHost } from './fault-host.ts'

const BIG_MB = 200
/** Each is measured so often, in turns, and the best counts: this machine has other work. */
const ROUNDS = 5
const NO_OPS = 20
/** stands for the last run's id */
const RUN = '{run}'

type Command = { what: string; words: readonly string[]; inTerminal?: true }

const COMMANDS: readonly Command[] = [
  { what: '`deploy`, in a terminal', words: ['deploy', 'production'], inTerminal: true },
  { what: '`deploy`', words: ['deploy', 'production'] },
  { what: '`deploy --json`', words: ['deploy', 'production', '--json'] },
  { what: '`log`', words: ['log', 'production'] },
  { what: '`attach`', words: ['attach', 'production', '--run', RUN] },
]
/** what all others are held against */
export const SSH = '`ssh HOST cat FILE`'

export type Costs = {
  /** by link: two that are as fast as a network is, and the machine's own, where only the processors count */
  links: { name: string; rates: Rates }[]
  /** the largest of all */
  memoryMb: number
  /** median of the time between the outcome's record on the host and its line on the client's stdout */
  endMs: number
}

/** MB/s of `SSH` and of each command */
export type Rates = ReadonlyMap<string, number>

const limited = (gigabits: number) => ({
  name: `${gigabits} Gbit/s`,
  begin: `tc qdisc add dev eth0 root tbf rate ${gigabits * 1000}mbit burst ${gigabits * 256}k latency 20ms`,
  end: 'tc qdisc del dev eth0 root',
})
const LINKS = [limited(1), limited(2.5), { name: 'no limit', begin: 'true', end: 'true' }]

/** Boots no host: takes one that is up. */
export async function measureCosts(lab: Lab, name: string): Promise<Costs> {
  const host = await FaultHost.make(lab, name, {
    steps: `shell('cat /srv/big', { name: 'big', phase: 'prepare' }),`,
  })
  const noOp = new Project({
    lab,
    hosts: [name],
    steps: `shell('true', { name: 'no-op', phase: 'prepare' }),`,
  })
  try {
    await host.sh(`seq -f %099.0f ${BIG_MB * 10_000} >/srv/big; : >/srv/small`)
    const links: Costs['links'] = []
    let memoryMb = 0
    for (const link of LINKS) {
      await host.sh(link.begin)
      const { rates, peakMb } = await measureRates(lab, name, host)
      await host.sh(link.end)
      links.push({ name: link.name, rates })
      memoryMb = Math.max(memoryMb, peakMb)
    }
    await noOp.install(name)
    const ends: number[] = []
    for (let round = 0; round < NO_OPS; round += 1) ends.push(await timeEnd(host, noOp))
    return { links, memoryMb, endMs: ends.sort((a, b) => a - b)[NO_OPS / 2] ?? 0 }
  } finally {
    noOp.remove()
    host.remove()
  }
}

/** What is left when the time for an empty output is taken away. */
async function measureRates(
  lab: Lab,
  name: string,
  host: FaultHost,
): Promise<{ rates: Rates; peakMb: number }> {
  const best = new Map<string, number>()
  const note = (what: string, seconds: number) =>
    best.set(what, Math.min(best.get(what) ?? Infinity, seconds))
  let peakMb = 0
  for (const size of ['small', 'big'] as const) {
    if (size === 'small') await host.sh('mv /srv/big /srv/aside && ln -s small /srv/big')
    for (let round = 0; round < ROUNDS; round += 1) {
      note(`${SSH} ${size}`, await time(lab, ['ssh', '-F', lab.sshConfig, `alice@${name}`, 'cat /srv/big']))
      for (const command of COMMANDS) {
        const words = command.words.map((word) => (word === RUN ? host.run : word))
        const made = await timeShipit(lab, host.project, { ...command, words })
        peakMb = Math.max(peakMb, made.peakMb)
        note(`${command.what} ${size}`, made.seconds)
      }
      // the host's disk is memory
      await host.sh(
        `find /var/lib/shipit -name log -size +1M ! -path '*/${host.run}/*' -exec truncate -s 0 {} +`,
      )
    }
    if (size === 'small') await host.sh('mv -T /srv/aside /srv/big')
  }
  const rates = new Map(
    [SSH, ...COMMANDS.map(({ what }) => what)].map((what) => [
      what,
      BIG_MB / ((best.get(`${what} big`) ?? 0) - (best.get(`${what} small`) ?? 0)),
    ]),
  )
  return { rates, peakMb }
}

async function time(lab: Lab, argv: readonly string[]): Promise<number> {
  const began = performance.now()
  await once(lab.spawnCtl(argv, { stdio: 'ignore' }), 'close')
  return (performance.now() - began) / 1000
}

async function timeShipit(
  lab: Lab,
  project: Project,
  { words, inTerminal }: Command,
): Promise<{ seconds: number; peakMb: number }> {
  const began = performance.now()
  const child = inTerminal
    ? lab.spawnCtl(
        [
          'script',
          '-qec',
          `stty cols 100 rows 30; exec ${[process.execPath, project.program, ...words].join(' ')}`,
          '/dev/null',
        ],
        { cwd: project.folder, stdio: ['pipe', 'ignore', 'ignore'], env: { TERM: 'xterm', CI: '' } },
      )
    : project.spawnWith({ stdio: 'ignore' }, ...words)
  let peakMb = 0
  const timer = setInterval(() => {
    try {
      const { pid } = child
      const own = inTerminal ? readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() : pid
      const status = readFileSync(`/proc/${own}/status`, 'utf8')
      if (/^Name:\s+(node|MainThread)/.test(status))
        peakMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
    } catch {}
  }, 50)
  const [status] = await once(child, 'close')
  clearInterval(timer)
  if (status !== 0) throw new Error(`shipit ${words.join(' ')} ended with ${status}`)
  return { seconds: (performance.now() - began) / 1000, peakMb }
}

/** One machine, one clock. */
async function timeEnd(host: FaultHost, project: Project): Promise<number> {
  const child = project.spawnWith({ stdio: ['ignore', 'pipe', 'ignore'] }, 'deploy', 'production', '--json')
  let seen = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    if (seen === 0 && chunk.includes('"event":"outcome"')) seen = Date.now()
  })
  await once(child, 'close')
  return seen - statSync(host.path(`/var/lib/shipit/apps/codebase/runs/${host.run}/outcome`)).mtimeMs
}
