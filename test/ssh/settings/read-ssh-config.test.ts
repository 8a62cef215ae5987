// ssh_config as it is read where there is no ssh, beside what `ssh -G` says of the same file: the same settings, or a line that is
// named as unread.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { whyOpenssh } from '../../../src/ssh/choose-transport.ts'
import { type Algorithms, OFFERED } from '../../../src/ssh/settings/algorithms.ts'
import { askSettings } from '../../../src/ssh/settings/ask-settings.ts'
import { askSsh, askSshAlone, type SshAnswers } from '../../../src/ssh/settings/ask-ssh.ts'
import { explainHosts } from '../../../src/ssh/settings/explain-settings.ts'
import { configFiles, readSshConfig } from '../../../src/ssh/settings/read-ssh-config.ts'
import { resolveSettings } from '../../../src/ssh/settings/resolve-settings.ts'
import { CASES, INCLUDED } from '../support/config-cases.ts'

/** What only ssh can tell, of the cases that ask-settings.test.ts has: the lines that are named. */
const UNREAD: Readonly<Record<string, readonly string[]>> = {
  'Match exec that is true': ['line 1 (Match exec "true")'],
  'Match exec that is false': ['line 1 (Match exec "false")'],
  'Match exec with a token': ['line 1 (Match exec "test %h = web1")'],
  'a name to make canonical': ['line 1 (CanonicalizeHostname yes)'],
  'Match canonical': ['line 1 (CanonicalizeHostname always)'],
}

