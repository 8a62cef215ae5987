import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import ssh2, { type ParsedKey } from 'ssh2'
import { sign } from '../../../src/ssh/keys/sign.ts'
import { makeKey } from '../support/loopback-host.ts'

const DATA = Buffer.from('what a login signs')

function parse(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text) as ParsedKey | ParsedKey[] | Error
  if (key instanceof Error) throw key
  return Array.isArray(key) ? (key[0] as ParsedKey) : key
}

test('an Ed25519 key signs, again and again', () => {
  const key = parse(makeKey().text)
  assert.equal(key.type, 'ssh-ed25519')
  for (let times = 0; times < 3; times++) assert.equal(key.verify(DATA, sign(key, DATA)), true)
})

test('keys are not mistaken for each other', () => {
  const [one, other] = [parse(makeKey().text), parse(makeKey().text)]
  sign(one, DATA)
  assert.equal(one.verify(DATA, sign(other, DATA)), false)
})

test('an RSA key signs with the hash that is asked for', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = parse(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString())
  assert.equal(key.verify(DATA, sign(key, DATA, 'sha512'), 'sha512'), true)
})

test('a public half alone can sign nothing', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const whole = parse(privateKey.export({ type: 'pkcs1', format: 'pem' }).toString())
  const key = parse(`ssh-rsa ${whole.getPublicSSH().toString('base64')}`)
  assert.throws(() => sign(key, DATA, 'sha512'), /private/i)
})
