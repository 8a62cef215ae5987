// The settings of a host beside those of the real ssh: what `ssh -G` prints, and the key files that `ssh -v` says it looks at.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { OFFERED, OLD } from '../../../src/ssh/settings/algorithms.ts'
import { askSettings, parseHop } from '../../../src/ssh/settings/ask-settings.ts'
import type { HostSettings } from '../../../src/ssh/settings/host-settings.ts'

/** Each is a file of ssh_config, and the host that is asked for. */
const CASES: Readonly<Record<string, readonly [config: string, host: string]>> = {
  'no block fits': ['Host other\n  Port 1\n', 'web1'],
  'an alias': ['Host live\n  HostName web1.example.com\n', 'live'],
  'an alias with a pattern': ['Host *.lan\n  HostName %h.example.com\n', 'web1.lan'],
  'the first value wins': ['Host live\n  Port 2201\nHost *\n  Port 2202\n', 'live'],
  'a negated pattern': ['Host * !web1\n  User other\nHost *\n  User alice\n', 'web1'],
  'several names': ['Host a b live\n  User alice\n', 'live'],
  'a question mark': ['Host web?\n  User alice\n', 'web1'],
  'keywords in capitals, with =': ['HOST live\n  HOSTNAME = web1\n  port=2200\n', 'live'],
  'quoted values': ['Host live\n  HostName "web1"\n  User "alice"\n', 'live'],
  comments: ['# all\nHost live # mine\n  Port 2200 # ours\n', 'live'],
  'Match host': ['Match host web1\n  User alice\n', 'web1'],
  'Match originalhost': ['Host live\n  HostName web1\nMatch originalhost live\n  User alice\n', 'live'],
  'Match host after HostName': ['Host live\n  HostName web1\nMatch host web1\n  User alice\n', 'live'],
  'Match user': ['Match user alice\n  Port 2200\n', 'web1'],
  'Match localuser': [`Match localuser ${userInfo().username}\n  Port 2200\n`, 'web1'],
  'Match exec that is true': ['Match exec "true"\n  Port 2200\n', 'web1'],
  'Match exec that is false': ['Match exec "false"\n  Port 2200\n', 'web1'],
  'Match exec with a token': ['Match exec "test %h = web1"\n  User alice\n', 'web1'],
  'Match all': ['Match all\n  User alice\n', 'web1'],
  'Match final': ['Host live\n  HostName web1\nMatch final host web1\n  User alice\n', 'live'],
  'a user in the command': ['Host live\n  User alice\n  User bob\n', 'live'],
  'one key': ['Host live\n  IdentityFile ~/.ssh/one\n', 'live'],
  'several keys, in their order': [
    'Host live\n  IdentityFile ~/.ssh/two\nHost *\n  IdentityFile ~/.ssh/one\n',
    'live',
  ],
  'a key that is not there': [
    'Host live\n  IdentityFile ~/.ssh/none-such\n  IdentityFile ~/.ssh/one\n',
    'live',
  ],
  'a key with tokens': ['Host live\n  User one\n  IdentityFile %d/.ssh/%r\n', 'live'],
  'a key by host': ['Host live\n  HostName two\n  IdentityFile ~/.ssh/%h\n', 'live'],
  'a key by name and percent': ['Host live\n  IdentityFile ~/.ssh/%n%%\n', 'live'],
  'a key by variable': [`Host live\n  IdentityFile \${SHIPIT_TEST_KEY}\n`, 'live'],
  'no key': ['Host live\n  IdentityFile none\n', 'live'],
  'only these keys': ['Host live\n  IdentitiesOnly yes\n  IdentityFile ~/.ssh/one\n', 'live'],
  'an agent': ['Host live\n  IdentityAgent ~/.ssh/agent-%r\n  User alice\n', 'live'],
  'no agent': ['Host live\n  IdentityAgent none\n', 'live'],
  'an agent by variable': ['Host live\n  IdentityAgent $SHIPIT_TEST_AGENT\n', 'live'],
  'known hosts': ['Host live\n  UserKnownHostsFile /etc/one /etc/two\n', 'live'],
  'no known hosts of the person': ['Host live\n  UserKnownHostsFile none\n', 'live'],
  'known hosts of the machine': ['Host live\n  GlobalKnownHostsFile /etc/three\n', 'live'],
  'known hosts with a token': ['Host live\n  UserKnownHostsFile /etc/kh-%n\n', 'live'],
  HostKeyAlias: ['Host live\n  HostKeyAlias shop\n', 'live'],
  'a jump host': ['Host live\n  ProxyJump alice@bastion:2200\n', 'live'],
  'two jump hosts': ['Host live\n  ProxyJump one,two\nHost two\n  User bob\n  Port 2202\n', 'live'],
  'no jump host': ['Host live\n  ProxyJump none\nHost *\n  ProxyJump bastion\n', 'live'],
  'a jump host of a jump host': ['Host live\n  ProxyJump two\nHost two\n  ProxyJump one\n', 'live'],
  'a command': ['Host live\n  HostName web1\n  ProxyCommand nc %h %p\n', 'live'],
  'no command': ['Host live\n  ProxyCommand none\n', 'live'],
  timeouts: ['Host live\n  ConnectTimeout 7\n  ServerAliveInterval 5\n  ServerAliveCountMax 2\n', 'live'],
  'a kind of address': ['Host live\n  AddressFamily inet6\n', 'live'],
  'an address to come from': ['Host live\n  BindAddress 127.0.0.1\n', 'live'],
  'less algorithms': ['Host live\n  Ciphers aes256-ctr\n  KexAlgorithms curve25519-sha256\n', 'live'],
  'more algorithms': [
    'Host live\n  KexAlgorithms +diffie-hellman-group14-sha1\n  HostKeyAlgorithms +ssh-rsa\n',
    'live',
  ],
  'algorithms taken away': ['Host live\n  MACs -hmac-sha1*\n', 'live'],
  'a file that is included': ['Include ~/.ssh/more-web\nHost web1\n  User bob\n', 'web1'],
  'files that are included by a pattern, within a block': [
    'Host live\n  Include ~/.ssh/more-*\nHost *\n  Port 2299\n',
    'live',
  ],
  'a name to make canonical': [
    'CanonicalizeHostname yes\nCanonicalDomains example.invalid\nCanonicalizeFallbackLocal yes\nHost web1\n  User alice\n',
    'web1',
  ],
  'Match canonical': [
    'CanonicalizeHostname always\nCanonicalDomains example.invalid\nMatch canonical all\n  User alice\n',
    'web1',
  ],
  'a certificate': ['Host live\n  IdentityFile ~/.ssh/one\n  CertificateFile ~/.ssh/one-cert\n', 'live'],
  'a socket that a command hands over': [
    'Host live\n  ProxyCommand nc -F %h %p\n  ProxyUseFdpass yes\n',
    'live',
  ],
  'names that are hashed': ['HashKnownHosts yes\n', 'live'],
  'what only ssh does': [
    'RevokedHostKeys /etc/revoked\nKnownHostsCommand /bin/true\nPKCS11Provider /lib/token.so\nGSSAPIAuthentication yes\n',
    'live',
  ],
}
/** What a case includes. */
const INCLUDED: Readonly<Record<string, string>> = {
  'more-web': 'Host web1\n  User alice\n  Port 2222\n',
  'more-all': 'User carol\n',
}
const SHIPIT_TEST_KEY = 'SHIPIT_TEST_KEY'

