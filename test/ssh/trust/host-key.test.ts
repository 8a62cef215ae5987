import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { ConfigError, HostKeyError } from '../../../src/errors.ts'
import { readHostKey } from '../../../src/ssh/open-connection.ts'
import type { HostSettings } from '../../../src/ssh/settings/host-settings.ts'
import { addKnownHost } from '../../../src/ssh/trust/add-known-host.ts'
import { writtenNameOf } from '../../../src/ssh/trust/host-key.ts'
import { fingerprint } from '../../../src/ssh/trust/known-hosts.ts'
import { failureOf, makeFolder, skipWithout, withConnection } from '../support/connect.ts'
import { makeKey, settingsFor, startHost } from '../support/loopback-host.ts'

const folder = makeFolder()
const hostKey = makeKey()
const ecdsaHostKey = makeKey('ecdsa')
const other = makeKey()
const user = folder.writeKey('id')
let host: Awaited<ReturnType<typeof startHost>>

before(async () => {
  host = await startHost({ hostKeys: [hostKey.text, ecdsaHostKey.text], allow: [user.blob] })
})
after(async () => {
  await host.close()
  folder.remove()
})

function knowing(text: string, settings: Partial<HostSettings> = {}): HostSettings {
  const file = folder.write('known_hosts', text)
  return settingsFor(host, { hostKeys: [], identityFiles: [user.file], knownHostsFiles: [file], ...settings })
}

const named = () => `[web1]:${host.port}`

/** Fails as it should, and the host saw nobody try to log in. */
async function refusalOf(settings: HostSettings) {
  host.attempts.length = 0
  const failure = await failureOf(settings)
  assert.ok(failure.error instanceof HostKeyError)
  assert.equal(failure.error.exitCode, 69)
  assert.deepEqual(host.attempts, [])
  return failure
}

