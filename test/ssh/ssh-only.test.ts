// What ssh_config can ask for and only the program ssh does: it is chosen by itself, for real sshd.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError, HostKeyError, LoginError } from '../../src/errors.ts'
import { createDial } from '../../src/ssh/dial.ts'
import type { Challenge } from '../../src/ssh/keys/challenge.ts'
import { createIdentities } from '../../src/ssh/keys/identities.ts'
import { askSettings } from '../../src/ssh/settings/ask-settings.ts'
import type { SettingsOfEnvironment } from '../../src/ssh/settings/host-settings.ts'
import { showHostKey } from '../../src/ssh/show-host-key.ts'
import { makeFolder, skipWithout } from './support/connect.ts'
import { skipWithoutSshd, startSshd } from './support/sshd.ts'

/** The library of a token that holds one key, and its PIN: CONTRIBUTING.md says how to make one in software. */
const TOKEN = process.env.SHIPIT_TEST_PKCS11
const PIN = process.env.SHIPIT_TEST_PIN ?? '1234'

describe('a host for which ssh_config asks for more than ssh2 does', {
  skip: skipWithoutSshd || skipWithout('ssh') || skipWithout('ssh-keygen'),
}, () => {
  const folder = makeFolder()
  mkdirSync(folder.at('.ssh'), { mode: 0o700 })
  const hostKey = folder.makeKeyFile('host')
  const hostLine = readFileSync(`${hostKey}.pub`, 'utf8').split(' ').slice(0, 2).join(' ')
  const key = folder.makeKeyFile('id')
  let sshd: Awaited<ReturnType<typeof startSshd>>
  before(async () => {
    const token = TOKEN ? execFileSync('ssh-keygen', ['-D', TOKEN], { encoding: 'utf8' }) : ''
    const authorized = folder.write('authorized', readFileSync(`${key}.pub`, 'utf8') + token)
    sshd = await startSshd({ config: (text) => folder.write('sshd.conf', text), hostKey, authorized })
    folder.write('known_hosts', `[127.0.0.1]:${sshd.port} ${hostLine}\n`)
  })
  after(async () => {
    await sshd?.stop()
    folder.remove()
  })

  /** The settings of the host by an ssh_config with these lines. */
  async function settingsBy(lines: string, ssh: SettingsOfEnvironment = {}, agentSocket?: string) {
    const usual = { UserKnownHostsFile: folder.at('known_hosts'), IdentityFile: key }
    const rest = Object.entries(usual).filter(([keyword]) => !lines.includes(keyword))
    folder.write('.ssh/config', `${lines}\n${rest.map(([keyword, file]) => `${keyword} ${file}\n`).join('')}`)
    const [settings] = await askSettings([{ name: 'web1', address: '127.0.0.1', port: sshd.port }], ssh, {
      home: folder.at(''),
      user: userInfo().username,
      isReadable: existsSync,
      ...(agentSocket === undefined ? {} : { agentSocket }),
    })
    assert.ok(settings)
    return settings
  }
  const dial = createDial(createIdentities())
  const reach = async (...about: Parameters<typeof settingsBy>) => {
    const connection = await dial(await settingsBy(...about))
    connection.close()
    return connection.facts.transport
  }

  test('is reached by ssh where a command prints its known hosts', async () => {
    const command = `KnownHostsCommand /bin/echo '[127.0.0.1]:${sshd.port} ${hostLine}'`
    assert.equal(
      await reach(`${command}\nUserKnownHostsFile none`),
      'the program ssh (ssh_config has a KnownHostsCommand)',
    )
    assert.match(await reach(command, { hostKeys: [hostLine] }), /^ssh2/)
  })

  test('is refused where its key is in the file of revoked keys, also to be trusted', async () => {
    const other = folder.write('others', `${readFileSync(`${key}.pub`, 'utf8')}`)
    const words = 'the program ssh (ssh_config names revoked host keys (RevokedHostKeys))'
    assert.equal(await reach(`RevokedHostKeys ${other}`), words)
    const revoked = folder.write('revoked', `${hostLine}\n`)
    const isRevoked = (error: unknown) => {
      assert.ok(error instanceof HostKeyError)
      assert.equal(
        error.message.replaceAll(/SHA256:\S+/g, 'SHA256:…'),
        `the host key of 'web1' (127.0.0.1:${sshd.port}) is revoked by '${revoked}' (RevokedHostKeys): ssh-ed25519 SHA256:…`,
      )
      return true
    }
    const lines = `RevokedHostKeys ${revoked}`
    await assert.rejects(reach(lines), isRevoked)
    await assert.rejects(reach(lines, { hostKeys: [hostLine] }), isRevoked)
    await assert.rejects(showHostKey(await settingsBy(lines), dial), isRevoked)
    await assert.rejects(reach(lines, { transport: 'ssh2' }), (error) => {
      assert.ok(error instanceof ConfigError)
      return /RevokedHostKeys .* only the program ssh checks/.test(error.message)
    })
  })

  describe('a token', { skip: TOKEN ? false : 'no token here (SHIPIT_TEST_PKCS11)' }, () => {
    const lines = () => `PKCS11Provider ${TOKEN}\nIdentityFile none`

    test('whose key needs a PIN is named with the command that puts it into an agent', async () => {
      await assert.rejects(reach(lines()), (error) => {
        assert.ok(error instanceof LoginError)
        assert.match(error.message, /the keys of the token behind '.*' need a PIN/)
        assert.ok(error.suggestions.includes(`Add them to an agent: ssh-add -s ${TOKEN}`))
        return true
      })
    })

    test('logs in by ssh with the PIN that a person gives', async () => {
      const asked: string[] = []
      const answerChallenge = async ({ prompts }: Challenge) => {
        asked.push(...prompts.map(({ text }) => text))
        return [PIN]
      }
      const connection = await createDial(createIdentities({ answerChallenge }))(await settingsBy(lines()))
      connection.close()
      assert.equal(connection.facts.transport, 'the program ssh (ssh_config names a PKCS#11 provider)')
      assert.equal(asked.length, 1)
      assert.match(asked[0] ?? '', /^Enter PIN for /)
    })

    test('that an agent holds logs in without the program ssh', async () => {
      const socket = folder.at('agent')
      const agent = spawn('ssh-agent', ['-D', '-a', socket, '-P', '*'], { stdio: 'ignore' })
      try {
        while (!existsSync(socket)) await sleep(20)
        const askpass = folder.write('askpass', `#!/bin/sh\necho ${PIN}\n`)
        execFileSync('chmod', ['700', askpass])
        execFileSync('ssh-add', ['-s', TOKEN ?? ''], {
          stdio: 'pipe',
          env: { ...process.env, SSH_AUTH_SOCK: socket, SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' },
        })
        assert.match(await reach(lines(), {}, socket), /^ssh2/)
      } finally {
        agent.kill()
      }
    })
  })
})
