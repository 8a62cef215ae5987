// A host that lets in whoever has a Kerberos ticket: the program ssh is chosen for it once all keys have failed.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { createDial } from '../../src/ssh/dial.ts'
import { createIdentities } from '../../src/ssh/keys/identities.ts'
import { askSettings } from '../../src/ssh/settings/ask-settings.ts'
import { makeFolder, skipWithout } from './support/connect.ts'
import { skipWithoutKerberos, startRealm } from './support/kerberos.ts'
import { skipWithoutSshd, startSshd } from './support/sshd.ts'

describe('a host that accepts Kerberos tickets', {
  skip: skipWithoutSshd || skipWithout('ssh') || skipWithoutKerberos,
}, () => {
  const folder = makeFolder()
  const hostKey = folder.makeKeyFile('host')
  const stranger = folder.makeKeyFile('stranger')
  const kept = { ...process.env }
  let realm: Awaited<ReturnType<typeof startRealm>>
  let sshd: Awaited<ReturnType<typeof startSshd>>
  before(async () => {
    mkdirSync(folder.at('.ssh'), { mode: 0o700 })
    realm = await startRealm(folder.at('.'), userInfo().username)
    const lines = ['GSSAPIAuthentication yes', 'GSSAPIStrictAcceptorCheck no', 'MaxAuthTries 6']
    const config = (text: string) => folder.write('sshd.conf', text)
    const authorized = folder.write('authorized', '')
    sshd = await startSshd({ config, hostKey, authorized, lines, env: realm.env })
    Object.assign(process.env, realm.env)
  })
  after(async () => {
    await sshd?.stop()
    realm?.stop()
    for (const name of Object.keys(realm?.env ?? {})) {
      if (kept[name] === undefined) delete process.env[name]
      else process.env[name] = kept[name]
    }
    folder.remove()
  })

  const reach = async (isAllowed: 'yes' | 'no') => {
    folder.write('.ssh/config', `GSSAPIAuthentication ${isAllowed}\nIdentityFile ${stranger}\n`)
    const local = { home: folder.at(''), user: userInfo().username, isReadable: existsSync }
    const hostKeys = [readFileSync(`${hostKey}.pub`, 'utf8').trim()]
    const [settings] = await askSettings([{ name: 'localhost', port: sshd.port }], { hostKeys }, local)
    assert.ok(settings)
    const connection = await createDial(createIdentities())(settings)
    connection.close()
    return connection.facts
  }
  const NO_KEY = /the host accepted none of the keys/

  test('refuses whoever has none, and ssh is not tried', () => assert.rejects(reach('yes'), NO_KEY))

  test('is reached by ssh with a ticket, where ssh_config allows that', async () => {
    realm.getTicket()
    const { transport, key } = await reach('yes')
    assert.equal(transport, 'the program ssh (the host accepts gssapi-with-mic)')
    assert.equal(key, 'not by a key')
    await assert.rejects(reach('no'), NO_KEY)
  })
})