describe("a host's key", () => {
  test('is trusted when known_hosts has it', async () => {
    await withConnection(knowing(`${named()} ${hostKey.line}\n`), ({ serverKey }) => {
      assert.equal(serverKey, fingerprint(hostKey.blob))
    })
  })

  test('is trusted when known_hosts has it under the address, or in the second file', async () => {
    const settings = knowing(`[127.0.0.1]:${host.port} ${hostKey.line}\n`)
    const knownHostsFiles = [folder.at('missing'), ...settings.knownHostsFiles]
    await withConnection({ ...settings, knownHostsFiles }, () => {})
  })

  test('is asked for in the type that is known, so that a known host does not look changed', async () => {
    await withConnection(knowing(`${named()} ${ecdsaHostKey.line}\n`), ({ serverKey }) => {
      assert.equal(serverKey, fingerprint(ecdsaHostKey.blob))
    })
    await withConnection(knowing('', { hostKeys: [ecdsaHostKey.line] }), ({ serverKey }) => {
      assert.equal(serverKey, fingerprint(ecdsaHostKey.blob))
    })
  })

  test('is refused when it is not known, before a login, with its fingerprint and how to add it', async () => {
    const { error, advice } = await refusalOf(knowing(''))
    assert.equal(
      error.message,
      `the host key of 'web1' (127.0.0.1:${host.port}) is unknown: ssh-ed25519 ${fingerprint(hostKey.blob)}; no line for it in '${folder.at('known_hosts')}'`,
    )
    assert.match(advice, /Ask the administrator of 'web1'/)
    assert.match(advice, /If it is the same, trust the key: shipit trust web1$/m)
  })

  test('is trusted once it was added, hashed or not', async () => {
    for (const isHashed of [false, true]) {
      const settings = knowing('web2 ssh-ed25519 AAAA')
      const file = settings.knownHostsFiles[0] ?? ''
      const { key } = await readHostKey(settings)
      const line = addKnownHost({
        file,
        name: writtenNameOf(settings),
        publicKey: `${key.type} ${key.bytes.toString('base64')}`,
        isHashed,
      })
      assert.equal(line, 2)
      const [first, added = ''] = readFileSync(file, 'utf8').split('\n')
      assert.equal(first, 'web2 ssh-ed25519 AAAA')
      assert.match(
        added,
        isHashed ? /^\|1\|[^|]+\|[^|]+ ssh-ed25519 / : /^\[127\.0\.0\.1\]:[0-9]+ ssh-ed25519 /,
      )
      await withConnection(settings, () => {})
    }
  })

  test('is refused when it has changed, with file, line and how to forget the old one', async () => {
    const { error, advice } = await refusalOf(knowing(`# first\n${named()} ${other.line}\n`))
    assert.ok(error.message.includes(`has changed: it is ssh-ed25519 ${fingerprint(hostKey.blob)}`))
    assert.ok(
      error.message.includes(
        `'${folder.at('known_hosts')}' line 2 has ssh-ed25519 ${fingerprint(other.blob)}`,
      ),
    )
    assert.ok(advice.includes(`ssh-keygen -R '${named()}' -f ${folder.at('known_hosts')}`))
    assert.deepEqual([error.details.file, error.details.line], [folder.at('known_hosts'), 2])
  })

  test('that has changed behind a pattern is mended by hand, since ssh-keygen leaves patterns alone', async () => {
    const { advice } = await refusalOf(knowing(`[web*]:${host.port} ${other.line}\n`))
    assert.ok(advice.includes(`remove line 1 from '${folder.at('known_hosts')}'`))
    assert.doesNotMatch(advice, /ssh-keygen -R/)
  })

  test('is refused when it is revoked, even though another line trusts it', async () => {
    const { error } = await refusalOf(knowing(`${named()} ${hostKey.line}\n@revoked * ${hostKey.line}\n`))
    assert.ok(error.message.includes(`is revoked by '${folder.at('known_hosts')}' line 2`))
  })

  test('is refused when only a certificate authority is known', async () => {
    const { error, advice } = await refusalOf(knowing(`@cert-authority * ${other.line}\n`))
    assert.match(error.message, /is known by a certificate authority only \('.*' line 1\), and shows no host/)
    assert.match(advice, /trust this key alone: shipit trust web1$/m)
  })

  test('is found in a hashed file, and its removal there by the command of the error helps', {
    skip: skipWithout('ssh-keygen'),
  }, async () => {
    knowing(`${named()} ${hostKey.line}\n`)
    execFileSync('ssh-keygen', ['-H', '-f', folder.at('known_hosts')], { stdio: 'pipe' })
    const hashed = readFileSync(folder.at('known_hosts'), 'utf8')
    assert.ok(hashed.startsWith('|1|'))
    await withConnection(knowing(hashed), () => {})
    const changed = hashed.replace(hostKey.line, other.line)
    const { advice } = await refusalOf(knowing(changed))
    const [, command = ''] = /forget the old key: (ssh-keygen -R .*)$/m.exec(advice) ?? []
    execFileSync('sh', ['-c', command], { stdio: 'pipe' })
    const { error } = await refusalOf(knowing(readFileSync(folder.at('known_hosts'), 'utf8')))
    assert.match(error.message, /is unknown/)
  })

  test('that the config pins is trusted, whatever known_hosts says', async () => {
    await withConnection(
      knowing(`${named()} ${other.line}\n`, { hostKeys: [other.line, hostKey.line] }),
      () => {},
    )
  })

  test('that the config does not pin is refused, whatever known_hosts says', async () => {
    const { error, advice } = await refusalOf(
      knowing(`${named()} ${hostKey.line}\n`, { hostKeys: [other.line] }),
    )
    assert.match(error.message, /not one that the config pins: it is ssh-ed25519 SHA256:/)
    assert.match(advice, /the line for `ssh.hostKeys` of the config: shipit trust web1$/m)
  })
})

test('a pinned key that is none, and a known_hosts that is a folder, are errors of the config', async () => {
  const pinned = await failureOf(knowing('', { hostKeys: ['ssh-ed25519 AAAA'] }))
  assert.ok(pinned.error instanceof ConfigError)
  assert.match(pinned.error.message, /`ssh.hostKeys` .* 'ssh-ed25519 AAAA'/)
  const unreadable = await failureOf(knowing('', { knownHostsFiles: [folder.at('.')] }))
  assert.ok(unreadable.error instanceof ConfigError)
})
