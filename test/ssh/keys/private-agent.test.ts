// A key that was given as text logs in over both transports, and is seen by nobody else.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { ConfigError } from '../../../src/errors.ts'
import { createDial } from '../../../src/ssh/dial.ts'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { makeFolder, skipWithout } from '../support/connect.ts'
import { makeKey, settingsFor, startHost } from '../support/loopback-host.ts'

describe('a key that was given as text', () => {
  const folder = makeFolder()
  const hostKey = makeKey()
  const keys = { ed25519: makeKey(), ecdsa: makeKey('ecdsa'), rsa: makeKey('rsa') }
  const stranger = folder.writeKey('stranger')
  let host: Awaited<ReturnType<typeof startHost>>
  before(async () => {
    host = await startHost({
      hostKeys: [hostKey.text],
      allow: Object.values(keys).map(({ blob }) => blob),
    })
  })
  after(async () => {
    await host.close()
    folder.remove()
  })

  const dialWith = (text: string, transport: 'ssh2' | 'openssh') =>
    createDial(createIdentities({ given: { name: 'SHIPIT_SSH_KEY', text } }))(
      settingsFor(host, {
        hostKeys: [hostKey.line],
        user: userInfo().username,
        identityFiles: [stranger.file],
        configWords: ['-F', 'none'],
        transport,
      }),
    )

  for (const [type, { text, blob }] of Object.entries(keys)) {
    test(`logs in as the first one, over both transports: ${type}`, {
      skip: skipWithout('ssh'),
    }, async () => {
      for (const transport of ['ssh2', 'openssh'] as const) {
        host.attempts.length = 0
        const connection = await dialWith(text, transport)
        connection.close()
        const offered = host.attempts.filter(({ method }) => method === 'publickey')
        assert.ok(offered[0]?.key?.equals(blob), transport)
        assert.ok(
          offered.some(({ signed }) => signed),
          transport,
        )
      }
    })
  }

  test('may have lost its line breaks, as in the form of a CI system', async () => {
    const { text } = keys.ed25519
    for (const form of [text.trim(), text.replaceAll('\n', '\r\n'), text.trim().replaceAll('\n', '\\n')]) {
      ;(await dialWith(form, 'ssh2')).close()
    }
  })

  test('is told by the name of its variable alone when it is no key, or encrypted', async () => {
    const encrypted = readFileSync(folder.makeKeyFile('encrypted', '-N', 'secret'), 'utf8')
    for (const [text, says] of [
      [encrypted, /^the key in SHIPIT_SSH_KEY is encrypted, and nobody is asked for its passphrase$/],
      [
        keys.ed25519.text.replaceAll('\n', ''),
        /^SHIPIT_SSH_KEY does not hold a private key that shipit can use$/,
      ],
    ] as const) {
      for (const transport of ['ssh2', 'openssh'] as const) {
        await assert.rejects(dialWith(text, transport), (error: unknown) => {
          assert.ok(error instanceof ConfigError)
          assert.match(error.message, says)
          const told = JSON.stringify([error.message, error.stack, error.suggestions, error.details])
          assert.ok(!told.includes(text.slice(60, 100)), told)
          return true
        })
      }
    }
  })
})
