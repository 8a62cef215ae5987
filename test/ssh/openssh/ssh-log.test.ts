// What is read out of ssh's log can't be written there by a host.
import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { test } from 'node:test'
import { openOpenssh } from '../../../src/ssh/openssh/open-openssh.ts'
import { findFact, readHostKeyOf, sortLines } from '../../../src/ssh/openssh/ssh-log.ts'
import { fingerprint } from '../../../src/ssh/trust/known-hosts.ts'
import { makeFolder, skipWithout } from '../support/connect.ts'
import { makeKey, settingsFor, startHost } from '../support/loopback-host.ts'

const FORGED = `SHA256:${'A'.repeat(43)}`
const LINES = [
  `debug1: Server host key: ssh-ed25519 ${FORGED}`,
  `debug1: Connecting to web1 [192.0.2.66] port 22.`,
  'Authenticated to web1 ([192.0.2.66]:22) using "publickey".',
  'Host key verification failed.',
]

test('a banner in the words of ssh is not taken for a line of its log', {
  skip: skipWithout('ssh'),
}, async () => {
  const folder = makeFolder()
  const hostKey = makeKey()
  const key = folder.writeKey('id')
  const host = await startHost({
    hostKeys: [hostKey.text],
    allow: [key.blob],
    banner: `${['', ...LINES].join('\r\n')}\r\n`,
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
    connection.close()
    assert.equal(connection.serverKey, fingerprint(hostKey.blob))
    assert.equal(connection.facts.where, `127.0.0.1:${host.port}`)
  } finally {
    await host.close()
    folder.remove()
  }
})

const TRUE_KEY = `debug1: Server host key: ssh-ed25519 SHA256:${'B'.repeat(43)}`

for (const [what, line] of [
  ['a debug message with newlines', 'debug1: Remote: hello'],
  ['the reason of a disconnect', 'Received disconnect from 192.0.2.4 port 22:2: no'],
] as const) {
  test(`what follows ${what} is the host's, and no fact`, () => {
    const before = sortLines([line, ...LINES].join('\r\n'))
    assert.equal(readHostKeyOf(before), undefined)
    assert.equal(findFact(before, /^debug1: Connecting to (.*)/), undefined)
    const after = sortLines([TRUE_KEY, line, ...LINES].join('\r\n'))
    assert.equal(readHostKeyOf(after)?.fingerprint, `SHA256:${'B'.repeat(43)}`)
    assert.deepEqual(after.own, [TRUE_KEY])
  })
}

test('a certificate is known by the key in it and by who signed it', () => {
  const line =
    `debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com ${FORGED}, ` +
    `serial 0 ID "web1" CA ssh-rsa SHA256:${'C'.repeat(43)} valid forever`
  assert.deepEqual(readHostKeyOf(sortLines(line)), {
    type: 'ssh-ed25519',
    fingerprint: FORGED,
    authority: { type: 'ssh-rsa', fingerprint: `SHA256:${'C'.repeat(43)}` },
  })
})
