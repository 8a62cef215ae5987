// The sandbox's sshd: an ssh2 server on loopback, with keys of its own, that runs the gate as a forced command and nothing else.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { timingSafeEqual } from 'node:crypto'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { finished } from 'node:stream/promises'
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2'
import { EXIT_CODES } from '../errors.ts'
import { startProgram } from '../programs/start-program.ts'
import type { SandboxHost } from './prepare-sandbox.ts'
import { sandboxKey } from './sandbox-keys.ts'

/** A sandbox that listens. */
export type RunningSandbox = {
  port: number
  /** as in known_hosts: `ssh-ed25519 AAAA…` */
  hostKey: string
  /** the file of the only key that it lets in */
  identityFile: string
  /** opens the stream of a connection to it */
  connect: () => Socket
  /** the last of them was closed before the server saw it */
  wasUnseen: () => boolean
  /** why the gate could not be started when it last was to be */
  whyNoGate: () => Error | undefined
  close: () => void
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startSandbox(host: SandboxHost): Promise<RunningSandbox> {
  const hostKey = sandboxKey(host.keys, 'host')
  const userKey = sandboxKey(host.keys, 'user')
  const allowed = parsePublic(userKey.public)
  let whyNoGate: Error | undefined
  let isUnseen = false
  const seen = new Set<number | undefined>()
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (client, { port }) => {
    seen.add(port)
    serve(client, { host, allowed, refuse: (why) => (whyNoGate = why) })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  // it listens for this command only: what keeps the process is the command's own connection
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    port,
    hostKey: hostKey.public,
    identityFile: userKey.file,
    connect: () => connectTo(port, (ownPort) => (isUnseen = !seen.has(ownPort))),
    wasUnseen: () => isUnseen,
    whyNoGate: () => whyNoGate,
    close: () => server.close(),
  }
}

/** Without a descriptor for a connection, libuv accepts it, closes it, and tells the server nothing. Says which port the server closed. */
function connectTo(port: number, tellClosed: (ownPort: number | undefined) => void): Socket {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  socket.once('connect', () => {
    const ownPort = socket.localPort
    socket.once('end', () => tellClosed(ownPort)).once('error', () => tellClosed(ownPort))
  })
  return socket
}

function parsePublic(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text)
  if (key instanceof Error) throw key
  return Array.isArray(key) ? (key[0] as ParsedKey) : key
}

type Service = { host: SandboxHost; allowed: ParsedKey; refuse: (why: Error | undefined) => void }

function serve(client: Connection, { host, allowed, refuse }: Service): void {
  // a client that leaves is not a fault
  client.on('error', () => {})
  const { _sock: socket } = client as unknown as { _sock: { setNoDelay: (on: boolean) => void } }
  socket.setNoDelay(true)
  const gates = new Set<ChildProcess>()
  client.on('close', () => gates.forEach(letGo))
  client.on('authentication', (context) => authenticate(context, host.user, allowed))
  client.on('session', (accept) => {
    const session = accept()
    session.on('exec', (acceptExec, reject, info) => {
      startGate(host.gate, info.command).then(
        (gate) => {
          refuse(undefined)
          gates.add(gate)
          gate.once('close', () => gates.delete(gate))
          follow(gate, acceptExec())
        },
        (why: Error) => {
          refuse(why)
          reject()
        },
      )
    })
  })
}

function authenticate(context: AuthContext, user: string, allowed: ParsedKey): void {
  if (isAllowed(context, user, allowed)) context.accept()
  else context.reject(['publickey'])
}

function isAllowed(context: AuthContext, user: string, allowed: ParsedKey): boolean {
  if (context.method !== 'publickey' || context.username !== user) return false
  const { key, signature, blob, hashAlgo } = context
  if (key.algo !== allowed.type || !sameBytes(key.data, allowed.getPublicSSH())) return false
  // without a signature the client only asks whether the key would do
  return !signature || !blob || allowed.verify(blob, signature, hashAlgo) === true
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b)
}

function startGate(gate: string, request: string): Promise<ChildProcessWithoutNullStreams> {
  // as sshd's forced command; Ctrl-C in the terminal is not meant for it
  const env = { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: request }
  return startProgram({ program: '/bin/sh' }, () =>
    spawn('/bin/sh', [gate], { cwd: '/', detached: true, stdio: 'pipe', env }),
  )
}

function follow(child: ChildProcessWithoutNullStreams, channel: ServerChannel): void {
  // one that does not read it has its reasons
  channel.pipe(child.stdin).on('error', () => {})
  child.stdout.pipe(channel, { end: false })
  child.stderr.pipe(channel.stderr, { end: false })
  channel.on('close', () => letGo(child))
  channel.on('error', () => letGo(child))
  child.on('error', () => channel.close())
  child.on('close', async (code, signal) => {
    // end() would close the channel before stderr was sent
    channel.stderr.end()
    await finished(channel.stderr).catch(() => {})
    if (signal) channel.exit(signal.slice(3), false, '')
    else channel.exit(code ?? EXIT_CODES.fault)
    channel.end()
  })
}

/** The client is gone. As with sshd, its follower learns of it when it next writes; the run stays. Nobody here waits for either. */
function letGo(child: ChildProcess): void {
  child.stdin?.destroy()
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.unref()
}
