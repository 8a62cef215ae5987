import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { openOpenssh } from '../../../src/ssh/openssh/open-openssh.ts'
import { makeFolder, skipWithout } from '../support/connect.ts'
import { makeKey, settingsFor, startHost } from '../support/loopback-host.ts'

test('ssh has a process group of its own, so that Ctrl-C in the terminal does not end the connection', {
  skip: process.platform === 'linux' ? skipWithout('ssh') : 'needs /proc',
}, async () => {
  const folder = makeFolder()
  const hostKey = makeKey()
  const key = folder.writeKey('id')
  const host = await startHost({
    hostKeys: [hostKey.text],
    allow: [key.blob],
    onExec(channel) {
      channel.write('ready\n')
    },
  })
  try {
    const settings = settingsFor(host, {
      hostKeys: [hostKey.line],
      user: userInfo().username,
      identityFiles: [key.file],
      isIdentityNamed: true,
      configWords: ['-F', 'none'],
    })
    const connection = await openOpenssh(settings, { why: 'a test' })
    const run = await connection.exec('true')
    const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
    assert.ok(children.length > 0)
    for (const pid of children) {
      // proc(5): state, parent, process group
      const [, , group] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      assert.equal(group, pid)
    }
    connection.close()
    await run.exit
  } finally {
    await host.close()
    folder.remove()
  }
})
