import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, before, describe, test } from 'node:test'
import type { AttemptKind, AttemptResult } from '../../../src/ssh/connection/forbidden.ts'
import { ATTEMPTS } from '../../../src/ssh/connection/forbidden.ts'
import { readCommand } from '../../../src/ssh/gate/read-command.ts'
import { fingerprint } from '../../../src/ssh/trust/known-hosts.ts'
import { patient } from '../../support/patience.ts'
import { makeFolder, withConnection } from '../support/connect.ts'
import { makeKey, settingsFor, startHost } from '../support/loopback-host.ts'
import { skipWithoutSshd, startSshd } from '../support/sshd.ts'

const folder = makeFolder()
const plain = folder.writeKey('plain')
const forced = folder.writeKey('forced')
const restricted = folder.writeKey('restricted')
const hostKey = makeKey()
after(() => folder.remove())

async function tryAll(
  connect: Parameters<typeof withConnection>[0],
): Promise<Map<AttemptKind, AttemptResult>> {
  return withConnection(connect, async (connection) => {
    const results = new Map<AttemptKind, AttemptResult>()
    for (const kind of ATTEMPTS) results.set(kind, await connection.attempt(kind))
    // the connection is as good as before
    await readCommand(connection, 'true')
    return results
  })
}

describe('what is tried on a real sshd', { skip: skipWithoutSshd }, () => {
  let sshd: Awaited<ReturnType<typeof startSshd>>
  before(async () => {
    const gate = 'command="echo no >&2; exit 77"'
    sshd = await startSshd({
      // so few that one may have to wait for the end of another
      config: (text) => folder.write('sshd_config', `${text}\nMaxSessions 2`),
      hostKey: folder.makeKeyFile('host'),
      authorized: folder.write(
        'authorized',
        `${plain.line}\n${gate} ${forced.line}\nrestrict,${gate} ${restricted.line}\n`,
      ),
    })
  })
  after(() => sshd?.stop())

  const settings = (file: string) => ({
    ...settingsFor(sshd, { hostKeys: [readFileSync(`${folder.at('host')}.pub`, 'utf8')] }),
    user: userInfo().username,
    identityFiles: [file],
  })

  test('is granted to a key without restrictions, as far as the host has it', async () => {
    const results = await tryAll(settings(plain.file))
    for (const kind of [
      'shell',
      'command',
      'port-forwarding',
      'remote-forwarding',
      'agent-forwarding',
      'terminal',
    ] as const)
      assert.equal(results.get(kind), 'granted', kind)
    assert.ok(![...results.values()].includes('unclear'))
  })

  test('is refused by a forced command, but for what sshd itself grants', async () => {
    const results = await tryAll(settings(forced.file))
    for (const kind of ['shell', 'command', 'scp', 'sftp'] as const)
      assert.equal(results.get(kind), 'refused', kind)
    for (const kind of ['port-forwarding', 'agent-forwarding', 'terminal'] as const)
      assert.equal(results.get(kind), 'granted', kind)
  })

  test('is refused to a restricted key, all of it', async () => {
    const results = await tryAll(settings(restricted.file))
    assert.deepEqual([...new Set(results.values())], ['refused'])
  })

  test('is not asked of a host to learn how it was reached', async () => {
    await withConnection(settings(plain.file), ({ facts, serverKey }) => {
      assert.equal(facts.where, `127.0.0.1:${sshd.port}`)
      assert.equal(facts.hostKey, `ssh-ed25519 ${serverKey}`)
      assert.equal(facts.hostKeyKnownBy, '`ssh.hostKeys` of the config')
      assert.equal(facts.key, `ssh-ed25519 ${fingerprint(plain.blob)} of '${plain.file}'`)
      assert.ok(facts.roundTripMs && facts.roundTripMs < patient(5000))
    })
  })

  test('names the line of known_hosts by which the host is known', async () => {
    const line = readFileSync(`${folder.at('host')}.pub`, 'utf8')
    const file = folder.write('known_hosts', `# mine\n\n[127.0.0.1]:${sshd.port} ${line}`)
    await withConnection({ ...settings(plain.file), hostKeys: [], knownHostsFiles: [file] }, ({ facts }) => {
      assert.equal(facts.hostKeyKnownBy, `'${file}' line 3`)
    })
  })
})

describe('what is tried on a host that is none', () => {
  test('is refused where the host has no answer but no', async () => {
    const host = await startHost({ hostKeys: [hostKey.text], allow: [plain.blob] })
    const settings = settingsFor(host, { hostKeys: [hostKey.line], identityFiles: [plain.file] })
    await withConnection(settings, async (connection) => {
      for (const kind of ATTEMPTS) assert.equal(await connection.attempt(kind), 'refused', kind)
    })
    await host.close()
  })

  test('is unclear when the connection dies', async () => {
    const host = await startHost({ hostKeys: [hostKey.text], allow: [plain.blob], onExec: () => host.die() })
    const settings = settingsFor(host, { hostKeys: [hostKey.line], identityFiles: [plain.file] })
    await withConnection(settings, async (connection) => {
      assert.equal(await connection.attempt('command'), 'unclear')
      assert.equal(await connection.attempt('sftp'), 'unclear')
    })
    await host.close()
  })
})
