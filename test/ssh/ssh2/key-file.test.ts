import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import type { HostSettings } from '../../../src/ssh/settings/resolve-settings.ts'
import { createIdentities } from '../../../src/ssh/ssh2/identities.ts'
import { failureOf, makeFolder, skipWithout, withConnection } from '../support/connect.ts'
import { makeKey, publicOf, settingsFor, startHost } from '../support/loopback-host.ts'

const folder = makeFolder()
const hostKey = makeKey()
const ed25519 = folder.writeKey('id_ed25519')
const allow = [ed25519.blob]
let host: Awaited<ReturnType<typeof startHost>>

before(async () => {
  host = await startHost({ hostKeys: [hostKey.text], allow })
})
after(async () => {
  await host.close()
  folder.remove()
})

function settings(own: Partial<HostSettings>): HostSettings {
  host.attempts.length = 0
  return settingsFor(host, { hostKeys: [hostKey.line], ...own })
}

describe('an encrypted key', { skip: skipWithout('ssh-keygen') }, () => {
  let file: string
  let strange: string

  before(() => {
    file = folder.makeKeyFile('id_encrypted', '-N', 'correct', '-a', '1')
    strange = folder.makeKeyFile('id_strange', '-N', 'correct', '-a', '1')
    allow.push(publicOf(file))
  })

  function asking(...answers: (string | undefined)[]) {
    const asked: string[] = []
    const askPassphrase = async (of: string, attempt: number) => {
      asked.push(`${of} ${attempt}`)
      return answers.shift()
    }
    return { asked, identities: createIdentities({ askPassphrase }) }
  }

  test('is opened by its passphrase, which is asked for once for all hosts of a command', async () => {
    const { asked, identities } = asking('correct')
    const own = settings({ identityFiles: [file] })
    const login = () => withConnection(own, () => {}, identities)
    await Promise.all([login(), login()])
    await login()
    assert.deepEqual(asked, [`${file} 1`])
  })

  test('may be asked for three times', async () => {
    const { asked, identities } = asking('wrong', '', 'correct')
    await withConnection(settings({ identityFiles: [file] }), () => {}, identities)
    assert.equal(asked.length, 3)
    const without = asking('a', 'b', 'c', 'correct')
    const { error, advice } = await failureOf(settings({ identityFiles: [file] }), without.identities)
    assert.ok(error.message.includes(`none of 3 passphrases opens the key '${file}'`))
    assert.ok(advice.includes(`ssh-add ${file}`))
    assert.equal(without.asked.length, 3)
  })

  test('is not asked for when the host does not take it, nor when another key comes first', async () => {
    const { asked, identities } = asking()
    await withConnection(settings({ identityFiles: [strange, ed25519.file, file] }), () => {}, identities)
    assert.deepEqual(asked, [])
  })

  test('without a terminal is an error that names ssh-add, and the next key gets its turn', async () => {
    const { error, advice } = await failureOf(settings({ identityFiles: [file] }))
    assert.ok(error.message.includes(`the key '${file}' is encrypted, and there is no terminal`))
    assert.ok(advice.includes(`ssh-add ${file}`))
    await withConnection(settings({ identityFiles: [file, ed25519.file] }), () => {})
  })

  test('is passed over when the person gives up', async () => {
    const { asked, identities } = asking(undefined)
    const { error } = await failureOf(settings({ identityFiles: [file] }), identities)
    assert.match(error.message, /no passphrase was given/)
    assert.equal(asked.length, 1)
  })

  test('does not use up the time limit while a person types', async () => {
    const askPassphrase = () => new Promise<string>((resolve) => setTimeout(resolve, 450, 'correct'))
    const own = settings({ identityFiles: [file], connectTimeoutMs: 400 })
    await withConnection(own, () => {}, createIdentities({ askPassphrase }))
  })

  test('in the old PEM format is opened as well, with or without its public half beside it', async () => {
    const pem = folder.makeKeyFile('id_pem', '-t', 'ecdsa', '-m', 'PEM', '-N', 'correct')
    allow.push(publicOf(pem))
    await withConnection(settings({ identityFiles: [pem] }), () => {}, asking('correct').identities)
    const alone = folder.write('id_pem_alone', readFileSync(pem, 'utf8'))
    await withConnection(settings({ identityFiles: [alone] }), () => {}, asking('correct').identities)
    const { error } = await failureOf(settings({ identityFiles: [alone] }))
    assert.match(error.message, /there is no terminal/)
  })
})
