import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { readKeyFile } from '../../../src/ssh/keys/key-file.ts'
import { loadSsh2 } from '../../../src/ssh/keys/load-ssh2.ts'
import { string, uint32 } from '../../../src/ssh/keys/wire.ts'
import { failureOf, makeFolder, skipWithout, useLoginHost, withConnection } from '../support/connect.ts'
import { publicOf } from '../support/loopback-host.ts'

const folder = makeFolder()
const ed25519 = folder.writeKey('id_ed25519')
const allow = [ed25519.blob]
const host = useLoginHost({ allow })
const { settings } = host
after(() => folder.remove())

describe('a key as PKCS#8', () => {
  for (const [type, options] of [
    ['ed25519', {}],
    ['rsa', { modulusLength: 2048 }],
    ['ec', { namedCurve: 'P-256' }],
  ] as const) {
    test(`of the type ${type} logs in, encrypted or not`, async () => {
      const { privateKey } = generateKeyPairSync(type as 'rsa', options as { modulusLength: number })
      const form = { type: 'pkcs8', format: 'pem' } as const
      const plain = folder.write(`pkcs8_${type}`, privateKey.export(form).toString())
      const key = await readKeyFile(await loadSsh2(), plain)
      assert.ok(key.publicKey)
      allow.push(key.publicKey.getPublicSSH())
      await withConnection(settings({ identityFiles: [plain] }), () => {})
      const secret = { ...form, cipher: 'aes-256-cbc', passphrase: 'correct' }
      const encrypted = folder.write(`pkcs8_${type}_encrypted`, privateKey.export(secret).toString())
      const answers = ['wrong', 'correct']
      const identities = createIdentities({ askPassphrase: async () => answers.shift() })
      await withConnection(settings({ identityFiles: [encrypted] }), () => {}, identities)
      assert.deepEqual(answers, [])
    })
  }

  test('of a type that SSH does not know names the command that rewrites a key', async () => {
    const { privateKey } = generateKeyPairSync('x25519')
    const file = folder.write('pkcs8_x', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
    const { error, advice } = await failureOf(settings({ identityFiles: [file] }))
    assert.ok(error.message.includes(`'${file}' is not a key that shipit can use: a key of the type x25519`))
    assert.ok(advice.includes(`ssh-keygen -p -f ${file}`))
  })
})

test('a FIDO key in a file is for the program ssh, and nobody is asked for its passphrase', async () => {
  const type = 'sk-ssh-ed25519@openssh.com'
  const half = Buffer.concat([string(type), string(Buffer.alloc(32, 7)), string('ssh:')])
  const head = ['aes256-ctr', 'bcrypt', Buffer.alloc(24)].map((each) => string(each))
  const bytes = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    ...head,
    uint32(1),
    string(half),
    string('x'),
  ])
  const [begin, end] = ['BEGIN', 'END'].map((edge) => `-----${edge} OPENSSH PRIVATE KEY-----\n`)
  const file = folder.write('id_fido', `${begin}${bytes.toString('base64')}\n${end}`)
  folder.write('id_fido.pub', `${type} ${half.toString('base64')} token\n`)
  const identities = createIdentities({ askPassphrase: () => assert.fail('somebody was asked') })
  for (const each of [file, `${file}.pub`]) {
    const { error } = await failureOf(settings({ identityFiles: [each], transport: 'ssh2' }), identities)
    assert.ok(error.message.includes(`'${each}' is a FIDO key, which only the program ssh can use`))
  }
})

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

  test('is not requested when the host does not take it, nor when another key comes first', async () => {
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

  test('with a cipher that ssh2 does not know says which, asks for nothing, and serves where an agent has it', async () => {
    const cipher = 'chacha20-poly1305@openssh.com'
    const odd = folder.makeKeyFile('id_chacha', '-N', 'correct', '-a', '1', '-Z', cipher)
    allow.push(publicOf(odd))
    const { asked, identities } = asking('correct')
    const { error, advice } = await failureOf(settings({ identityFiles: [odd] }), identities)
    assert.ok(
      error.message.includes(`the key '${odd}' is encrypted with ${cipher}, which shipit cannot read`),
    )
    assert.ok(advice.includes(`ssh-keygen -p -Z aes256-ctr -f ${odd}`), advice)
    assert.deepEqual(asked, [])
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
