// `npm run bench`: what it costs to start shipit, beside Node alone, where the time of a deploy goes that does nothing, and what a
// deploy and waiting cost a host (host.ts).
// Ends with 1 if a start costs more than its limit.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Lab, whyNot } from '../test/hosts/support/lab.ts'
import { Project } from '../test/hosts/support/project.ts'
import { benchHost } from './host.ts'

const SHIPIT = join(import.meta.dirname, '../bin/shipit.js')
/** What is started, and how many times the CPU time of `node -e 0` it may take. */
const STARTS = [
  { name: '--version', words: ['--version'], limit: 1.6 },
  { name: '--help', words: ['--help'], limit: 2.5 },
  // of a config whose names were noted: what a Tab costs
  {
    name: 'at a Tab',
    words: ['completion', '--answer', 'bash', '--', 'shipit deploy --branch ', ' '],
    limit: 3.5,
  },
] as const
const PAIRS = 21
const DEPLOYS = 9
/** The parts of a deploy: each ends with an event of `--json`, but for the first (a TCP socket is made) and the last. */
const PARTS = [
  { part: 'start', until: 'socket' },
  { part: 'connect, check the key, log in', until: 'connected' },
  { part: 'gate, sudo, judge, record', until: 'hello' },
  { part: 'run and see its end', until: 'outcome' },
  { part: 'end', until: 'close' },
] as const
/** For Node to import before shipit: says on stderr when a socket is made (node:diagnostics_channel), which no event of shipit does. */
const TELL_SOCKET = `import { subscribe } from 'node:diagnostics_channel'
subscribe('net.client.socket', () => process.stderr.write('{"event":"socket"}\\n'))`

/** User and system time as the kernel tells its parent, in ms. */
function cpuMs(...argv: readonly string[]): number {
  const script = 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null'
  const { status, stderr } = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...argv], {
    encoding: 'utf8',
  })
  const times = /^([0-9.]+) ([0-9.]+)\n$/.exec(stderr)
  if (status !== 0 || !times) throw new Error(`${argv.join(' ')} ended with ${status}: ${stderr}`)
  return 1000 * (Number(times[1]) + Number(times[2]))
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Each start is compared with a Node that is started right after it: what else the machine does slows both. */
function benchStart({ name, words, limit }: (typeof STARTS)[number]): boolean {
  cpuMs(SHIPIT, ...words)
  const pairs = Array.from({ length: PAIRS }, () => ({
    shipit: cpuMs(SHIPIT, ...words),
    node: cpuMs('-e', '0'),
  }))
  const ratio = median(pairs.map(({ shipit, node }) => shipit / node))
  const [shipit, node] = [median(pairs.map((pair) => pair.shipit)), median(pairs.map((pair) => pair.node))]
  const isRight = ratio <= limit
  console.log(
    `shipit ${name}: ${shipit.toFixed(0)} ms of CPU, node -e 0: ${node.toFixed(0)} ms; ${ratio.toFixed(2)} times, at most ${limit} ${isRight ? 'ok' : 'TOO MUCH'}`,
  )
  return isRight
}

/** @returns the ms of each part, and of the run by the host's clock */
async function deployOnce(project: Project): Promise<{ parts: number[]; runMs: number }> {
  const took = new Map<string, number>()
  let runMs = Number.NaN
  let last = performance.now()
  const note = (event: string) => {
    if (took.has(event) || !PARTS.some(({ until }) => until === event)) return
    took.set(event, performance.now() - last)
    last = performance.now()
  }
  const child = project.spawnWith(
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TELL_SOCKET)}` },
    },
    'deploy',
    'production',
    '--json',
  )
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) throw new Error('no pipe')
    createInterface({ input: stream }).on('line', (line) => {
      // on stderr warnings come as text
      if (!line.startsWith('{')) return
      const { event, ms } = JSON.parse(line)
      note(event)
      if (event === 'outcome') runMs = ms
    })
  }
  const [status] = await once(child, 'close')
  note('close')
  if (status !== 0) throw new Error(`a deploy that does nothing ended with ${status}`)
  return { parts: PARTS.map(({ until }) => took.get(until) ?? Number.NaN), runMs }
}

async function benchDeploy(): Promise<void> {
  const reason = whyNot()
  if (reason !== undefined) return console.log(`a deploy was not measured: ${reason}`)
  const lab = await Lab.start()
  const project = new Project({ lab, hosts: ['web1'], steps: "shell('true', { name: 'no-op' })," })
  try {
    await lab.scenario('web1')
    await project.install('web1')
    await deployOnce(project)
    const rounds: Awaited<ReturnType<typeof deployOnce>>[] = []
    for (let round = 0; round < DEPLOYS; round += 1) rounds.push(await deployOnce(project))
    console.log(`shipit deploy of one step that does nothing, medians of ${DEPLOYS}:`)
    for (const [index, { part }] of PARTS.entries())
      console.log(`  ${part}: ${median(rounds.map(({ parts }) => parts[index] ?? Number.NaN)).toFixed(0)} ms`)
    const sums = rounds.map(({ parts }) => parts.reduce((sum, ms) => sum + ms, 0))
    const runMs = median(rounds.map((round) => round.runMs))
    console.log(`  all: ${median(sums).toFixed(0)} ms (the run by the host's own clock: ${runMs} ms)`)
  } finally {
    project.remove()
    await lab.stop()
  }
}

process.exitCode = STARTS.map(benchStart).every(Boolean) ? 0 : 1
await benchDeploy()
await benchHost()
