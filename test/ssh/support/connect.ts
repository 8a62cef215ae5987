// What the tests of connections share: a folder with real keys, connections that are closed, and errors to look at.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { ShipitError } from '../../../src/errors.ts'
import type { Connection } from '../../../src/ssh/connection/connection.ts'
import { createIdentities, type Identities } from '../../../src/ssh/keys/identities.ts'
import { openConnection } from '../../../src/ssh/open-connection.ts'
import type { HostSettings } from '../../../src/ssh/settings/host-settings.ts'
import { type HostBehaviour, makeKey, settingsFor, startHost } from './loopback-host.ts'

/** A temporary folder; remove it. */
export function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-ssh-'))
  const at = (name: string) => join(folder, name)
  return {
    at,
    write(name: string, text: string): string {
      writeFileSync(at(name), text, { mode: 0o600 })
      return at(name)
    },
    /** A key in a file, made by ssh-keygen. */
    makeKeyFile(name: string, ...args: string[]) {
      const options = args.includes('-N') ? args : ['-N', '', ...args]
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-C', name, ...options, '-f', at(name)], {
        stdio: 'pipe',
      })
      return at(name)
    },
    /** A key in a file, made by ssh2, which takes no time. */
    writeKey(name: string, type: 'ed25519' | 'ecdsa' | 'rsa' = 'ed25519') {
      const key = makeKey(type)
      return { file: this.write(name, key.text), ...key }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** A host for all tests of a file, which start and close it: who may log in, and by which methods. */
export function useLoginHost(options: Pick<HostBehaviour, 'allow' | 'methods'>) {
  const hostKey = makeKey()
  let host: Awaited<ReturnType<typeof startHost>>
  before(async () => {
    host = await startHost({ hostKeys: [hostKey.text], ...options })
  })
  after(() => host.close())
  return {
    hostKey,
    get port() {
      return host.port
    },
    get attempts() {
      return host.attempts
    },
    /** Settings that reach it; forgets the logins that were tried. */
    settings(own: Partial<HostSettings>): HostSettings {
      host.attempts.length = 0
      return settingsFor(host, { hostKeys: [hostKey.line], ...own })
    },
  }
}

/** Opens a connection, uses it, and closes it. */
export async function withConnection<Result>(
  settings: HostSettings,
  use: (connection: Connection) => Promise<Result> | Result,
  identities: Identities = createIdentities(),
): Promise<Result> {
  const connection = await openConnection(settings, identities)
  try {
    return await use(connection)
  } finally {
    connection.close()
  }
}

/** The error of a connection that can't be opened, and how long it took. */
export async function failureOf(settings: HostSettings, identities: Identities = createIdentities()) {
  const startedMs = performance.now()
  try {
    const connection = await openConnection(settings, identities)
    connection.close()
  } catch (error) {
    assert.ok(error instanceof ShipitError, String((error as Error).stack))
    return { error, ms: performance.now() - startedMs, advice: error.suggestions.join('\n') }
  }
  assert.fail('the connection was opened')
}

/** Says whether a program is there. In CI a test that has no other way must not be skipped. */
export function skipWithout(program: string): string | false {
  try {
    execFileSync(program, ['-?'], { stdio: 'ignore' })
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? `no ${program} here` : false
  }
}
