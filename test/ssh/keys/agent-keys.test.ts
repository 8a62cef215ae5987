import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { readAgentKeys } from '../../../src/ssh/keys/agent-keys.ts'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { loadSsh2 } from '../../../src/ssh/keys/load-ssh2.ts'
import { startAgent } from '../support/agent.ts'
import { failureOf, makeFolder, skipWithout, useLoginHost, withConnection } from '../support/connect.ts'
import { publicOf } from '../support/loopback-host.ts'

/** SSH_AGENT_SIGN_RESPONSE (draft-miller-ssh-agent) */
const SIGN_RESPONSE = 14

const folder = makeFolder()
const ed25519 = folder.writeKey('id_ed25519')
const rsa = folder.writeKey('id_rsa', 'rsa')
const stranger = folder.writeKey('id_stranger')
const allow = [ed25519.blob, rsa.blob]
const host = useLoginHost({ allow })
const { settings } = host
after(() => folder.remove())

describe('an agent', { skip: skipWithout('ssh-agent') }, () => {
  let agent: Awaited<ReturnType<typeof startAgent>>
  let held: string
  let encrypted: string

  before(async () => {
    agent = await startAgent(folder.at('agent'))
    held = folder.makeKeyFile('id_held')
    encrypted = folder.makeKeyFile('id_held_encrypted', '-N', 'correct', '-a', '1')
    const plain = folder.write('plain', readFileSync(held, 'utf8'))
    agent.add(plain)
    agent.add(encrypted, 'correct')
  })
  after(() => agent.stop())

  test('logs in with a key that it holds, before any file', async () => {
    allow.push(publicOf(held))
    await withConnection(settings({ agentSocket: agent.socket, identityFiles: [ed25519.file] }), () => {})
    assert.ok(host.attempts.every(({ key }) => key?.equals(publicOf(held))))
    allow.pop()
  })

  test('signs with an rsa key', async () => {
    agent.add(rsa.file)
    await withConnection(settings({ agentSocket: agent.socket }), () => {})
    agent.drop(rsa)
  })

  test('signs for the key file of the config, first of all and without its passphrase', async () => {
    allow.push(publicOf(encrypted))
    await withConnection(settings({ agentSocket: agent.socket, identityFiles: [encrypted] }), () => {})
    assert.ok(host.attempts[0]?.key?.equals(publicOf(encrypted)))
    await withConnection(
      settings({ agentSocket: agent.socket, identityFiles: [`${encrypted}.pub`] }),
      () => {},
    )
    allow.pop()
  })

  test('whose keys the host does not take leaves it to the files, and is counted in the error', async () => {
    await withConnection(settings({ agentSocket: agent.socket, identityFiles: [ed25519.file] }), () => {})
    const { error } = await failureOf(
      settings({ agentSocket: agent.socket, identityFiles: [held, stranger.file] }),
    )
    assert.ok(error.message.includes(`none of the keys (2 of the agent, '${stranger.file}')`))
    assert.equal(host.attempts.filter(({ method }) => method === 'publickey').length, 3)
  })

  test('that is gone is no error, and told of only when the login fails', async () => {
    const agentSocket = folder.at('no-agent')
    await withConnection(settings({ agentSocket, identityFiles: [ed25519.file] }), () => {})
    const { error } = await failureOf(settings({ agentSocket, identityFiles: [stranger.file] }))
    assert.ok(error.message.includes(`no agent answers at '${agentSocket}'`))
  })

  test('that waits for a person is waited for, and the person is told once for all hosts', async (t) => {
    allow.push(publicOf(held))
    t.after(() => allow.pop())
    const slow = createServer((client) => {
      const real = connect(agent.socket)
      client.pipe(real).on('error', () => {})
      real.on('data', (bytes) => setTimeout(() => client.write(bytes), bytes[4] === SIGN_RESPONSE ? 500 : 0))
      client.on('close', () => real.destroy()).on('error', () => {})
    }).listen(folder.at('slow'))
    t.after(() => slow.close())
    await once(slow, 'listening')
    const told: string[] = []
    const identities = createIdentities({
      waitForAgent(key, work) {
        told.push(key)
        return work()
      },
    })
    const own = settings({ agentSocket: folder.at('slow'), connectTimeoutMs: 400 })
    const login = () => withConnection(own, () => {}, identities)
    await Promise.all([login(), login()])
    assert.deepEqual(told, ['id_held'])
  })

  test('that is empty or locked is named, with what to do', async (t) => {
    const other = await startAgent(folder.at('other'))
    t.after(() => other.stop())
    const own = settings({ agentSocket: other.socket })
    const isNamed = async () => {
      const { error, advice } = await failureOf(own)
      assert.ok(
        error.message.includes(`the agent at '${other.socket}' (SSH_AUTH_SOCK) has no key`),
        error.message,
      )
      assert.match(advice, /ssh-add -l.*ssh-add -X/)
      assert.doesNotMatch(advice, /these keys/)
    }
    await isNamed()
    other.add(held)
    other.lock()
    await isNamed()
  })

  test('that was stopped between two hosts leaves it to the files', async (t) => {
    allow.push(publicOf(held))
    const doomed = await startAgent(folder.at('doomed'))
    t.after(() => doomed.stop())
    doomed.add(held)
    const identities = createIdentities()
    const own = settings({ agentSocket: doomed.socket, identityFiles: [ed25519.file] })
    await withConnection(own, () => {}, identities)
    await doomed.stop()
    await withConnection(own, () => {}, identities)
    assert.ok(host.attempts.at(-1)?.key?.equals(ed25519.blob))
    allow.pop()
  })
})

test('an agent that takes the question and never answers counts as none', async () => {
  const server = createServer(() => {}).listen(folder.at('mute'))
  await once(server, 'listening')
  await assert.rejects(readAgentKeys(await loadSsh2(), folder.at('mute'), 50))
  server.close()
})
