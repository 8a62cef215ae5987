import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { BaseAgent, ParsedKey } from 'ssh2'
import { ConfigError, ConnectionError } from '../../../src/errors.ts'
import { TimeLimit } from '../../../src/ssh/connection/time-limit.ts'
import type { Challenge } from '../../../src/ssh/keys/challenge.ts'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { loadSsh2 } from '../../../src/ssh/keys/load-ssh2.ts'
import { createLogin } from '../../../src/ssh/ssh2/log-in.ts'
import { failureOf, makeFolder, useLoginHost, withConnection } from '../support/connect.ts'
import { keyOf, settingsFor, startHost } from '../support/loopback-host.ts'

const folder = makeFolder()
const ed25519 = folder.writeKey('id_ed25519')
const ecdsa = folder.writeKey('id_ecdsa', 'ecdsa')
const rsa = folder.writeKey('id_rsa', 'rsa')
const stranger = folder.writeKey('id_stranger')
const allow = [ed25519.blob, ecdsa.blob, rsa.blob]
const host = useLoginHost({ allow, methods: ['publickey', 'password'] })
const { hostKey, settings } = host
after(() => folder.remove())

describe('a login', () => {
  for (const [type, key] of Object.entries({ ed25519, ecdsa, rsa })) {
    test(`by an ${type} key in a file needs no probe: the host is asked once, then signed for`, async () => {
      await withConnection(settings({ identityFiles: [key.file] }), () => {})
      assert.deepEqual(host.attempts, [
        { method: 'publickey', key: key.blob, signed: false },
        { method: 'publickey', key: key.blob, signed: true },
      ])
    })
  }

  test('takes the next file when the host does not take the first', async () => {
    await withConnection(settings({ identityFiles: [stranger.file, ed25519.file] }), () => {})
    assert.deepEqual(
      host.attempts.map(({ signed }) => signed),
      [false, false, true],
    )
  })

  test('that fails names the user, the host and the keys that were offered, and what to run', async () => {
    const { error, advice } = await failureOf(settings({ identityFiles: [stranger.file] }))
    assert.ok(error instanceof ConnectionError)
    assert.equal(
      error.message,
      `login as 'alice' on 'web1' (127.0.0.1:${host.port}) failed: the host accepted none of the keys ('${stranger.file}')`,
    )
    assert.ok(advice.includes(`ssh -v -p ${host.port} -i ${stranger.file} alice@127.0.0.1`))
    assert.deepEqual(error.details.files, [stranger.file])
  })

  test('without any key says so', async () => {
    const { error, advice } = await failureOf(settings({}))
    assert.match(error.message, /failed: no key to log in with$/)
    assert.match(advice, /ssh-keygen -t ed25519.*\n.*ssh-add -l.*identityFile/)
    assert.doesNotMatch(advice, /these keys/)
  })

  test('to a host that takes no keys says what it takes', async () => {
    const strict = await startHost({ hostKeys: [hostKey.text], methods: ['password'] })
    const own = settingsFor(strict, { hostKeys: [hostKey.line], identityFiles: [] })
    assert.match((await failureOf(own)).error.message, /it accepts no keys \(password\)/)
    await strict.close()
  })

  test('to a host that wants more than a key says what', async () => {
    const strict = await startHost({
      hostKeys: [hostKey.text],
      allow,
      methods: ['keyboard-interactive'],
      wantsMore: true,
    })
    const own = settingsFor(strict, { hostKeys: [hostKey.line], identityFiles: [ed25519.file] })
    const { error } = await failureOf(own)
    assert.match(
      error.message,
      /it accepted the key, and asks for more \(keyboard-interactive\): there is no terminal to answer in/,
    )
    await strict.close()
  })

  describe('to a host that asks for a code after the key', () => {
    let strict: Awaited<ReturnType<typeof startHost>>
    const asked: Challenge[] = []
    before(async () => {
      strict = await startHost({
        hostKeys: [hostKey.text],
        allow,
        methods: ['keyboard-interactive'],
        wantsMore: true,
        code: '123456 9',
      })
    })
    after(() => strict.close())

    const answering = (...answers: (string[] | undefined)[]) => {
      asked.length = 0
      return createIdentities({
        answerChallenge: async (challenge) => {
          asked.push(challenge)
          return answers[asked.length - 1]
        },
      })
    }
    const own = () =>
      settingsFor(strict, { hostKeys: [hostKey.line], identityFiles: [ed25519.file, ecdsa.file] })

    test('a person is asked, the text of the host made safe', async () => {
      await withConnection(own(), () => {}, answering(['123456', '9']))
      assert.deepEqual(asked, [
        {
          host: 'web1',
          text: 'Second factor',
          prompts: [
            { text: 'Code:', isShown: true },
            { text: 'PIN:', isShown: false },
          ],
        },
      ])
    })

    test('no other key is offered once one was taken', async () => {
      strict.attempts.length = 0
      await withConnection(own(), () => {}, answering(['123456', '9']))
      const keys = strict.attempts.flatMap(({ key }) => key ?? [])
      assert.ok(keys.every((key) => key.equals(ed25519.blob)))
    })

    test('a wrong answer is asked for again, three times in all', async () => {
      await withConnection(own(), () => {}, answering(['0', '0'], ['123456', '9']))
      assert.equal(asked.length, 2)
      const { error } = await failureOf(own(), answering(['0', '0'], ['0', '0'], ['0', '0'], ['123456', '9']))
      assert.match(error.message, /asks for more \(keyboard-interactive\): it did not accept the answer/)
      assert.equal(asked.length, 3)
    })

    test('a person who gives up ends it', async () => {
      const { error } = await failureOf(own(), answering(undefined))
      assert.match(error.message, /nobody answered/)
    })
  })

  test('does not begin when the key file of the config is missing', async () => {
    const { error } = await failureOf(settings({ identityFiles: [folder.at('missing')] }))
    assert.ok(error instanceof ConfigError)
    assert.equal(error.message, `the key file '${folder.at('missing')}' does not exist`)
    assert.deepEqual(host.attempts, [])
  })

  test('names a certificate beside a key, and one in its place, as not used', async () => {
    const certificate = folder.write('id_stranger-cert.pub', 'ssh-ed25519-cert-v01@openssh.com AAAA x\n')
    await withConnection(settings({ identityFiles: [stranger.file, ed25519.file] }), () => {})
    const { error } = await failureOf(settings({ identityFiles: [stranger.file] }))
    assert.ok(error.message.includes(`the certificate '${certificate}' was not offered`), error.message)
    const alone = await failureOf(settings({ identityFiles: [certificate] }))
    assert.ok(alone.error.message.includes(`'${certificate}' is a certificate, which shipit cannot use yet`))
    rmSync(certificate)
  })

  test('signs with an RSA key by SHA-2 only: SHA-512 at first, then what ssh2 chooses', async () => {
    const own = settings({ identityFiles: [rsa.file, ed25519.file] })
    const limit = new TimeLimit(5000, () => {})
    const offer = await createIdentities().offerTo(own)
    const login = createLogin({ ssh2: await loadSsh2(), settings: own, offer, limit, fail: assert.fail })
    const nextKey = async () => {
      const { agent } = await new Promise<{ agent: BaseAgent }>((resolve) => {
        login.authHandler([], false, resolve as (next: unknown) => void)
      })
      const [key] = await new Promise<ParsedKey[]>((resolve) => {
        agent.getIdentities((_error, keys) => resolve(keys as ParsedKey[]))
      })
      const sign = (hash: 'sha1' | 'sha256') =>
        new Promise<unknown>((resolve) => {
          agent.sign(rsa.blob, Buffer.from('x'), { hash }, (error, signature) => resolve(error ?? signature))
        })
      return { type: key?.type, sign }
    }
    const isSigned = (signature: unknown, hash: 'sha256' | 'sha512') =>
      keyOf(rsa.text).verify('x', signature as Buffer, hash)
    const [first, other, again] = [await nextKey(), await nextKey(), await nextKey()]
    assert.deepEqual([first.type, other.type, again.type], ['rsa-sha2-512', 'ssh-ed25519', 'ssh-rsa'])
    assert.ok(isSigned(await first.sign('sha256'), 'sha512'))
    assert.ok(isSigned(await again.sign('sha256'), 'sha256'))
    assert.match(String(await again.sign('sha1')), /the host accepts an RSA key only with SHA-1/)
    limit.end()
    const { suggestions } = login.explain('somewhere')
    assert.match(suggestions.join('\n'), /ssh-keygen -t ed25519/)
  })

  test('passes over a file that holds no key, and tells of it only when it fails', async () => {
    const file = folder.write('no-key', 'nothing\n')
    await withConnection(settings({ identityFiles: [file, ed25519.file] }), () => {})
    const { error } = await failureOf(settings({ identityFiles: [file] }))
    assert.ok(error.message.includes(`'${file}' is not a key that shipit can use`))
  })
})