/** What ssh and the package, or the package's `compute`, read otherwise; each must come out as with ssh. */
const HAZARDS: Readonly<Record<string, readonly [config: string, host: string]>> = {
  'a question mark stands for one character': ['Host web?\n  User alice\n', 'web'],
  'a comma in a pattern is a comma': ['Host web1,web2\n  User alice\n', 'web1'],
  'the case of a name counts for Host': ['Host web1\n  User alice\n', 'WEB1'],
  'but not for Match': ['Match host web1\n  User alice\n', 'WEB1'],
  'a name in capitals': ['Host live\n  HostName Web1.Example.COM\n', 'live'],
  'a keyword in other case, then Match': ['hostname web1\nMatch host web1\n  user alice\n', 'live'],
  'the same for a user': ['USER alice\nMatch user alice\n  PORT 2200\n', 'live'],
  'HostName with a token, then Match': [
    'Host web1\n  HostName %h.lan\nMatch host web1.lan\n  User alice\n',
    'web1',
  ],
  'criteria twice': ['Match host web* host *2\n  User alice\n', 'web1'],
  'a criterion that is negated': ['Match !host web2 user *\n  User alice\n', 'web1'],
  'a criterion that is negated and does not hold': ['Match !host web1\n  User alice\n', 'web1'],
  'a list of patterns with a negated one': ['Match host *.lan,!db.lan\n  User alice\n', 'db.lan'],
  'an exec of another host': ['Match host web2 exec "exit 1"\n  User alice\n', 'web1'],
  'final on its own': ['Match final\n  User alice\nHost *\n  User bob\n', 'web1'],
  'final, and a Host block for the name that was found': [
    'Host live\n  HostName web1\nMatch final all\n  Port 2200\nHost web1\n  User alice\n',
    'live',
  ],
  'keys twice over': ['IdentityFile ~/.ssh/one\nMatch final\n  IdentityFile ~/.ssh/two\n', 'web1'],
  'an equals sign without spaces': ['Host=live\nHostName=web1\nPort = 2200\n', 'live'],
  'tabs, spaces and carriage returns': ['\tHost\tlive \r\n \t Port\t2200  \r\n', 'live'],
  'words in quotes': ['Host "live" other\n  UserKnownHostsFile "/etc/one" /etc/two\n', 'live'],
  'a path with a space': ['Host live\n  IdentityFile "~/.ssh/a key"\n', 'live'],
  'a path in quotes, and a comment': ['IdentityFile "~/.ssh/one" # ours\n', 'live'],
  'a comment with no space after it': ['Host live #mine\n  Port 2200 #ours\n', 'live'],
  'no newline at the end': ['Host live\n  Port 2200', 'live'],
  'a keyword of JavaScript': ['IgnoreUnknown constructor\nconstructor x\nUser alice\n', 'live'],
  'lines that shipit does not use': [
    'SendEnv LANG LC_*\nSetEnv A=b\nLocalForward 1 a:2\nUser alice\n',
    'live',
  ],
  'a command with quotes, equals signs and spaces': [`ProxyCommand sh -c 'nc  "%h" %p' # a=b\n`, 'live'],
  'a command, then a jump host': ['ProxyCommand nc %h %p\nProxyJump bastion\n', 'live'],
  'a jump host, then a command': ['ProxyJump bastion\nProxyCommand nc %h %p\n', 'live'],
  'no command, then a jump host': ['ProxyCommand none\nProxyJump bastion\n', 'live'],
  'no jump host, then a command, then a jump host': [
    'ProxyJump none\nProxyCommand nc %h %p\nProxyJump bastion\n',
    'live',
  ],
  'no jump host, then a command': ['ProxyJump none\nProxyCommand nc %h %p\n', 'live'],
  'NONE in capitals': ['IdentityAgent NONE\nProxyJump NONE\nIdentityFile NONE\n', 'live'],
  'true for yes': ['IdentitiesOnly true\nHashKnownHosts TRUE\nProxyUseFdpass false\n', 'live'],
  'a time with units': ['ConnectTimeout 1m30\nServerAliveInterval 1h\n', 'live'],
  'no time limit': ['ConnectTimeout none\nServerAliveInterval 0\n', 'live'],
  'how often only': ['ServerAliveInterval 20\n', 'live'],
  'how many only': ['ServerAliveCountMax 7\n', 'live'],
  'none, then known hosts': ['UserKnownHostsFile none\nHost *\n  UserKnownHostsFile /etc/one\n', 'live'],
  'known hosts of nobody': ['UserKnownHostsFile /dev/null\nGlobalKnownHostsFile /dev/null\n', 'live'],
  'HostKeyAlias in capitals': ['HostKeyAlias SHOP\n', 'live'],
  'algorithms first': ['Ciphers ^aes256-ctr\nMACs ^hmac-sha2-512\n', 'live'],
  'algorithms with a pattern': ['Ciphers -aes*\nHostKeyAlgorithms -ecdsa*,rsa-*\n', 'live'],
  'only what ssh2 lacks': ['KexAlgorithms sntrup761x25519-sha512@openssh.com\n', 'live'],
  'an included block ends with its file': [
    'Host other\n  Include ~/.ssh/more-web\nHost web1\n  Include ~/.ssh/more-web\n  HostName 192.0.2.1\n',
    'web1',
  ],
  'an included file that is not there': ['Include ~/.ssh/none-such ~/.ssh/more-w*\nUser dora\n', 'web1'],
  'strictness that is turned off': ['StrictHostKeyChecking no\nVerifyHostKeyDNS yes\nUser alice\n', 'live'],
}

/** What is named rather than guessed: the file, and the lines. */
const ODD: Readonly<Record<string, readonly [config: string, lines: readonly string[]]>> = {
  'a word in single quotes': ["IdentityFile '~/.ssh/one'\n", ["line 1 (IdentityFile '~/.ssh/one')"]],
  'a backslash': ['User al\\"ice\n', ['line 1 (User al\\"ice)']],
  'a # within a word': ['IdentityFile ~/.ssh/my#key\n', ['line 1 (IdentityFile ~/.ssh/my#key)']],
  'quotes within a word': ['User al"ice"\n', ['line 1 (User al"ice")']],
  'quotes that do not end': ['User "alice\n', ['line 1 (User "alice)']],
  'a value that is missing': ['User\nPort 2200\n', ['line 1 (User)']],
  'a value too many': ['User alice bob\n', ['line 1 (User alice bob)']],
  'a port that is a name': ['Port ssh\n', ['line 1 (Port ssh)']],
  'neither yes nor no': ['IdentitiesOnly maybe\n', ['line 1 (IdentitiesOnly maybe)']],
  'a token that HostName does not have': ['HostName %r.lan\n', ['line 1 (HostName %r.lan)']],
  'a Host line with a backslash': ['Host li\\ve\n  User alice\n', ['line 1 (Host li\\ve)']],
  'a criterion that is not known': ['Match tagged x\n  User alice\n', ['line 1 (Match tagged x)']],
  'a criterion without its value': ['Match host\n  User alice\n', ['line 1 (Match host)']],
  'a negated criterion that the package does not know': [
    'Match !final user x\n  Port 1\n',
    ['line 1 (Match !final user x)'],
  ],
  'a network': ['Match localnetwork 192.0.2.0/24\n  User x\n', ['line 1 (Match localnetwork 192.0.2.0/24)']],
  'an Include with braces': ['Include ~/.ssh/{a,b}\n', ['line 1 (Include ~/.ssh/{a,b})']],
  'an Include of itself': ['Include config\n', ['line 1 (Include config)']],
  'control characters': ['User \u001b[31malice\u0007 x\n', ['line 1 (User alice x)']],
}

