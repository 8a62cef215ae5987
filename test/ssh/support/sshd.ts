// A real sshd for the tests, where there is one: Debian's openssh-server, or the one that SHIPIT_TEST_SSHD names.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const SSHD = process.env.SHIPIT_TEST_SSHD ?? '/usr/sbin/sshd'

/** Why there is no sshd. ssh2's server stands in for it, so this is no failure in CI either. */
export const skipWithoutSshd = existsSync(SSHD) ? false : 'no sshd here (openssh-server)'

/** Starts an sshd with one host key, one file of authorized keys and other lines of sshd_config, on 127.0.0.1 or ::1; stop it. */
export async function startSshd(files: {
  config: (text: string) => string
  hostKey: string
  authorized: string
  lines?: readonly string[]
  address?: string
  env?: Readonly<Record<string, string>>
}) {
  const { lines = [], address = '127.0.0.1', env = {} } = files
  const port = await freePort(address)
  const config = files.config(
    [
      `Port ${port}`,
      `ListenAddress ${address}`,
      `HostKey ${files.hostKey}`,
      `AuthorizedKeysFile ${files.authorized}`,
      'StrictModes no',
      'UsePAM no',
      'PidFile none',
      'PermitRootLogin prohibit-password',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'MaxAuthTries 3',
      ...lines,
    ].join('\n'),
  )
  // the package makes it when the service starts, which it need not
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
  const child = spawn(SSHD, ['-D', '-e', '-f', config], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  child.stderr.on('data', (text) => {
    log += text
  })
  await untilItListens({ port, address }, child, () => log)
  return {
    port,
    async stop(): Promise<void> {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

export async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function untilItListens(
  { port, address }: { port: number; address: string },
  child: ChildProcess,
  log: () => string,
): Promise<void> {
  for (let i = 0; i < 3000 && child.exitCode === null; i++) {
    const socket = connect(port, address)
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (connected) return
    await sleep(20)
  }
  throw new Error(`it does not listen: ${log()}`)
}
