// A FIDO key logs in by the program ssh, and the person is told to touch it, however long that takes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { networkInterfaces, userInfo } from 'node:os'
import { after, describe, test } from 'node:test'
import { createDial } from '../../src/ssh/dial.ts'
import { createIdentities } from '../../src/ssh/keys/identities.ts'
import { makeFolder, skipWithout } from './support/connect.ts'
import { skipWithoutSshd, startSshd } from './support/sshd.ts'
import { startTouchAgent } from './support/touch-agent.ts'

const TOUCH_MS = 1200

test('a FIDO key of the agent logs in by ssh, and the person is told to touch it for each host', {
  skip: skipWithoutSshd || skipWithout('ssh') || skipWithout('ssh-add'),
}, async () => {
  const folder = makeFolder()
  const hostKey = folder.makeKeyFile('host')
  const agent = await startTouchAgent(folder.at('agent'), TOUCH_MS)
  const authorized = folder.write('authorized', `${agent.line}\n`)
  const config = (text: string) => folder.write('sshd.conf', text)
  const sshd = await startSshd({ config, hostKey, authorized })
  const told: string[] = []
  const waitForTouch = <Result>(host: string, work: () => Promise<Result>) => {
    told.push(host)
    return work()
  }
  try {
    const connection = await createDial(createIdentities({ waitForTouch }))({
      name: 'web1',
      address: '127.0.0.1',
      port: sshd.port,
      user: userInfo().username,
      identityFiles: [],
      agentSocket: folder.at('agent'),
      knownHostsFiles: [],
      hostKeys: [readFileSync(`${hostKey}.pub`, 'utf8').trim()],
      // less than the touch takes
      connectTimeoutMs: 1000,
      configWords: ['-F', folder.write('config', `IdentityAgent ${folder.at('agent')}\n`)],
    })
    connection.close()
    assert.match(connection.facts.transport, /FIDO/)
    assert.deepEqual([told, agent.state.touches], [['web1'], 1])
  } finally {
    agent.stop()
    await sshd.stop()
    folder.remove()
  }
})

/** What an sshd has or allows, and by what it is reached then. */
const TASTES: Readonly<Record<string, { lines?: string[]; key?: string; address?: string; by: RegExp }>> = {
  'only key exchange that quantum computers do not break': {
    lines: ['KexAlgorithms sntrup761x25519-sha512@openssh.com'],
    by: /^the program ssh \(the host allows no key exchange that ssh2 has\)$/,
  },
  'a MAC that ssh2 does not have': {
    lines: ['MACs umac-128-etm@openssh.com', 'Ciphers aes128-ctr'],
    by: /^the program ssh \(the host allows no MAC that ssh2 has\)$/,
  },
  'only ed25519': {
    lines: ['HostKeyAlgorithms ssh-ed25519', 'PubkeyAcceptedAlgorithms ssh-ed25519'],
    by: /^ssh2, /,
  },
  'only RSA with SHA-2': {
    lines: ['HostKeyAlgorithms rsa-sha2-512', 'PubkeyAcceptedAlgorithms rsa-sha2-512,rsa-sha2-256'],
    key: 'rsa',
    by: /^ssh2, /,
  },
  'an RSA key with SHA-512 alone': {
    lines: ['PubkeyAcceptedAlgorithms rsa-sha2-512'],
    key: 'rsa',
    by: /^ssh2, /,
  },
  'an RSA key with SHA-256 alone': {
    lines: ['PubkeyAcceptedAlgorithms rsa-sha2-256'],
    key: 'rsa',
    by: /^ssh2, /,
  },
  'an address of IPv6': { address: '::1', by: /^ssh2, / },
}

describe('a host is reached by the transport that it needs, chosen by itself:', {
  skip: skipWithoutSshd || skipWithout('ssh'),
  concurrency: 2,
}, () => {
  const folder = makeFolder()
  after(() => folder.remove())

  for (const [what, { lines = [], key = 'ed25519', address = '127.0.0.1', by }] of Object.entries(TASTES)) {
    const reach = async (transport?: 'ssh2') => {
      const name = `${what.replaceAll(' ', '-')}-${transport}`
      // of both sides
      const hostKey = folder.makeKeyFile(name, '-t', key, ...(key === 'rsa' ? ['-b', '2048'] : []))
      const authorized = `${hostKey}.pub`
      const config = (text: string) => folder.write(`${name}.conf`, text)
      const sshd = await startSshd({ config, hostKey, authorized, lines, address })
      try {
        const connection = await createDial(createIdentities())({
          ...{ name: 'web1', address, port: sshd.port, user: userInfo().username },
          ...{ identityFiles: [hostKey], isIdentityNamed: true, knownHostsFiles: [] },
          hostKeys: [readFileSync(`${hostKey}.pub`, 'utf8').trim()],
          connectTimeoutMs: 20_000,
          configWords: ['-F', folder.write(`config-${name}`, '')],
          ...(transport && { transport }),
        })
        connection.close()
        return connection.facts.transport
      } finally {
        await sshd.stop()
      }
    }
    const skip = address === '::1' && !hasLoopback6() ? 'no IPv6 here' : false
    test(what, { skip }, async () => assert.match(await reach(), by))
    if (by.source.includes('allows'))
      test(`${what}, where the config forbids another one`, () =>
        assert.rejects(reach('ssh2'), /'web1' .* and shipit have no .* in common: the host has /))
  }
})

function hasLoopback6(): boolean {
  return Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'))
}