const noSsh = spawnSync('ssh', ['-V']).error ? 'no ssh here' : false

describe('ssh_config without ssh', () => {
  let home: string
  const { PATH } = process.env
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'shipit-home-'))
    mkdirSync(join(home, '.ssh'), { mode: 0o700 })
    for (const [name, text] of Object.entries(INCLUDED)) writeInSsh(name, text)
    process.env.SHIPIT_TEST_KEY = join(home, '.ssh/two')
    process.env.SHIPIT_TEST_AGENT = '/run/agent'
  })
  after(() => {
    process.env.PATH = PATH
    rmSync(home, { recursive: true })
    delete process.env.SHIPIT_TEST_KEY
    delete process.env.SHIPIT_TEST_AGENT
  })

  const writeInSsh = (name: string, text: string) =>
    writeFileSync(join(home, '.ssh', name), text, { mode: 0o600 })
  const local = () => ({
    home,
    user: userInfo().username,
    agentSocket: '/run/mine',
    isReadable: () => true,
  })
  const read = (config: string, question = { name: 'live' }) => {
    writeInSsh('config', config)
    return readSshConfig(question, local())
  }

  /** What ssh offers and we don't by default, or the other way round, is not what the file says. */
  function comparable(answers: SshAnswers, name: string, defaults: SshAnswers) {
    const { algorithms = OFFERED, ...settings } = resolveSettings({ host: { name }, answers }, local())
    const usual = resolveSettings({ host: { name }, answers: defaults }, local()).algorithms ?? OFFERED
    const named = Object.entries(algorithms).map(([kind, names]) => {
      const ofKind = kind as keyof Algorithms
      const extra = OFFERED[ofKind].filter((each) => !usual[ofKind].includes(each))
      return [kind, names.filter((each) => !extra.includes(each)).toSorted()]
    })
    return { ...settings, ...Object.fromEntries(named), jump: answers.get('proxyjump')?.[0] ?? 'none' }
  }

  async function compare(written: string, question: { name: string; user?: string }): Promise<void> {
    // ssh takes its ~ from passwd(5), and this is not that home
    const config = written.replaceAll('~/', `${home}/`).replaceAll('%d/', `${home}/`)
    const { answers, unread } = read(config, question)
    assert.deepEqual(unread, [])
    const [asked, defaults] = await Promise.all([askSsh(question, home), askSshAlone({ name: 'live' })])
    assert.ok(asked && defaults)
    assert.deepEqual(comparable(answers, question.name, defaults), comparable(asked, question.name, defaults))
  }

  describe('gives what ssh -G gives', { skip: noSsh }, () => {
    for (const [what, [config, host]] of Object.entries({ ...CASES, ...HAZARDS }))
      if (!UNREAD[what]) test(what, () => compare(config, { name: host }))

    test('a user of the config, before all others', () =>
      compare('User bob\nMatch user alice\n  Port 2200\n', { name: 'live', user: 'alice' }))

    test('two hundred files with blocks at random', async () => {
      let seed = 14
      const random = (below: number) => {
        seed = (seed * 1103515245 + 12345) % 2147483648
        return Math.floor((seed / 2147483648) * below)
      }
      const one = <Value>(values: readonly Value[]) => values[random(values.length)] as Value
      const line = () =>
        one([
          () => `User ${one(['alice', 'bob', '"one"'])}`,
          () => `${one(['Port', 'port', 'PORT'])}${one([' ', '=', ' = '])}${2200 + random(9)}`,
          () => `HostName ${one(['web1', 'Web2', '%h.example.com', '192.0.2.7'])}`,
          () => `IdentityFile ${one(['~/.ssh/one', '~/.ssh/%r', '"~/.ssh/a b"', 'none'])}`,
          () => `HostKeyAlias ${one(['shop', 'blog'])} # of ours`,
          () => `IdentitiesOnly ${one(['yes', 'no'])}`,
          () => `UserKnownHostsFile /etc/${one(['a', 'b /etc/c'])}`,
          () => `ProxyJump ${one(['none', 'bastion', 'alice@bastion:2200'])}`,
          () => `ProxyCommand ${one(['none', 'nc %h %p'])}`,
          () => `Ciphers ${one(['aes256-ctr', '-aes*', '+aes128-cbc'])}`,
          () => 'Include ~/.ssh/more-*',
        ])()
      const head = () =>
        one([
          'Host live',
          'Host web* !web1',
          'Host *',
          'host=w?b1 "live"',
          'Match host web1',
          'Match user alice,bob',
          'Match originalhost live !user bob',
          'Match final host web*',
          'Match host *.example.com final',
          'Match all',
        ])
      const block = () => [head(), ...Array.from({ length: 1 + random(3) }, () => `  ${line()}`)].join('\n')
      for (let i = 0; i < 200; i++) {
        const config = `${Array.from({ length: 2 + random(5) }, block).join('\n')}\n`
        const name = one(['live', 'web1', 'web2.example.com', 'WEB1'])
        await compare(config, { name }).catch((error) => {
          throw new Error(`case ${i}, ${name}:\n${config}`, { cause: error })
        })
      }
    })
  })
  describe('names what only ssh can tell', () => {
    for (const [what, lines] of Object.entries(UNREAD))
      test(what, () => {
        const [config = '', name = ''] = CASES[what] ?? []
        assert.deepEqual(read(config, { name }).unread, [{ file: join(home, '.ssh/config'), lines }])
      })

    for (const [what, [config, lines]] of Object.entries(ODD))
      test(what, () => {
        const { unread } = read(`${config}Host *\n`)
        assert.deepEqual(unread, [{ file: join(home, '.ssh/config'), lines }])
      })

    test('and takes no later value for it, nor what its block has', () => {
      const { answers } = read(
        "UserKnownHostsFile '/etc/a b'\nMatch exec true\n  User bob\n  HostKeyAlias shop\nHost *\n" +
          '  UserKnownHostsFile /dev/null\n  User alice\n',
      )
      assert.deepEqual([...answers], [['user', ['alice']]])
    })

    test('but not for another host, or a setting that shipit does not use', () => {
      const { answers, unread } = read(
        "Host other\n  User 'x y'\nMatch host other exec true\n  Include {a,b}\nHost *\n  SetEnv A='b c'\n",
      )
      assert.deepEqual([[...answers], unread], [[], []])
    })

    test('and no command of the file is run', () => {
      const trace = join(home, 'trace')
      read(
        `Match exec "touch ${trace}"\n  User x\nHost live\n  CanonicalDomains a.invalid\n  CanonicalizeHostname yes\n` +
          `  ProxyCommand touch ${trace}\n  KnownHostsCommand /usr/bin/touch ${trace}\n`,
      )
      assert.equal(existsSync(trace), false)
    })

    test('revoked keys in an odd name are still revoked keys: nothing but ssh will do', async () => {
      const { answers } = read("RevokedHostKeys '/etc/a b'\n")
      const settings = resolveSettings({ host: { name: 'live' }, answers }, local())
      assert.match((await whyOpenssh(settings))?.words ?? '', /RevokedHostKeys/)
    })

    test('a file that others can write to, or that is none', () => {
      read('Include open folder\nUser alice\n')
      writeInSsh('open', 'User bob\n')
      mkdirSync(join(home, '.ssh/folder'))
      chmodSync(join(home, '.ssh/open'), 0o666)
      const { answers, unread } = readSshConfig({ name: 'live' }, local())
      assert.deepEqual(answers.get('user'), ['alice'])
      assert.deepEqual(
        unread.map(({ file, lines }) => `${file.slice(home.length)}: ${lines}`),
        [
          '/.ssh/open: the whole file (others can write to it)',
          '/.ssh/folder: the whole file (EISDIR: illegal operation on a directory, read)',
        ],
      )
    })

    test('bytes that are no text, and a line without end', () => {
      writeFileSync(
        join(home, '.ssh/config'),
        Buffer.from([0, 255, 254, 10, 72, 111, 115, 116, 32, 0xc3, 10]),
      )
      assert.ok(readSshConfig({ name: 'live' }, local()).unread.length > 0)
      const long = `Host ${'a* '.repeat(20_000)}"\nUser ${'"x" '.repeat(20_000)}\nHost live\nPort 2200\n`
      assert.deepEqual(read(long).answers.get('port'), ['2200'])
    })
  })

  test("the person's file comes first, then the machine's, each with its own folder", () => {
    const machines = join(home, 'ssh_config')
    writeFileSync(machines, 'User root\nPort 2222\nInclude none-such/*.conf\n', { mode: 0o666 })
    writeInSsh('config', 'Host live\n  User alice\n  Include more-web\n')
    const { answers, unread } = readSshConfig({ name: 'live' }, local(), {
      files: [
        { path: join(home, '.ssh/config'), isPersons: true },
        { path: machines, isPersons: false },
      ],
    })
    assert.deepEqual(
      [...answers],
      [
        ['user', ['alice']],
        ['port', ['2222']],
      ],
    )
    assert.deepEqual(unread, [])
    const own = userInfo().homedir
    assert.deepEqual(
      configFiles(own).map(({ path }) => path),
      [join(own, '.ssh/config'), '/etc/ssh/ssh_config'],
    )
    assert.deepEqual(configFiles(home), [{ path: join(home, '.ssh/config'), isPersons: true }])
  })

  test('~ and relative names are those of the person', () => {
    read('Include ~/.ssh/more-w?b more-a*\n', { name: 'live' })
    assert.deepEqual(readSshConfig({ name: 'web1' }, local()).answers.get('user'), ['alice'])
    assert.deepEqual(readSshConfig({ name: 'live' }, local()).answers.get('user'), ['carol'])
  })

  describe('without a program ssh', () => {
    before(() => {
      process.env.PATH = home
    })
    after(() => {
      process.env.PATH = PATH
    })

    test('hosts, jump hosts and their keys are resolved, and the config wins', async () => {
      writeInSsh(
        'config',
        'Host live\n  HostName web1.example.com\n  User alice\n  Port 2200\n  HostKeyAlias shop\n  IdentityFile %d/.ssh/%r\n' +
          '  IdentitiesOnly yes\n  ProxyJump bastion\nHost bastion\n  HostName 192.0.2.9\n  User bob\nMatch exec true\n  Port 1\n',
      )
      const [live] = await askSettings([{ name: 'live', port: 2222 }], {}, local())
      const unread = [{ file: join(home, '.ssh/config'), lines: ['line 12 (Match exec true)'] }]
      assert.deepEqual(
        [
          live?.address,
          live?.user,
          live?.port,
          live?.hostKeyAlias,
          live?.identityFiles,
          live?.isIdentityOnly,
        ],
        ['web1.example.com', 'alice', 2222, 'shop', [join(home, '.ssh/alice')], true],
      )
      assert.deepEqual([live?.via?.address, live?.via?.user], ['192.0.2.9', 'bob'])
      assert.deepEqual([live?.unread, live?.via?.unread], [unread, unread])
    })

    test('`shipit hosts --resolved` says what ssh_config chose', async () => {
      writeInSsh('config', 'Host live\n  HostName web1.example.com\n  ServerAliveInterval 20\n')
      const kept = process.env.HOME
      process.env.HOME = home
      try {
        const hosts = [{ name: 'live', user: 'alice' }]
        const [live] = await explainHosts(await askSettings(hosts), { hosts, ssh: {} })
        const said = live?.settings.map(({ keyword, value, origin }) => `${keyword} ${value} (${origin})`)
        for (const line of [
          'HostName web1.example.com (ssh_config)',
          'Port 22 (default)',
          'User alice (deploy.config)',
          'ServerAliveInterval 20 (ssh_config)',
        ])
          assert.ok(said?.includes(line), `${line} of ${said}`)
      } finally {
        if (kept === undefined) delete process.env.HOME
        else process.env.HOME = kept
      }
    })
  })
})
