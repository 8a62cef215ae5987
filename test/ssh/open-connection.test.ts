import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ConnectionError } from '../../src/errors.ts'
import { createIdentities } from '../../src/ssh/keys/identities.ts'
import { openConnection } from '../../src/ssh/open-connection.ts'
import { fingerprint } from '../../src/ssh/trust/known-hosts.ts'
import { startAgent } from './support/agent.ts'
import { failureOf, makeFolder, skipWithout, withConnection } from './support/connect.ts'
import { makeKey, settingsFor, startHost } from './support/loopback-host.ts'
import { skipWithoutSshd, startSshd } from './support/sshd.ts'

const folder = makeFolder()
const hostKey = makeKey()
const user = folder.writeKey('id_ed25519')
const rsa = folder.writeKey('id_rsa', 'rsa')

after(() => folder.remove())

describe('a connection', () => {
  test('finds the address of a name that works', async () => {
    const host = await startHost({ hostKeys: [hostKey.text], allow: [user.blob] })
    const settings = settingsFor(host, { hostKeys: [hostKey.line], identityFiles: [user.file] })
    // localhost may be ::1 first, where nobody listens.
    await withConnection({ ...settings, address: 'localhost' }, ({ serverKey }) => {
      assert.equal(serverKey, fingerprint(hostKey.blob))
    })
    await host.close()
  })

  test('may be closed twice, and while the host dies', async () => {
    const host = await startHost({ hostKeys: [hostKey.text], allow: [user.blob] })
    const settings = settingsFor(host, { hostKeys: [hostKey.line], identityFiles: [user.file] })
    const connection = await openConnection(settings, createIdentities())
    host.die()
    connection.close()
    connection.close()
    await host.close()
  })

  test('to many hosts at once needs the keys of one command only once', async () => {
    const hosts = await Promise.all(
      Array.from({ length: 8 }, () => startHost({ hostKeys: [hostKey.text], allow: [user.blob] })),
    )
    const identities = createIdentities()
    await Promise.all(
      hosts.map((host) =>
        withConnection(
          settingsFor(host, { hostKeys: [hostKey.line], identityFiles: [user.file] }),
          () => {},
          identities,
        ),
      ),
    )
    await Promise.all(hosts.map((host) => host.close()))
  })

  test('is the first thing to load ssh2', async () => {
    const script = `
      await import(${JSON.stringify(import.meta.resolve('../../src/ssh/open-connection.ts'))})
      const { createRequire } = await import('node:module')
      const { cache } = createRequire(import.meta.url)
      console.log(Object.keys(cache).filter((file) => file.includes('ssh2')).length)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    assert.equal(stdout.trim(), '0')
  })
})

describe('a connection to a real sshd', { skip: skipWithoutSshd }, () => {
  let sshd: Awaited<ReturnType<typeof startSshd>>

  before(async () => {
    sshd = await startSshd({
      config: (text) => folder.write('sshd_config', text),
      hostKey: folder.makeKeyFile('host'),
      authorized: folder.write('authorized', `${user.line}\n${rsa.line}\n`),
    })
  })
  after(() => sshd?.stop())

  const settings = (...identityFiles: string[]) => ({
    ...settingsFor(sshd, { hostKeys: [readFileSync(`${folder.at('host')}.pub`, 'utf8')] }),
    user: userInfo().username,
    identityFiles,
  })

  async function run(file: string, command: string) {
    return await withConnection(settings(file), async (connection) => {
      const process = await connection.exec(command)
      let bytes = 0
      await process.read((chunk) => {
        bytes += chunk.length
        return undefined
      })
      return { bytes, exit: await process.exit, stderr: process.stderr() }
    })
  }

  test('runs a command and tells its status, stderr and signal', async () => {
    assert.deepEqual(await run(user.file, 'echo out; echo err >&2; exit 7'), {
      bytes: 4,
      exit: { status: 7 },
      stderr: 'err',
    })
    assert.deepEqual((await run(user.file, 'kill -KILL $$')).exit, { signal: 'SIGKILL' })
    assert.deepEqual((await run(user.file, 'cat')).exit, { status: 0 })
  })

  test('carries words to a command, which is read on after each', async () => {
    await withConnection(settings(user.file), async (connection) => {
      const process = await connection.exec('while read -r word; do echo "<$word>"; done; exit 3', 'open')
      const next = async () => {
        let text = ''
        await process.read((chunk) => {
          text += Buffer.from(chunk).toString()
          return text.endsWith('\n') ? 'enough' : undefined
        })
        return text
      }
      process.send('one\n')
      assert.equal(await next(), '<one>\n')
      process.send('two\n')
      assert.equal(await next(), '<two>\n')
    })
  })

  test('logs in with an rsa key', async () => {
    assert.deepEqual((await run(rsa.file, 'true')).exit, { status: 0 })
  })

  test('carries 20 MB', async () => {
    assert.equal((await run(user.file, 'head -c 20000000 /dev/zero')).bytes, 20_000_000)
  })

  test('trusts what ssh-keyscan prints', async () => {
    const scan = execFileSync('ssh-keyscan', ['-p', String(sshd.port), '-t', 'ed25519', '127.0.0.1'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const knownHostsFiles = [folder.write('known_hosts', scan.toString())]
    await withConnection({ ...settings(user.file), hostKeys: [], knownHostsFiles }, () => {})
  })

  test('says when it took none of the keys', async () => {
    const { error } = await failureOf(settings(folder.writeKey('stranger').file))
    assert.ok(error instanceof ConnectionError)
    assert.match(error.message, /the host accepted none of the keys \('.*stranger'\)$/)
  })

  test('logs in with an RSA key of an agent where only SHA-512 is allowed', {
    skip: skipWithout('ssh-agent'),
  }, async () => {
    const agent = await startAgent(folder.at('rsa-agent'))
    const strict = await startSshd({
      config: (text) => folder.write('strict_config', text),
      hostKey: folder.at('host'),
      authorized: folder.at('authorized'),
      lines: ['PubkeyAcceptedAlgorithms rsa-sha2-512'],
    })
    try {
      agent.add(rsa.file)
      const own = { ...settings(), port: strict.port, agentSocket: agent.socket }
      await withConnection(own, ({ facts }) => assert.match(facts.key, /^ssh-rsa .* of the agent$/))
    } finally {
      await strict.stop()
      await agent.stop()
    }
  })

  test('does not speak of too many keys where an RSA key was only shown twice', async () => {
    const stranger = folder.makeKeyFile('rsa-stranger', '-t', 'rsa', '-b', '2048')
    const { error } = await failureOf(settings(stranger))
    assert.match(error.message, /the host accepted none of the keys \('.*rsa-stranger'\)$/)
  })

  test('says when it was offered too many keys', async () => {
    const many = Array.from({ length: 5 }, (_, i) => folder.writeKey(`many${i}`).file)
    const { error, advice } = await failureOf(settings(...many))
    assert.match(error.message, /the host says 'Too many authentication failures'/)
    assert.match(advice, /identityFile: '~\/\.ssh\/NAME'/)
  })

  test('offers the key that the config names before an agent with more keys than the host lets try', {
    skip: skipWithout('ssh-agent'),
  }, async () => {
    const agent = await startAgent(folder.at('crowded'))
    try {
      for (let i = 0; i < 7; i++) agent.add(folder.makeKeyFile(`crowd${i}`))
      const own = { ...settings(user.file), agentSocket: agent.socket }
      const { error } = await failureOf(own)
      assert.match(error.message, /the host says 'Too many authentication failures'/)
      await withConnection({ ...own, isIdentityNamed: true }, () => {})
      const wrong = { ...own, identityFiles: [folder.at('crowd0')], isIdentityNamed: true } as const
      const { advice } = await failureOf(wrong)
      assert.match(advice, /which the config names, was offered first/)
      assert.match(advice, /-o IdentitiesOnly=yes/)
    } finally {
      await agent.stop()
    }
  })
})
