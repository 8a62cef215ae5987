// A FIDO key logs in by the program ssh, and the person is told to touch it, however long that takes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { createDial } from '../../src/ssh/dial.ts'
import { createIdentities } from '../../src/ssh/ssh2/identities.ts'
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
