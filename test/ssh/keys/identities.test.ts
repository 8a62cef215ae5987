import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { startAgent } from '../support/agent.ts'
import { makeFolder, skipWithout } from '../support/connect.ts'
import { settingsFor } from '../support/loopback-host.ts'

const folder = makeFolder()
after(() => folder.remove())

test("keys come in ssh's order: the config's that the agent holds, the agent's others, then files", {
  skip: skipWithout('ssh-agent'),
}, async (t) => {
  const agent = await startAgent(folder.at('agent'))
  t.after(() => agent.stop())
  const [first, second, third] = ['first', 'second', 'third'].map((name) => folder.makeKeyFile(name)) as [
    string,
    string,
    string,
  ]
  agent.add(first)
  agent.add(second)
  const settings = settingsFor(
    { port: 22 },
    { hostKeys: [], agentSocket: agent.socket, identityFiles: [third, second] },
  )
  const { identities, problems } = await createIdentities().offerTo(settings)
  assert.deepEqual(
    identities.map(({ source }) => source),
    [{ agent: true, comment: 'second' }, { agent: true, comment: 'first' }, { file: third }],
  )
  assert.deepEqual(problems, [])
  const named = await createIdentities().offerTo({ ...settings, isIdentityNamed: true })
  assert.deepEqual(
    named.identities.map(({ source }) => source),
    [{ agent: true, comment: 'second' }, { file: third }, { agent: true, comment: 'first' }],
  )
})

test('a public key without its agent is a problem only when it is used', async () => {
  const key = folder.writeKey('alone')
  const file = folder.write('alone.pub', `${key.line}\n`)
  const { identities } = await createIdentities().offerTo(
    settingsFor({ port: 22 }, { hostKeys: [], identityFiles: [file] }),
  )
  await assert.rejects(
    identities[0]?.unlock() ?? Promise.resolve(),
    /is a public key, and no agent has its private key/,
  )
})

test('two passphrases are never asked for at once', { skip: skipWithout('ssh-keygen') }, async () => {
  const files = ['a', 'b'].map((name) => folder.makeKeyFile(name, '-N', 'correct', '-a', '1'))
  let open = 0
  const askPassphrase = async () => {
    assert.equal(++open, 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    open--
    return 'correct'
  }
  const settings = settingsFor({ port: 22 }, { hostKeys: [], identityFiles: files })
  const { identities } = await createIdentities({ askPassphrase }).offerTo(settings)
  const keys = await Promise.all(identities.map(({ unlock }) => unlock()))
  assert.ok(keys.every((key) => key.isPrivateKey()))
})
