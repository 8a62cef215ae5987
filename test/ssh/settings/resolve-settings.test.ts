import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { test } from 'node:test'
import { ConfigError } from '../../../src/errors.ts'
import { readLocalFacts, resolveSettings } from '../../../src/ssh/settings/resolve-settings.ts'

const local = { home: '/home/alice', user: 'alice', isReadable: () => true }

test("a host with nothing but its name gets OpenSSH's defaults", () => {
  assert.deepEqual(
    resolveSettings({ host: { name: 'web1.example.com' } }, { ...local, agentSocket: '/run/agent' }),
    {
      name: 'web1.example.com',
      address: 'web1.example.com',
      port: 22,
      user: 'alice',
      identityFiles: ['id_ed25519', 'id_ecdsa', 'id_rsa', 'id_ed25519_sk', 'id_ecdsa_sk'].map(
        (name) => `/home/alice/.ssh/${name}`,
      ),
      agentSocket: '/run/agent',
      knownHostsFiles: [
        '/home/alice/.ssh/known_hosts',
        '/home/alice/.ssh/known_hosts2',
        '/etc/ssh/ssh_known_hosts',
        '/etc/ssh/ssh_known_hosts2',
      ],
      hostKeys: [],
      connectTimeoutMs: 10_000,
    },
  )
})

test("a host's own settings win over its environment's, and those over the defaults", () => {
  const ssh = { user: 'deploy', port: 2200, connectTimeout: 3, hostKeys: ['ssh-ed25519 AAAA'] }
  const host = { name: 'web1', address: '192.0.2.4', port: 2222, user: 'bob' }
  const own = resolveSettings({ host, ssh }, local)
  assert.deepEqual([own.address, own.port, own.user, own.connectTimeoutMs], ['192.0.2.4', 2222, 'bob', 3000])
  const shared = resolveSettings({ host: { name: 'web1' }, ssh }, local)
  assert.deepEqual([shared.port, shared.user, shared.hostKeys], [2200, 'deploy', ['ssh-ed25519 AAAA']])
})

test('default keys count only where they can be read', () => {
  const isReadable = (file: string) => file.endsWith('id_rsa')
  assert.deepEqual(resolveSettings({ host: { name: 'web1' } }, { ...local, isReadable }).identityFiles, [
    '/home/alice/.ssh/id_rsa',
  ])
})

test('a key file of the config stands alone, there or not, and ~ is the home directory', () => {
  const isReadable = () => false
  const ssh = { identityFile: '~/keys/deploy', knownHostsFile: '/project/.shipit/known_hosts' }
  const settings = resolveSettings(
    { host: { name: 'web1' }, ssh },
    { ...local, home: '/home/$&', isReadable },
  )
  assert.deepEqual(settings.identityFiles, ['/home/$&/keys/deploy'])
  assert.deepEqual(settings.knownHostsFiles, [
    '/project/.shipit/known_hosts',
    '/etc/ssh/ssh_known_hosts',
    '/etc/ssh/ssh_known_hosts2',
  ])
})

test('an account without a name is an error that says what to set', () => {
  const { user: _, ...nameless } = local
  assert.throws(() => resolveSettings({ host: { name: 'web1' } }, nameless), ConfigError)
  assert.equal(resolveSettings({ host: { name: 'web1' }, ssh: { user: 'deploy' } }, nameless).user, 'deploy')
})

test('the agent is the one of SSH_AUTH_SOCK', () => {
  assert.equal(readLocalFacts({ SSH_AUTH_SOCK: '/run/agent' }).agentSocket, '/run/agent')
  assert.equal(readLocalFacts({}).home, homedir())
  if (process.platform !== 'win32') assert.equal(readLocalFacts({ SSH_AUTH_SOCK: '' }).agentSocket, undefined)
})
