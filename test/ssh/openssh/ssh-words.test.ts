// What ssh makes of our words beside an ssh_config that asks for the opposite: `ssh -G` prints it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { after, describe, test } from 'node:test'
import { createDial } from '../../../src/ssh/dial.ts'
import { createIdentities } from '../../../src/ssh/keys/identities.ts'
import { sshWords, wordsToLook } from '../../../src/ssh/openssh/ssh-words.ts'
import type { HostSettings } from '../../../src/ssh/settings/host-settings.ts'
import { makeFolder, skipWithout } from '../support/connect.ts'
import { skipWithoutSshd, startSshd } from '../support/sshd.ts'

/** Everything that would make ssh less strict than shipit, or do more than log in and run a command. */
const LAX = `
BatchMode no
StrictHostKeyChecking no
VerifyHostKeyDNS yes
NoHostAuthenticationForLocalhost yes
UpdateHostKeys yes
PermitLocalCommand yes
LocalCommand touch /tmp/ran
RemoteCommand id
ForwardAgent yes
ForwardX11 yes
GSSAPIDelegateCredentials yes
Tunnel yes
ForkAfterAuthentication yes
RequestTTY force
SessionType none
`

/** As `ssh -G` prints them. */
const STRICT: Readonly<Record<string, string>> = {
  batchmode: 'yes',
  stricthostkeychecking: 'true',
  verifyhostkeydns: 'false',
  nohostauthenticationforlocalhost: 'no',
  updatehostkeys: 'false',
  permitlocalcommand: 'no',
  forwardagent: 'no',
  forwardx11: 'no',
  gssapidelegatecredentials: 'no',
  tunnel: 'false',
  forkafterauthentication: 'no',
  requesttty: 'false',
  sessiontype: 'default',
  serveraliveinterval: '10',
  serveralivecountmax: '3',
}

describe('beside an ssh_config that asks for the opposite, ssh', {
  skip: skipWithout('ssh') || skipWithout('ssh-keygen'),
}, () => {
  const folder = makeFolder()
  after(() => folder.remove())
  const config = folder.write('lax', `Host *\n${LAX.trim()}\n`)
  const settings: HostSettings = {
    name: 'web1',
    address: '127.0.0.1',
    port: 22,
    user: userInfo().username,
    identityFiles: [],
    knownHostsFiles: [folder.write('known_hosts', '# nobody\n')],
    hostKeys: [],
    connectTimeoutMs: 10_000,
    configWords: ['-F', config],
  }
  const files = { socket: 'm', log: 'log', pinned: 'known_hosts', agent: 'a', key: 'key.pub' }
  const printed = (words: readonly string[]) =>
    new Map(
      execFileSync('ssh', ['-G', ...words, '--', 'web1'], { encoding: 'utf8' })
        .split('\n')
        .map((line) => [line.split(' ')[0] ?? '', line.replace(/^\S+ /, '')]),
    )

  test('is as strict as shipit, and only logs in', () => {
    const own = printed(sshWords(settings, { files }))
    for (const [keyword, value] of Object.entries(STRICT)) assert.equal(own.get(keyword), value, keyword)
    assert.ok(!own.has('remotecommand') || own.get('remotecommand') === 'none')
  })

  test('is given every key file, whoever named it: a jump host has those of the config as well', () => {
    const identityFiles = [folder.makeKeyFile('one'), folder.makeKeyFile('two')]
    const words = sshWords({ ...settings, identityFiles }, { files })
    const said = execFileSync('ssh', ['-G', ...words, '--', 'web1'], { encoding: 'utf8' })
    assert.deepEqual(
      [...said.matchAll(/^identityfile (.*)$/gm)].map(([, file]) => file),
      identityFiles,
    )
  })

  test('writes down a key that it only looks at, and does nothing else', () => {
    const own = printed(wordsToLook(settings, 'FILE', undefined))
    for (const [keyword, value] of Object.entries(STRICT)) {
      assert.equal(own.get(keyword), keyword === 'stricthostkeychecking' ? 'accept-new' : value, keyword)
    }
    assert.equal(own.get('userknownhostsfile'), 'FILE')
  })

  test('does not take an unknown host at a loopback address', { skip: skipWithoutSshd }, async () => {
    const hostKey = folder.makeKeyFile('host')
    const key = folder.makeKeyFile('id')
    const authorized = folder.write('authorized', readFileSync(`${key}.pub`, 'utf8'))
    const sshd = await startSshd({ config: (text) => folder.write('sshd.conf', text), hostKey, authorized })
    try {
      const own = { ...settings, port: sshd.port, identityFiles: [key], transport: 'openssh' as const }
      await assert.rejects(createDial(createIdentities())(own), /the host key of 'web1' .* is unknown/)
    } finally {
      await sshd.stop()
    }
  })
})
