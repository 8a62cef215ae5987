// A host on loopback whose gate answers as a test says, and the targets that reach it.
import { once } from 'node:events'
import { after, before } from 'node:test'
import type { ServerChannel } from 'ssh2'
import type { Target } from '../../../src/operations/explain/callee.ts'
import type { Event } from '../../../src/protocol/event.ts'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { openConnection } from '../../../src/ssh/open-connection.ts'
import { makeFolder } from '../../ssh/support/connect.ts'
import { makeKey, settingsFor, startHost } from '../../ssh/support/loopback-host.ts'
import { framed, onWire } from './scripted-run.ts'

/** One call to the gate. */
export class GateCall {
  readonly channel: ServerChannel
  readonly command: string
  readonly session: string
  /** what the client says to a deploy that asks, after its token */
  readonly word: Promise<string>
  /** Ends every connection, without goodbye. */
  readonly die: () => void
  /** what the host says when it is asked whether the gate is there and found; nothing if it runs no command */
  looks: string | undefined = 'yes yes'

  constructor(channel: ServerChannel, command: string, session: string, die: () => void) {
    this.channel = channel
    this.command = command
    this.session = session
    this.die = die
    this.word = once(channel, 'data').then(([bytes]) => String(bytes))
    this.word.catch(() => {})
    channel.on('error', () => {})
  }

  /** Writes frames: of output, and events. */
  say(...pieces: (string | Event)[]): this {
    for (const piece of pieces) {
      this.channel.write(
        typeof piece === 'string' ? framed(this.session, piece) : onWire(this.session, piece),
      )
    }
    return this
  }

  /** Writes bytes as they are. */
  raw(...pieces: string[]): this {
    for (const piece of pieces) this.channel.write(piece)
    return this
  }

  /** Sets what the host says to a look at what is there. */
  look(looks: string | undefined): this {
    this.looks = looks
    return this
  }

  end(status = 0): void {
    this.channel.exit(status)
    this.channel.end()
  }
}

export type Gate = (call: GateCall) => void

/** Starts a host whose gate is set anew for each test; close it. `like` is a gate whose person may log in here as well. */
export async function startGate(like?: { user: ReturnType<typeof makeUser> }) {
  const folder = makeFolder()
  const user = like?.user ?? makeUser(folder)
  const hostKey = makeKey()
  let gate: Gate | undefined
  const calls: string[] = []
  let last: GateCall | undefined
  const host = await startHost({
    hostKeys: [hostKey.text],
    allow: [user.blob],
    onSession(_client, accept) {
      const session = accept() as { on: (event: 'exec', listener: Exec) => void }
      const exec = async (channel: ServerChannel, command: string) => {
        const call = new GateCall(channel, command, tokenOf(command), host.die)
        if (command.includes('shipit-look')) {
          if (last?.looks !== undefined) call.raw(`Welcome!\nshipit-look ${last.looks}\n`)
          return call.end(last?.looks === undefined ? 1 : 0)
        }
        calls.push(command)
        last = call
        gate?.(call)
      }
      session.on('exec', (acceptExec, rejectExec, { command }) => {
        if (!gate) return rejectExec()
        void exec(acceptExec(), command)
      })
    },
  })
  const settings = settingsFor(host, { hostKeys: [hostKey.line], identityFiles: [user.file] })
  return {
    calls,
    settings,
    user,
    /** Answers from now on as `gate` says. */
    answer: (next: Gate) => {
      gate = next
    },
    /** A target whose gate answers so; without an answer nothing is executed there. */
    target(answer: Gate | undefined, limits: Pick<Target, 'answerLimitMs' | 'version'> = {}): Target {
      gate = answer
      calls.length = 0
      return {
        host: 'web1',
        user: 'alice',
        open: () => openConnection(settings, createIdentities()),
        ...limits,
      }
    },
    async close() {
      await host.close()
      folder.remove()
    },
  }
}

/** The token of a request. */
export function tokenOf(command: string): string {
  return /--session ([0-9a-f]{32})$/.exec(command)?.[1] ?? ''
}

/** The same for all tests of a file, which start and close it. */
export function useGate() {
  let host: Awaited<ReturnType<typeof startGate>>
  before(async () => {
    host = await startGate()
  })
  after(() => host.close())
  return {
    get calls() {
      return host.calls
    },
    target: (...words: Parameters<typeof host.target>) => host.target(...words),
    connect: () => openConnection(host.settings, createIdentities()),
  }
}

function makeUser(folder: ReturnType<typeof makeFolder>) {
  return folder.writeKey('id')
}

type Exec = (accept: () => ServerChannel, reject: () => void, info: { command: string }) => void
