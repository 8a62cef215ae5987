import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { startConfig, takeConfig } from '../../../src/config/load/start-config.ts'

describe('the process for a config that is started before the command', () => {
  const pids: number[] = []
  const take = () => {
    const { pid = 0 } = takeConfig()
    pids.push(pid)
    return pid
  }
  after(() => {
    for (const pid of pids) process.kill(pid, 'SIGKILL')
  })

  test('is taken once', () => {
    startConfig(['deploy', 'production'])
    assert.notEqual(take(), take())
  })

  test('does not see what a CI job gives to shipit alone', {
    skip: !existsSync('/proc/self/environ'),
  }, async () => {
    process.env.SHIPIT_SSH_KEY = 'secret'
    process.env.SHIPIT_TEST_SEEN = 'yes'
    startConfig(['deploy', 'production'])
    delete process.env.SHIPIT_SSH_KEY
    delete process.env.SHIPIT_TEST_SEEN
    const pid = take()
    let seen = ''
    // until it is Node, and no longer the process that becomes it
    while (!seen.includes('SHIPIT_TEST_SEEN=yes')) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      seen = readFileSync(`/proc/${pid}/environ`, 'utf8')
    }
    assert.ok(!seen.includes('SHIPIT_SSH_KEY'))
  })
})
