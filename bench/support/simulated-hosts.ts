// Hosts for a bench, as many as it wants: ssh2's server on all of 127.0.0.0/8 that speaks the wire of docs/protocol.md and does nothing.
// They share processes of their own, so that the client's processor time is the client's alone.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import ssh2, { type ServerChannel } from 'ssh2'
import type { Event } from '../../src/protocol/event.ts'
import { tokenOf } from '../../test/operations/support/scripted-gate.ts'
import { framed, onWire, type Untimed } from '../../test/operations/support/scripted-run.ts'
import { keyOf, makeKey } from '../../test/ssh/support/loopback-host.ts'

/** What each step of a run does here: it takes this long, and says so many lines. */
export type Work = { steps: readonly string[]; stepMs: number; lines: number }

/** What a process of hosts is told on its start. */
type Told = Work & { port: number; hostKey: string; allowed: string }

export type SimulatedHosts = {
  port: number
  /** for known_hosts */
  hostKey: string
  /** the private key that all of them let in, as text */
  userKey: string
  close: () => Promise<void>
}

const COMMIT = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d'

/** Starts them; the addresses from 127.0.0.1 on are one host each. */
export async function startHosts(processes: number, work: Work): Promise<SimulatedHosts> {
  const host = makeKey()
  const user = makeKey()
  const port = await freePort()
  const told: Told = { ...work, port, hostKey: host.text, allowed: user.blob.toString('base64') }
  cluster.setupPrimary({ exec: import.meta.filename, args: [] })
  const workers = Array.from({ length: processes }, () =>
    cluster.fork({ SIMULATED_HOSTS: JSON.stringify(told) }),
  )
  await Promise.all(workers.map((worker) => once(worker, 'listening')))
  return {
    port,
    hostKey: host.line,
    userKey: user.text,
    async close() {
      await Promise.all(
        workers.map(async (worker) => {
          const gone = once(worker, 'exit')
          worker.process.kill('SIGKILL')
          await gone
        }),
      )
    },
  }
}

/** All processes share one port: it has to be known before the first of them listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

function serve({ port, hostKey, allowed, ...work }: Told): void {
  const key = Buffer.from(allowed, 'base64')
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on('error', () => {})
    client.on('authentication', (context) => {
      if (context.method !== 'publickey' || !context.key.data.equals(key))
        return context.reject(['publickey'])
      const { signature, blob, hashAlgo } = context
      if (!signature || keyOf(key).verify(blob as Buffer, signature, hashAlgo) === true)
        return context.accept()
      context.reject(['publickey'])
    })
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        const channel = acceptExec()
        channel.on('error', () => {})
        void answer(channel, command, work)
      })
    })
  })
  server.listen(port, '0.0.0.0')
}

/** Answers one request, as a host does where all goes well. */
async function answer(channel: ServerChannel, command: string, work: Work): Promise<void> {
  const word = (name: string) => new RegExp(` --${name} (\\S+)`).exec(command)?.[1] ?? ''
  const session = tokenOf(command)
  const [app, digest, run] = [word('app'), word('digest'), word('run')]
  const tell = (event: Untimed<Event>) =>
    channel.write(onWire(session, { time: new Date().toISOString().replace(/\..*/, 'Z'), ...event } as Event))
  const hello = { event: 'hello', protocol: 2, version: '0.1.0', user: 'bench', app, digest } as const
  if (/ --ask( |$)/.test(command)) {
    tell(hello)
    tell({ event: 'status', lock: 'free' })
    tell({ event: 'plan', commit: COMMIT })
    tell({ event: 'ready' })
    await once(channel, 'data')
  }
  if (command.startsWith('shipit-gate deploy ')) {
    tell({ ...hello, offset: 0, events: 0 })
    const steps = work.steps.map(
      (name, index) => ({ name, phase: index === 0 ? 'prepare' : 'publish' }) as const,
    )
    const ref = { kind: 'branch', name: word('branch') } as const
    tell({ event: 'run', run, user: 'bench', app, ref, commit: COMMIT, flags: [], digest, steps })
    for (const [index, name] of work.steps.entries()) {
      const step = { event: 'step', number: index + 1, name } as const
      tell({ ...step, state: 'started' })
      for (let line = 0; line < work.lines; line++) {
        await setTimeout(work.stepMs / work.lines)
        channel.write(framed(session, `line ${line} of step ${name}, as long as such lines are\n`))
      }
      tell({ ...step, state: 'ended', status: 0, ms: work.stepMs })
      if (index === 0) tell({ event: 'commit', commit: COMMIT })
    }
    const ms = work.stepMs * work.steps.length
    tell({ event: 'outcome', run, outcome: 'succeeded', exit: 0, commit: COMMIT, number: 1, ms })
  } else throw new Error(`not simulated: ${command}`)
  channel.exit(0)
  channel.end()
}

const { SIMULATED_HOSTS } = process.env
if (cluster.isWorker && SIMULATED_HOSTS) serve(JSON.parse(SIMULATED_HOSTS))
