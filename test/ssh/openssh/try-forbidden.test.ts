import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { ATTEMPTS, type AttemptKind } from '../../../src/ssh/connection/forbidden.ts'
import { readCommand } from '../../../src/ssh/gate/read-command.ts'
import { openOpenssh } from '../../../src/ssh/openssh/open-openssh.ts'
import type { HostSettings } from '../../../src/ssh/settings/host-settings.ts'
import { makeFolder, skipWithout } from '../support/connect.ts'
import { settingsFor } from '../support/loopback-host.ts'
import { skipWithoutSshd, startSshd } from '../support/sshd.ts'

/** The program ssh does not wait for the host's answer to the first, and asks for the second only where there is a display. */
const UNTOLD: readonly AttemptKind[] = ['agent-forwarding', 'x11-forwarding']

describe('what is tried on a real sshd by the program ssh', {
  skip: skipWithoutSshd || skipWithout('ssh'),
}, () => {
  const folder = makeFolder()
  const keys = {
    plain: folder.writeKey('plain'),
    forced: folder.writeKey('forced'),
    restricted: folder.writeKey('restricted'),
  }
  let sshd: Awaited<ReturnType<typeof startSshd>>
  before(async () => {
    const gate = 'command="echo no >&2; exit 77"'
    const { plain, forced, restricted } = keys
    sshd = await startSshd({
      config: (text) => folder.write('sshd_config', text),
      hostKey: folder.makeKeyFile('host'),
      authorized: folder.write(
        'authorized',
        `${plain.line}\n${gate} ${forced.line}\nrestrict,${gate} ${restricted.line}\n`,
      ),
    })
  })
  after(async () => {
    await sshd?.stop()
    folder.remove()
  })

  async function tryAll(key: keyof typeof keys) {
    const settings: HostSettings = {
      ...settingsFor(sshd, { hostKeys: [readFileSync(`${folder.at('host')}.pub`, 'utf8').trim()] }),
      user: userInfo().username,
      identityFiles: [keys[key].file],
      isIdentityNamed: true,
      configWords: ['-F', 'none'],
    }
    const connection = await openOpenssh(settings, { why: 'a test' })
    try {
      const results = new Map<AttemptKind, string>()
      for (const kind of ATTEMPTS) results.set(kind, await connection.attempt(kind))
      assert.deepEqual(
        UNTOLD.map((kind) => results.get(kind)),
        ['unclear', 'unclear'],
      )
      for (const kind of UNTOLD) results.delete(kind)
      // the connection is as good as before
      await readCommand(connection, 'true')
      return results
    } finally {
      connection.close()
    }
  }

  test('is granted to a key without restrictions, as far as the host has it', async () => {
    const results = await tryAll('plain')
    for (const kind of ['shell', 'command', 'port-forwarding', 'remote-forwarding', 'terminal'] as const)
      assert.equal(results.get(kind), 'granted', kind)
    assert.ok(![...results.values()].includes('unclear'))
  })

  test('is refused by a forced command, but for what sshd itself grants', async () => {
    const results = await tryAll('forced')
    for (const kind of ['shell', 'command', 'scp', 'sftp'] as const)
      assert.equal(results.get(kind), 'refused', kind)
    for (const kind of ['port-forwarding', 'remote-forwarding', 'terminal'] as const)
      assert.equal(results.get(kind), 'granted', kind)
  })

  test('is refused to a restricted key, all of it', async () => {
    assert.deepEqual([...new Set((await tryAll('restricted')).values())], ['refused'])
  })
})
