// What it costs to follow a run: bytes a second beside the ssh program, memory, and how soon its end is seen.
import { once } from 'node:events'
import { readFileSync, statSync } from 'node:fs'
import type { Lab } from '../hosts/lab.ts'
import { Project } from '../hosts/project.ts'
import { FaultHost } from './fault-host.ts'

const BIG_MB = 200
/** Each is measured so often, in turns, and the best counts: this machine has other work. */
const ROUNDS = 5
const NO_OPS = 20
/** stands for the last run's id */
const RUN = '{run}'

export type Costs = {
  /** by link: the machine's own, where only the processors count, and one of 1 Gbit/s */
  links: { name: string; rates: Rates }[]
  /** the largest of all */
  memoryMb: number
  /** median of the time between the outcome's record on the host and its line on the client's stdout */
  endMs: number
}

/** MB/s of `ssh` and of each command */
export type Rates = ReadonlyMap<string, number>

const LINKS = [
  { name: 'no limit', begin: 'true', end: 'true' },
  {
    name: '1 Gbit/s',
    begin: 'tc qdisc add dev eth0 root tbf rate 1gbit burst 256k latency 20ms',
    end: 'tc qdisc del dev eth0 root',
  },
]

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
  const commands = [
    { what: 'deploy', words: ['deploy', 'production'] },
    { what: 'deploy --json', words: ['deploy', 'production', '--json'] },
    { what: 'log', words: ['log', 'production'] },
    { what: 'attach', words: ['attach', 'production', '--run', RUN] },
  ]
  const best = new Map<string, number>()
  const note = (what: string, seconds: number) =>
    best.set(what, Math.min(best.get(what) ?? Infinity, seconds))
  let peakMb = 0
  for (const size of ['small', 'big'] as const) {
    if (size === 'small') await host.sh('mv /srv/big /srv/aside && ln -s small /srv/big')
    for (let round = 0; round < ROUNDS; round += 1) {
      note(`ssh ${size}`, await time(lab, ['ssh', '-F', lab.sshConfig, `alice@${name}`, 'cat /srv/big']))
      for (const { what, words } of commands) {
        const made = await timeShipit(
          host.project,
          words.map((word) => (word === RUN ? host.run : word)),
        )
        peakMb = Math.max(peakMb, made.peakMb)
        note(`${what} ${size}`, made.seconds)
      }
    }
    if (size === 'small') await host.sh('mv -T /srv/aside /srv/big')
  }
  const rates = new Map(
    ['ssh', ...commands.map(({ what }) => what)].map((what) => [
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
  project: Project,
  words: readonly string[],
): Promise<{ seconds: number; peakMb: number }> {
  const began = performance.now()
  const child = project.spawnWith({ stdio: 'ignore' }, ...words)
  let peakMb = 0
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
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
