// `npm run bench:peers [HOSTS…]` (1, 10 and 50 if none are named), as root: the same six steps on the hosts of the tests by ssh, by its peers and
// by shipit, in turn. Each runs in the network of the hosts, with a home of its own. SHIPITJS names a folder with shipit-cli of npm; WITHOUT
// names peers to leave out, with commas between them: with 100 hosts some take minutes.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Lab, whyNot } from '../test/hosts/support/lab.ts'
import { Project } from '../test/hosts/support/project.ts'
import { PEERS, type Peer, STEPS } from './support/peers.ts'

const ROUNDS = 5
/** getconf CLK_TCK of Linux */
const TICK_MS = 10
const SAMPLE_MS = 50
/** As a home of root of its own, which every tool reads ssh's config from. */
const AT_HOME = 'mount --bind "$1" /root && cd "$2" && shift 2 && LC_ALL=C.UTF-8 exec "$@"'

type Cost = { wallMs: number; cpuMs: number; machineMs: number; memoryMb: number }
type Runner = { name: string; run: (watch: boolean) => Promise<Cost> }

const without = (process.env.WITHOUT ?? '').split(',')
const counts = process.argv.slice(2).map(Number)
const why = whyNot()
if (why !== undefined) throw new Error(why)
for (const count of counts.length > 0 ? counts : [1, 10, 50]) await compare(count)

async function compare(count: number): Promise<void> {
  const lab = await Lab.start({ hosts: count, diskSize: '32m' })
  const hosts = Array.from({ length: count }, (_, index) => `web${index + 1}`)
  const project = new Project({ lab, hosts, steps: STEPS.map(asStep).join('') })
  try {
    for (const host of hosts) {
      await lab.output(host, 'getent group deployers >/dev/null || groupadd deployers')
      await project.install(host)
    }
    const runners = [...(await startPeers(lab, hosts)), ours(lab, project)]
    // the first one warms up, and is looked at for its memory, which would cost the others time
    const memory = new Map<string, number>()
    for (const { name, run } of runners) memory.set(name, (await run(true)).memoryMb)
    const costs = new Map<string, Cost[]>(runners.map(({ name }) => [name, []]))
    for (let round = 0; round < ROUNDS; round++)
      for (const { name, run } of runners) costs.get(name)?.push(await run(false))
    console.log(
      `\n| ${count} hosts | wall s | client CPU s | machine CPU s | memory MiB | wall, times ssh |\n|---|---|---|---|---|---|`,
    )
    const floor = medianOf(costs.get(runners[0]?.name ?? '') ?? [], 'wallMs')
    for (const [name, all] of costs) {
      const wall = medianOf(all, 'wallMs')
      const seconds = [wall, medianOf(all, 'cpuMs'), medianOf(all, 'machineMs')].map((ms) =>
        (ms / 1000).toFixed(2),
      )
      console.log(
        `| ${[name, ...seconds, memory.get(name)?.toFixed(0), (wall / floor).toFixed(2)].join(' | ')} |`,
      )
    }
  } finally {
    project.remove()
    await lab.stop()
  }
}

function asStep(step: string, index: number): string {
  return `command(${JSON.stringify(step.split(' '))}, { name: 'step ${index + 1}' }),`
}

async function startPeers(lab: Lab, hosts: readonly string[]): Promise<Runner[]> {
  const home = join(lab.run, 'peers-home')
  mkdirSync(join(home, '.ssh'), { recursive: true, mode: 0o700 })
  const config = `Host *\n  User alice\n  IdentityFile ${lab.key('alice')}\n  IdentitiesOnly yes\n  UserKnownHostsFile ${lab.knownHosts}\n`
  writeFileSync(join(home, '.ssh/config'), config, { mode: 0o600 })
  const hostsFile = join(home, 'hosts')
  writeFileSync(hostsFile, hosts.map((host) => `${host}\n`).join(''))
  const wanted = PEERS.filter(({ name }) => !without.includes(name))
  const found = wanted.filter((peer) => isThere(peer))
  for (const { name } of wanted.filter((peer) => !found.includes(peer)))
    console.log(`${name} is not installed: left out`)
  return found.map((peer) => {
    const folder = join(home, peer.name.replaceAll(/[^a-z]/g, ''))
    mkdirSync(folder, { recursive: true })
    const task = { folder, hostsFile, hosts }
    peer.prepare?.(task)
    const argv = ['unshare', '--mount', 'sh', '-c', AT_HOME, 'sh', home, folder, ...peer.run(task)]
    const env = { STEPS: STEPS.join('\n'), HOSTS_FILE: hostsFile, HOME: '/root' }
    return { name: peer.name, run: (watch) => measure(lab, argv, { env, hosts, watch }) }
  })
}

function isThere({ version }: Peer): boolean {
  const [program = '', ...words] = version
  return spawnSync(program, words).status === 0
}

function ours(lab: Lab, project: Project): Runner {
  const argv = [process.execPath, project.program, 'deploy', 'production']
  return { name: 'shipit', run: (watch) => measure(lab, argv, { cwd: project.folder, hosts: [], watch }) }
}

type Measured = { env?: Record<string, string>; cwd?: string; hosts: readonly string[]; watch: boolean }

/** Runs it to its end, in a shell that says what it and all that it waited for took. */
async function measure(
  lab: Lab,
  argv: readonly string[],
  { env = {}, cwd, hosts, watch }: Measured,
): Promise<Cost> {
  const timed = ['bash', '-c', 'TIMEFORMAT="cpu %3U %3S"; time "$@"', 'bash', ...argv]
  const busy = busyMs()
  const began = performance.now()
  const child = lab.spawnCtl(timed, { env, ...(cwd ? { cwd } : {}), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (bytes: Buffer) => {
      said += bytes.toString()
    })
  let memoryMb = 0
  const sampler = watch
    ? setInterval(() => (memoryMb = Math.max(memoryMb, memoryOf(child.pid ?? 0))), SAMPLE_MS)
    : undefined
  const [status] = await once(child, 'close')
  clearInterval(sampler)
  const wallMs = performance.now() - began
  const times = /^cpu ([0-9.]+) ([0-9.]+)$/m.exec(said)
  if (status !== 0 || !times || hosts.some((host) => !said.includes(host)))
    throw new Error(`${argv.join(' ')} ended with ${status}: ${said.slice(-2000)}`)
  return { wallMs, cpuMs: 1000 * (Number(times[1]) + Number(times[2])), machineMs: busyMs() - busy, memoryMb }
}

/** proc(5), /proc/stat: what all processors did but wait. */
function busyMs(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
  )
    .split(/ +/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + soft) * TICK_MS
}

/** The proportional memory of a session's processes, in MiB. */
function memoryOf(session: number): number {
  const kb = readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ')
        if (Number(fields[3]) !== session) return 0
        return Number(/^Pss:\s+([0-9]+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0)
      } catch {
        return 0
      }
    })
  return kb.reduce((sum, each) => sum + each, 0) / 1024
}

function medianOf(costs: readonly Cost[], key: keyof Cost): number {
  return costs.map((cost) => cost[key]).toSorted((a, b) => a - b)[Math.floor(costs.length / 2)] ?? Number.NaN
}
