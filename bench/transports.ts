// What many hosts cost over each transport: `node bench/transports.ts [HOSTS] [ROUNDS]`. One sshd on loopback is all of them, so what is
// measured is the client: its time, its CPU and memory with those of the ssh processes that it starts.
import { globSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { createDial } from '../src/ssh/dial.ts'
import { createIdentities } from '../src/ssh/keys/identities.ts'
import type { HostSettings } from '../src/ssh/settings/host-settings.ts'
import { makeFolder } from '../test/ssh/support/connect.ts'
import { startSshd } from '../test/ssh/support/sshd.ts'

const [hosts = 50, rounds = 3] = process.argv.slice(2).map(Number)
/** getconf CLK_TCK of Linux */
const TICK_MS = 10

const folder = makeFolder()
const hostKey = folder.makeKeyFile('host')
const key = folder.makeKeyFile('id')
const authorized = folder.write('authorized', readFileSync(`${key}.pub`, 'utf8'))
const config = (text: string) => folder.write('sshd.conf', `${text}\nMaxStartups 200\n`)
const sshd = await startSshd({ config, hostKey, authorized })

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

async function measure(transport: 'ssh2' | 'openssh'): Promise<string> {
  const dial = createDial(createIdentities())
  const settings = Array.from(
    { length: hosts },
    (_, index): HostSettings => ({
      name: `web${index + 1}`,
      address: '127.0.0.1',
      port: sshd.port,
      user: userInfo().username,
      identityFiles: [key],
      isIdentityNamed: true,
      knownHostsFiles: [],
      hostKeys: [readFileSync(`${hostKey}.pub`, 'utf8').trim()],
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
  return `${transport}\t${hosts} hosts\t${Math.round(ms)} ms\t${cpuMs} ms of CPU\t${Math.round(memory / 1024)} MiB\t${helpers.length} masters`
}

try {
  for (let round = 0; round < rounds; round++) {
    for (const transport of ['ssh2', 'openssh'] as const)
      process.stdout.write(`${await measure(transport)}\n`)
  }
} finally {
  await sshd.stop()
  folder.remove()
}
