// A host for the tests: ssh2's server on loopback, which keeps what it was asked for.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, type Socket, type Server as TcpServer } from 'node:net'
import type { Algorithms, Connection, ParsedKey, ServerChannel } from 'ssh2'
import ssh2 from 'ssh2'
import type { HostSettings } from '../../../src/ssh/settings/host-settings.ts'

export const { generateKeyPairSync, parseKey } = ssh2.utils

/** Parses a key that the test made itself. */
export function keyOf(text: string | Buffer): ParsedKey {
  const key = parseKey(text)
  if (key instanceof Error) throw key
  return key
}

/** The public half that lies beside a key file. */
export function publicOf(file: string): Buffer {
  return keyOf(readFileSync(`${file}.pub`)).getPublicSSH()
}

let rsaPair: ReturnType<typeof generateKeyPairSync> | undefined

/** The same one for all: making it takes long. */
function makeRsaPair() {
  rsaPair ??= generateKeyPairSync('rsa', { bits: 2048 })
  return rsaPair
}

/** A new key (rsa: always the same one): its private text, and its public bytes and line. */
export function makeKey(type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519') {
  for (;;) {
    try {
      return makeKeyOnce(type)
    } catch (error) {
      // ssh2 makes a key now and then that it can't read itself
      if (!/Malformed/.test((error as Error).message)) throw error
    }
  }
}

function makeKeyOnce(type: 'ed25519' | 'ecdsa' | 'rsa') {
  const pair =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : type === 'rsa'
        ? makeRsaPair()
        : generateKeyPairSync('ecdsa', { bits: 256 })
  const blob = keyOf(pair.public).getPublicSSH()
  return { text: pair.private, blob, line: pair.public.trim().split(' ').slice(0, 2).join(' ') }
}

/** What a test's host does. */
export type HostBehaviour = {
  hostKeys: readonly string[]
  /** the public keys that may log in */
  allow?: readonly Buffer[]
  /** by what one can log in, as the host tells when a login fails */
  methods?: ('publickey' | 'password' | 'keyboard-interactive')[]
  /** a first key is not enough */
  wantsMore?: boolean
  /** the answer that is, to a question which a key comes before */
  code?: string
  /** what it says before a login (RFC 4252, 5.4) */
  banner?: string
  /** never answers a login */
  silent?: true
  algorithms?: Algorithms
  /** is a jump host */
  forwards?: true
  onExec?: (channel: ServerChannel, command: string) => void
  onSession?: (client: Connection, accept: () => unknown, reject: () => void) => void
}

/** Starts a host; close it, or the test never ends. */
export async function startHost(behaviour: HostBehaviour) {
  const { allow = [], methods = ['publickey'] } = behaviour
  const attempts: { method: string; key?: Buffer; signed?: boolean }[] = []
  const sockets = new Set<Socket>()
  const server = new ssh2.Server(
    {
      hostKeys: [...behaviour.hostKeys],
      ...(behaviour.banner === undefined ? {} : { banner: behaviour.banner }),
      ...(behaviour.algorithms ? { algorithms: behaviour.algorithms } : {}),
    },
    (client) => {
      client.on('error', () => {})
      client.on('authentication', (context) => {
        const key = context.method === 'publickey' ? context.key.data : undefined
        const signed = context.method === 'publickey' && context.signature !== undefined
        attempts.push({ method: context.method, ...(key ? { key, signed } : {}) })
        if (behaviour.silent) return
        if (context.method === 'keyboard-interactive' && behaviour.code !== undefined) {
          context.prompt(
            [
              { prompt: 'Code: ', echo: true },
              { prompt: 'PIN\u001b[2J: ', echo: false },
            ],
            'Second factor',
            (answers) => {
              if (answers.join(' ') === behaviour.code) context.accept()
              else context.reject(['keyboard-interactive'])
            },
          )
          return
        }
        if (context.method !== 'publickey' || !key || !allow.some((each) => each.equals(key))) {
          context.reject(methods)
        } else if (!context.signature) {
          context.accept()
        } else {
          const valid = keyOf(key).verify(context.blob as Buffer, context.signature, context.hashAlgo)
          if (!valid) context.reject(methods)
          else if (behaviour.wantsMore) context.reject(['keyboard-interactive'], true)
          else context.accept()
        }
      })
      if (behaviour.forwards)
        client.on('tcpip', (accept, _reject, { destIP, destPort }) => {
          const socket = connect(destPort, destIP)
          socket.on('error', () => {})
          const stream = accept().on('error', () => {})
          stream.pipe(socket).pipe(stream)
        })
      client.on('session', (accept, reject) => {
        if (behaviour.onSession) return behaviour.onSession(client, accept, reject)
        accept().on('exec', (acceptExec, rejectExec, { command }) => {
          if (behaviour.onExec) behaviour.onExec(acceptExec(), command)
          else rejectExec()
        })
      })
    },
  )
  // ssh2 shows nobody its sockets, and never sets noDelay.
  const raw = (server as unknown as { _srv: TcpServer })._srv
  raw.on('connection', (socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    attempts,
    connections: () => sockets.size,
    /** Dies: no goodbye on any connection. */
    die: () => {
      for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Settings for a host on loopback that pin its key. */
export function settingsFor(
  { port }: { port: number },
  settings: Partial<HostSettings> & Pick<HostSettings, 'hostKeys'>,
): HostSettings {
  return {
    name: 'web1',
    address: '127.0.0.1',
    user: 'alice',
    identityFiles: [],
    knownHostsFiles: [],
    connectTimeoutMs: 5000,
    ...settings,
    port,
  }
}
