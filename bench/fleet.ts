// `node bench/fleet.ts [HOSTS…]` (100, 300 and 1000 if none are named): what a deploy to very many hosts costs the client, in a pipe and in a
// terminal of 120 by 40. The hosts are simulated: ssh and the wire are real, and nothing is done there. Six steps, two lines each.
// Needs script(1) of util-linux, and sysctl net.core.somaxconn of at least 1024.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startHosts } from './support/simulated-hosts.ts'

const ROOT = join(import.meta.dirname, '..')
const STEPS = ['git', 'rsync src', 'check paths', 'migrate', 'restart', 'warm up']
const WORK = { steps: STEPS, stepMs: 500, lines: 2 }
const PROCESSES = 2
const FACES = ['pipe', 'terminal'] as const
/** For Node to import before shipit: writes on exit what the process cost. */
const WATCH = `import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
const delay = monitorEventLoopDelay({ resolution: 5 })
delay.enable()
const used = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000 }
let last = used()
let turnMs = 0
setInterval(() => {
  const now = used()
  turnMs = Math.max(turnMs, now - last)
  last = now
}, 5).unref()
process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  if (process.env.SHIPIT_BENCH && process.argv[1]?.endsWith('shipit.js'))
    writeFileSync(process.env.SHIPIT_BENCH, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssKb: maxRSS, stallMs: delay.max / 1e6, turnMs }))
})`

/** `stallMs` is the longest time in which no timer had its turn, `turnMs` the most of the processor that was used without a turn: a busy machine
 * makes the first one long. */
type Cost = { cpuMs: number; rssKb: number; stallMs: number; turnMs: number }

const counts = process.argv.slice(2).map(Number)
const folder = mkdtempSync(join(tmpdir(), 'shipit-bench-'))
const hosts = await startHosts(PROCESSES, WORK)
try {
  mkdirSync(join(folder, 'node_modules/@deploybot'), { recursive: true })
  symlinkSync(ROOT, join(folder, 'node_modules/@deploybot/shipit'))
  writeFileSync(join(folder, 'key'), hosts.userKey, { mode: 0o600 })
  writeFileSync(join(folder, 'watch.mjs'), WATCH)
  console.log('hosts  face      wall s  client cpu s  memory MiB  longest stall ms  of CPU  bytes shown')
  for (const count of counts.length > 0 ? counts : [100, 300, 1000]) {
    writeConfig(count)
    for (const face of FACES) await deploy(count, face)
  }
} finally {
  await hosts.close()
  rmSync(folder, { recursive: true })
}

function writeConfig(count: number): void {
  const names = Array.from({ length: count }, (_, index) => `127.0.${1 + (index >> 8)}.${index & 255}`)
  const ssh = {
    user: 'bench',
    port: hosts.port,
    identityFile: join(folder, 'key'),
    knownHostsFile: join(folder, 'known_hosts'),
  }
  writeFileSync(
    join(folder, 'known_hosts'),
    names.map((name) => `[${name}]:${hosts.port} ${hosts.hostKey}\n`).join(''),
  )
  const steps = STEPS.slice(1).map((name) => `shell('true', { name: '${name}' })`)
  writeFileSync(
    join(folder, 'deploy.config.ts'),
    `import { defineConfig, git, shell } from '@deploybot/shipit'
export default defineConfig({
  app: 'bench',
  repository: '/srv/git/bench.git',
  environments: { production: { hosts: ${JSON.stringify(names)}, ssh: ${JSON.stringify(ssh)} } },
  steps: [git(), ${steps.join(', ')}],
})
`,
  )
}

async function deploy(count: number, face: (typeof FACES)[number]): Promise<void> {
  const costFile = join(folder, 'cost')
  const words = [process.execPath, join(ROOT, 'bin/shipit.js'), 'deploy', 'production']
  const [program = '', ...rest] =
    face === 'pipe'
      ? words
      : [
          'script',
          '-qefc',
          `stty cols 120 rows 40; ${words.map((word) => `'${word}'`).join(' ')}`,
          '/dev/null',
        ]
  const began = performance.now()
  const child = spawn(program, rest, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      CI: '',
      TERM: 'xterm-256color',
      SHIPIT_BENCH: costFile,
      NODE_OPTIONS: `--import=${join(folder, 'watch.mjs')} ${process.env.NODE_OPTIONS ?? ''}`,
    },
  })
  let bytes = 0
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      said = (said + chunk.toString()).slice(-2000)
    })
  const [status] = await once(child, 'close')
  const wallMs = performance.now() - began
  if (status !== 0) throw new Error(`the deploy to ${count} hosts ended with ${status}: ${said}`)
  const { cpuMs, rssKb, stallMs, turnMs } = JSON.parse(readFileSync(costFile, 'utf8')) as Cost
  const cells = [
    (wallMs / 1000).toFixed(2),
    (cpuMs / 1000).toFixed(2),
    (rssKb / 1024).toFixed(0),
    stallMs.toFixed(0),
    turnMs.toFixed(0),
    bytes,
  ]
  console.log([String(count).padEnd(5), face.padEnd(8), ...cells].join('  '))
}
