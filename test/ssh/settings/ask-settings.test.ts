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
import { CASES, INCLUDED } from '../support/config-cases.ts'

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
