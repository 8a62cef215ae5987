// A real ssh-agent for the tests.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** Starts an agent; stop it. */
export async function startAgent(socket: string) {
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' })
  for (let i = 0; !existsSync(socket) && i < 6000; i++) await sleep(5)
  const askpass = `${socket}.askpass`
  const sshAdd = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    execFileSync('ssh-add', ['-q', ...args], {
      env: { PATH: process.env.PATH, SSH_AUTH_SOCK: socket, ...env },
      stdio: 'pipe',
    })
  return {
    socket,
    add(file: string, passphrase?: string): void {
      writeFileSync(askpass, `#!/bin/sh\necho '${passphrase}'\n`, { mode: 0o700 })
      sshAdd([file], { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' })
    },
    drop(key: { file: string; line: string }): void {
      writeFileSync(`${key.file}.pub`, `${key.line}\n`)
      sshAdd(['-d', key.file])
    },
    /** As a person locks it with a password. */
    lock(): void {
      writeFileSync(askpass, '#!/bin/sh\necho secret\n', { mode: 0o700 })
      sshAdd(['-x'], { SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: ':0' })
    },
    async stop(): Promise<void> {
      if (child.kill()) await once(child, 'exit')
    },
  }
}