const noSsh = spawnSync('ssh', ['-V']).error ? 'no ssh here' : false

describe('settings are those of ssh', { skip: noSsh }, () => {
  let home: string
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'shipit-home-'))
    mkdirSync(join(home, '.ssh'), { mode: 0o700 })
    for (const name of ['one', 'two', 'live%', 'id_ed25519'])
      writeFileSync(join(home, '.ssh', name), 'a key\n', { mode: 0o600 })
    for (const [name, text] of Object.entries(INCLUDED)) writeFileSync(join(home, '.ssh', name), text)
    process.env[SHIPIT_TEST_KEY] = join(home, '.ssh/two')
    process.env.SHIPIT_TEST_AGENT = '/run/agent'
  })
  after(() => {
    rmSync(home, { recursive: true })
    delete process.env[SHIPIT_TEST_KEY]
    delete process.env.SHIPIT_TEST_AGENT
  })

  const file = () => join(home, '.ssh/config')

  async function compare(config: string, host: string): Promise<void> {
    // ssh takes its ~ from passwd(5), and this is not that home
    writeFileSync(file(), config.replaceAll('~/', `${home}/`).replaceAll('%d/', `${home}/`))
    const [settings] = (await askSettings(
      [{ name: host }],
      {},
      {
        home,
        user: userInfo().username,
        agentSocket: '/run/mine',
        isReadable: (path) => spawnSync('test', ['-r', path]).status === 0,
      },
    )) as [HostSettings]
    const printed = execFileSync('ssh', ['-F', file(), '-G', host], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const value = (keyword: string) => new RegExp(`^${keyword} (.*)$`, 'm').exec(printed)?.[1]
    assert.equal(settings.address, value('hostname'))
    assert.equal(String(settings.port), value('port'))
    assert.equal(settings.user, value('user'))
    assert.equal(settings.hostKeyAlias, value('hostkeyalias'))
    compareWay(settings, value)
    compareAlgorithms(settings, value)
    assert.equal(settings.isIdentityOnly === true, value('identitiesonly') === 'yes')
    assert.equal(
      settings.via ? true : undefined,
      /^none$|^$/.test(value('proxyjump') ?? '') ? undefined : true,
    )
    assert.deepEqual(settings.identityFiles, keysOf(host))
    const known = [value('userknownhostsfile'), value('globalknownhostsfile')].join(' ').split(' ')
    if (known[0]?.endsWith('/.ssh/known_hosts'))
      known.splice(0, 2, join(home, '.ssh/known_hosts'), join(home, '.ssh/known_hosts2'))
    assert.deepEqual(
      settings.knownHostsFiles,
      known.filter((path) => path !== 'none').map((path) => path.replace('%n', host)),
    )
  }

  /** How the host is reached and what is offered to it: in ssh's words. */
  function compareWay(settings: HostSettings, value: (keyword: string) => string | undefined): void {
    const some = (keyword: string, nothing: RegExp) => {
      const found = value(keyword)
      return found === undefined || nothing.test(found) ? undefined : found
    }
    const { user, address, port, via, keepalive, sshOnly } = settings
    const expanded = (text: string | undefined) =>
      text?.replaceAll('%r', user).replaceAll('%h', address).replaceAll('%p', String(port))
    const seconds = (keyword: string) => some(keyword, /^(?:none|0)$/)
    assert.equal(settings.connectTimeoutMs / 1000, Number(seconds('connecttimeout') ?? 10))
    assert.equal(keepalive && String(keepalive.intervalMs / 1000), seconds('serveraliveinterval'))
    if (keepalive) assert.equal(String(keepalive.count), value('serveralivecountmax'))
    assert.equal(
      settings.family && { 4: 'inet', 6: 'inet6' }[settings.family],
      some('addressfamily', /^any$/),
    )
    assert.equal(settings.localAddress, value('bindaddress'))
    assert.equal(settings.proxyCommand, expanded(some('proxycommand', /^none$/)))
    assert.equal(settings.isSocketPassed, some('proxyusefdpass', /^no$/) && true)
    assert.equal(settings.isHashing, some('hashknownhosts', /^no$/) && true)
    assert.equal(settings.certificateFiles?.[0], value('certificatefile'))
    const jump = some('proxyjump', /^none$/)
      ?.split(',')
      .at(-1)
    assert.equal(via?.name, jump?.replace(/^.*@/, '').replace(/:[0-9]+$/, ''))
    const agent = expanded(value('identityagent'))?.replace('$SHIPIT_TEST_AGENT', '/run/agent') ?? '/run/mine'
    assert.equal(settings.agentSocket, agent === 'none' ? undefined : agent)
    assert.equal(sshOnly?.revokedHostKeys, value('revokedhostkeys'))
    assert.equal(sshOnly?.hasHostsCommand, value('knownhostscommand') && true)
    assert.equal(sshOnly?.tokenLibrary, value('pkcs11provider'))
    const isGssapi = value('gssapiauthentication') === 'yes'
    assert.equal(sshOnly?.methods.includes('gssapi-with-mic') === true, isGssapi)
  }

  /** All that ssh would offer and ssh2 has, and nothing else. */
  function compareAlgorithms(settings: HostSettings, value: (keyword: string) => string | undefined): void {
    for (const [kind, keyword] of [
      ['kex', 'kexalgorithms'],
      ['cipher', 'ciphers'],
      ['hmac', 'macs'],
      ['serverHostKey', 'hostkeyalgorithms'],
    ] as const) {
      const own = [...OFFERED[kind], ...OLD[kind]]
      const both = value(keyword)
        ?.split(',')
        .filter((name) => own.includes(name))
      assert.deepEqual(settings.algorithms?.[kind].toSorted(), both?.toSorted(), keyword)
    }
  }

  /** The key files that ssh itself opens: the ones that are there, by what it says. */
  function keysOf(host: string): string[] {
    const { stderr } = spawnSync(
      'ssh',
      [
        '-F',
        file(),
        '-v',
        '-o',
        'ProxyJump=none',
        '-o',
        'ProxyCommand=false',
        '-o',
        'ProxyUseFdpass=no',
        host,
      ],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    )
    const looked = [...stderr.matchAll(/identity file (.*) type -?[0-9]+$/gm)].map(([, path = '']) => path)
    const isThere = (path: string) => spawnSync('test', ['-r', path]).status === 0
    const own = looked.filter((path) => !path.endsWith('-cert'))
    // the home of passwd(5) is not this one
    const usual = own.some((path) => path.endsWith('/.ssh/id_rsa'))
    return usual ? [join(home, '.ssh/id_ed25519')] : own.filter(isThere)
  }

  for (const [what, [config, host]] of Object.entries(CASES)) test(what, () => compare(config, host))

  test('twenty files with blocks at random', async () => {
    let seed = 14
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed % below
    }
    const one = <Value>(values: readonly Value[]) => values[random(values.length)] as Value
    const line = () =>
      one([
        () => `User ${one(['alice', 'bob', 'one'])}`,
        () => `Port ${2200 + random(9)}`,
        () => `HostName ${one(['web1', 'web2', '%h.example.com'])}`,
        () => `IdentityFile ${one(['~/.ssh/one', '~/.ssh/%r', '~/.ssh/two'])}`,
        () => `HostKeyAlias ${one(['shop', 'blog'])}`,
        () => `IdentitiesOnly ${one(['yes', 'no'])}`,
        () => `UserKnownHostsFile /etc/${one(['a', 'b'])}`,
      ])()
    const block = () => {
      const head = one([
        'Host live',
        'Host web*',
        'Host *',
        'Host * !live',
        'Match host web1',
        'Match user alice',
        'Match all',
      ])
      return [head, ...Array.from({ length: 1 + random(3) }, () => `  ${line()}`)].join('\n')
    }
    for (let i = 0; i < 20; i++) {
      const config = `${Array.from({ length: 2 + random(4) }, block).join('\n')}\n`
      await compare(config, one(['live', 'web1', 'web2.example.com'])).catch((error) => {
        throw new Error(`case ${i}:\n${config}`, { cause: error })
      })
    }
  })
})

test('a jump host is read as ssh -J reads it', () => {
  assert.deepEqual(parseHop('bastion'), { name: 'bastion' })
  assert.deepEqual(parseHop('alice@bastion:2200'), { name: 'bastion', user: 'alice', port: 2200 })
  assert.deepEqual(parseHop('a@b@bastion'), { name: 'bastion', user: 'a@b' })
  assert.deepEqual(parseHop('ssh://alice@bastion:22/'), { name: 'bastion', user: 'alice', port: 22 })
  assert.deepEqual(parseHop('alice@[2001:db8::1]:2200'), { name: '2001:db8::1', user: 'alice', port: 2200 })
  assert.deepEqual(parseHop('2001:db8::1'), { name: '2001:db8::1' })
  for (const odd of ['', '-oProxyCommand=x', 'alice@', '@:22'])
    assert.throws(() => parseHop(odd), /ProxyJump names no host/)
})
