// What many hosts cost over each transport: `node bench/transports.ts [HOSTS] [ROUNDS]`, as root. It boots the hosts of the tests, each with
// its own sshd, and logs in to all of them at once. What is measured is the client: its time, its CPU and memory with those of the ssh
// processes that it starts.
import { once } from 'node:events'
import { globSync, readFileSync } from 'node:fs'
import { createDial } from '../src/ssh/dial.ts'
import { createIdentities } from '../src/ssh/keys/identities.ts'
import type { HostSettings } from '../src/ssh/settings/host-settings.ts'
import { Lab, whyNot } from '../test/hosts/support/lab.ts'

/** What a client in the network of the hosts needs to know. */
type Task = { transport: 'ssh2' | 'openssh'; names: readonly string[]; key: string; knownHosts: string }

/** getconf CLK_TCK of Linux */
const TICK_MS = 10

/** proc(5): user and system time of a process, and of its children that have ended. */
function cpuMsOf(pid: string | number): number {
  const fields = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0) * TICK_MS, 0)
}

function memoryKbOf(pid: string | number): number {
  return Number(/^Pss:\s+([0-9]+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0)
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** The masters in the background: their sockets tell them apart from everybody else's. */
function masters(): string[] {
  return globSync('/proc/[0-9]*/cmdline').flatMap((file) =>
    /^ssh[\0:].*shipit-ssh-/.test(read(file)) ? [file.split('/')[2] ?? ''] : [],
  )
}

async function measure({ transport, names, key, knownHosts }: Task): Promise<string> {
  const dial = createDial(createIdentities())
  const settings = names.map(
    (name): HostSettings => ({
      name,
      address: name,
      port: 22,
      user: 'alice',
      identityFiles: [key],
      isIdentityNamed: true,
      knownHostsFiles: [knownHosts],
      hostKeys: [],
      connectTimeoutMs: 60_000,
      configWords: ['-F', 'none'],
      transport,
    }),
  )
  const [cpuBefore, began] = [cpuMsOf('self'), performance.now()]
  const connections = await Promise.all(settings.map(dial))
  const ends = await Promise.all(
    connections.map(async (connection) => {
      const run = await connection.exec('true')
      await run.read(() => {})
      return run.exit
    }),
  )
  const ms = performance.now() - began
  if (!ends.every((exit) => 'status' in exit && exit.status === 0)) throw new Error(JSON.stringify(ends))
  const helpers = transport === 'openssh' ? masters() : []
  const sum = (each: (pid: string) => number) => ['self', ...helpers].reduce((all, pid) => all + each(pid), 0)
  const cpuMs = sum(cpuMsOf) - cpuBefore
  const memory = sum(memoryKbOf)
  for (const connection of connections) connection.close()
  await new Promise((resolve) => setTimeout(resolve, 1000))
  return `${transport}\t${names.length} hosts\t${Math.round(ms)} ms\t${cpuMs} ms of CPU\t${Math.round(memory / 1024)} MiB\t${helpers.length} masters`
}

async function bootAndMeasure(hosts: number, rounds: number): Promise<void> {
  const reason = whyNot()
  if (reason !== undefined) throw new Error(reason)
  const lab = await Lab.start({ hosts, diskSize: '16m' })
  try {
    const names = Array.from({ length: hosts }, (_, index) => `web${index + 1}`)
    for (let round = 0; round < rounds; round++) {
      // each in a process of its own, which begins with the same memory
      for (const transport of ['ssh2', 'openssh'] as const) {
        const task: Task = { transport, names, key: lab.key('alice'), knownHosts: lab.knownHosts }
        const client = lab.spawnCtl([process.execPath, import.meta.filename, JSON.stringify(task)], {
          stdio: ['ignore', 'inherit', 'inherit'],
        })
        await once(client, 'exit')
      }
    }
  } finally {
    await lab.stop()
  }
}

const [first = '50', second = '3'] = process.argv.slice(2)
if (first.startsWith('{')) process.stdout.write(`${await measure(JSON.parse(first))}\n`)
else await bootAndMeasure(Number(first), Number(second))
