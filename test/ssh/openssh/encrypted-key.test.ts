// An encrypted key over the program ssh, which may ask nobody: shipit asks once the host has taken the key.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, before, describe, test } from 'node:test'
import { createDial } from '../../../src/ssh/dial.ts'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import type { HostSettings } from '../../../src/ssh/settings/host-settings.ts'
import { makeFolder, skipWithout } from '../support/connect.ts'
import { skipWithoutSshd, startSshd } from '../support/sshd.ts'

describe('an encrypted key over the program ssh', {
  skip: skipWithoutSshd || skipWithout('ssh') || skipWithout('ssh-keygen'),
}, () => {
  const folder = makeFolder()
  const hostKey = folder.makeKeyFile('host')
  const keys = ['plain', 'certified', 'stranger'].map((name) =>
    folder.makeKeyFile(name, '-N', 'secret', '-a', '1'),
  )
  const [plain = '', certified = '', stranger = ''] = keys
  const ca = folder.makeKeyFile('ca')
  let sshd: Awaited<ReturnType<typeof startSshd>>
  before(async () => {
    const user = userInfo().username
    execFileSync('ssh-keygen', ['-q', '-s', ca, '-I', 'me', '-n', user, `${certified}.pub`])
    sshd = await startSshd({
      config: (text) => folder.write('sshd.conf', text),
      hostKey,
      authorized: folder.write('authorized', readFileSync(`${plain}.pub`, 'utf8')),
      lines: [`TrustedUserCAKeys ${ca}.pub`],
    })
  })
  after(async () => {
    await sshd?.stop()
    folder.remove()
  })

  /** Logs in to two hosts at once. @returns what was asked, and by what they were reached */
  async function logIn(key: string, answers: readonly (string | undefined)[] = [], own = {}) {
    const waiting = [...answers]
    const asked: string[] = []
    const askPassphrase = async (file: string) => {
      asked.push(file)
      return waiting.shift()
    }
    const dial = createDial(createIdentities(answers.length > 0 ? { askPassphrase } : {}))
    const settings = (name: string): HostSettings => ({
      name,
      address: '127.0.0.1',
      port: sshd.port,
      user: userInfo().username,
      identityFiles: [key],
      knownHostsFiles: [],
      hostKeys: [readFileSync(`${hostKey}.pub`, 'utf8').trim()],
      connectTimeoutMs: 20_000,
      configWords: ['-F', 'none'],
      ...own,
    })
    const ended = await Promise.allSettled(['web1', 'web2'].map((name) => dial(settings(name))))
    const facts = ended.map((each) => {
      if (each.status === 'rejected') return (each.reason as Error).message
      each.value.close()
      return each.value.facts.transport
    })
    return { asked, facts }
  }
  const byOpenssh = { transport: 'openssh' } as const

  test('is asked for once for all hosts, and again after a wrong answer', async () => {
    const { asked, facts } = await logIn(plain, ['wrong', 'secret'], byOpenssh)
    assert.deepEqual(asked, [plain, plain])
    assert.deepEqual(facts, Array(2).fill('the program ssh (the config says so)'))
  })

  test('with a certificate beside it logs in', async () => {
    const { asked, facts } = await logIn(certified, ['secret'])
    assert.deepEqual(asked, [certified])
    assert.deepEqual(facts, Array(2).fill(`the program ssh (certificate ${certified}-cert.pub)`))
  })

  test('is not asked for if the host does not take it', async () => {
    const { asked, facts } = await logIn(stranger, ['secret'], byOpenssh)
    assert.deepEqual(asked, [])
    for (const said of facts) assert.match(said, /the host accepted none of the keys/)
  })

  test('without anybody to ask, or if they give up, is named with the command that helps', async () => {
    for (const answers of [[], [undefined]]) {
      const { facts } = await logIn(plain, answers, byOpenssh)
      for (const said of facts)
        assert.match(said, /accepts the key '.*plain', but ssh could not sign with it/)
    }
  })
})
