// What the config but for its steps may say: each rule, and the one line that who breaks it gets.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import Deploy from '../../../src/commands/deploy.ts'
import { complaints, complaintsOf, RIGHT } from '../support/complaints.ts'

const KEYS =
  'app, account, sharedAccount, repository, paths, environments, flags, allow, people, git, sshd, redact, redactEnv, notify, steps'
const APP = 'must be at most 24 lower-case letters, digits and hyphens, and begin with a letter'
const REPOSITORY = 'must be an absolute path on the host, ssh://…, https://… or user@host:path'
const SECRET = 'must not hold a password or token: root installs it readable by all'
const HOST = 'must be a host name or { name, … }'
const ADDRESS = 'must be a host name or an address'
const ALONE = 'must be only a host name or an address: write user and port as { name, user, port }'
const NAME = 'must be lower-case letters, digits and hyphens'
const PORT = 'must be a whole number from 1 to 65535'

/** Checks that each change is told one line, and that it is this one. */
function tells(cases: readonly (readonly [changes: object, line: string])[]): void {
  for (const [changes, line] of cases) assert.deepEqual(complaintsOf(changes), [line])
}

/** Changes of the one environment, of its one host, of its ssh. */
const environment = (changes: object) => ({ environments: { production: { hosts: ['web1'], ...changes } } })
const host = (value: unknown) => environment({ hosts: [value] })
const ssh = (value: unknown) => environment({ ssh: value })
const flag = (value: unknown) => ({ flags: { fast: value } })

describe('tells a config that', () => {
  test('names an account that must not run an app', () => {
    const TAKEN = 'account must not be root or begin with build- or read-: those names are reserved'
    const CHARACTERS = 'account must be an account: lower-case letters, digits, _ and -, 32 at most'
    tells([
      ...['root', 'build-shop', 'read-shop'].map((account) => [{ account }, TAKEN] as const),
      ...['', 'Deploy', 'ALL', '#0', '%wheel', '-x', 'a b', 'a,b', 'a\n', 'a'.repeat(33)].map(
        (account) => [{ account }, CHARACTERS] as const,
      ),
      [{ account: 7 }, CHARACTERS],
      [{ sharedAccount: 'yes' }, 'sharedAccount must be true or false'],
    ])
  })

  test('names a path that is none of the repository', () => {
    const RULE = "must be a folder or a file as git has it, from the top of the repository: 'apps/web/'"
    tells([
      [{ paths: 'apps/web/' }, 'paths must be a list of folders and files of the repository'],
      [{ paths: [] }, 'paths must name at least one folder or file'],
      [{ paths: ['./apps/web/'] }, `paths[0] ${RULE}; here 'apps/web/'`],
      [{ paths: ['a', '/a b'] }, `paths[1] ${RULE}`],
      ...['../x', 'a b', '-x', '.', '', ':!x', 'a,b', 7].map(
        (path) => [{ paths: [path] }, `paths[0] ${RULE}`] as const,
      ),
      [
        { paths: Array.from({ length: 51 }, () => 'a'.repeat(7)) },
        'paths is longer than 400 characters in all: name folders that hold several of these',
      ],
    ])
    for (const path of [
      'apps/web/',
      'apps/web',
      '/apps/web',
      'apps//web//',
      '.github/',
      'a.b/@c/d+e=f',
      'x'.repeat(400),
    ])
      assert.deepEqual(complaintsOf({ paths: [path] }), [])
  })

  test('has an unknown key which there are', () => {
    tells([
      [{ hosts: [] }, `hosts is not a valid key here: the keys are ${KEYS}`],
      [
        environment({ host: [] }),
        "environments.production.host is not a valid key here: the keys are hosts, default, branch, confirm, after, ssh. Did you mean 'hosts'?",
      ],
      [
        host({ name: 'web1', ip: '192.0.2.1' }),
        'environments.production.hosts[0].ip is not a valid key here: the keys are name, address, port, user',
      ],
      [
        ssh({ strictHostKeyChecking: false }),
        'environments.production.ssh.strictHostKeyChecking is not a valid key here: the keys are user, port, identityFile, knownHostsFile, hostKeys, connectTimeout, transport, proxyJump',
      ],
      [
        flag({ summary: '', description: '' }),
        'flags.fast.description is not a valid key here: the keys are char, summary, choices',
      ],
      [
        { allow: [{ group: 'a', branch: 'x' }] },
        "allow[0].branch is not a valid key here: the keys are group, branches, tags, verbs, buildAs. Did you mean 'branches'?",
      ],
      [
        { environments: { s: { sandbox: true, hosts: [] } } },
        'environments.s.hosts is not a valid key here: the keys are sandbox, default, branch',
      ],
    ])
  })

  test('lacks a key', () => {
    for (const key of ['app', 'repository', 'environments', 'steps'] as const) {
      const { [key]: _, ...rest } = RIGHT
      assert.deepEqual(complaints(rest), [`${key} is missing`])
    }
    tells([
      [{ app: undefined }, `app ${APP}`],
      [{ app: null }, `app ${APP}`],
      [{ steps: undefined }, 'steps must be a list of steps'],
    ])
    tells([
      [environment({ hosts: undefined }), 'environments.production.hosts must be a list of hosts'],
      [{ environments: { production: {} } }, 'environments.production.hosts is missing'],
      [host({ address: '192.0.2.1' }), 'environments.production.hosts[0].name is missing'],
      [flag({ char: 'f' }), 'flags.fast.summary is missing'],
      [{ allow: [{ branches: ['*'] }] }, 'allow[0].group is missing'],
    ])
  })

  test('has a bad app', () => {
    for (const app of ['', '1', '../', 3, {}]) tells([[{ app }, `app ${APP}`]])
    for (const [app, own] of [
      ['Codebase', 'codebase'],
      ['1a', 'a'],
      ['a_b', 'a-b'],
      ['a-', 'a'],
      ['-a', 'a'],
      ['a b', 'a-b'],
      ['../a', 'a'],
      ['a'.repeat(25), 'a'.repeat(24)],
    ])
      tells([[{ app }, `app ${APP}, for example '${own}'`]])
  })

  test('has a repository that git, ssh or sh could misread', () => {
    for (const repository of [
      ...[
        '',
        'codebase.git',
        '../x',
        '-x',
        '--upload-pack=id',
        'ext::sh -c id',
        'ext::id',
        'file:///x',
        'git://h/x',
        'http://h/x',
        'host:path',
      ],
      ...[
        'ssh://-oProxyCommand=id/x',
        'ssh://-x/y',
        'ssh://git@-x/y',
        'ssh://%2dx/y',
        'git@-x:y',
        '-u@h:x',
        'git@h:-x',
        'git@h:',
        'https://h',
      ],
      ...['/srv/a b', '/srv/$(id)', "/srv/'x'", '/srv/x\n', 'https://h/x?y', 'git@h:x;id', 3],
    ]) {
      tells([[{ repository }, `repository ${REPOSITORY}`]])
    }
  })

  test('has a secret in its repository', () => {
    for (const repository of [
      'https://alice:secret@h/x',
      'https://token@h/x',
      'https://:secret@h/x',
      'ssh://git:secret@h/x',
    ]) {
      const lines = complaintsOf({ repository })
      assert.equal(lines.length, 1)
      assert.match(lines[0] ?? '', /^repository must/)
      assert.ok(!lines[0]?.includes('secret@'))
    }
    tells([[{ repository: 'https://alice:secret@h/x' }, `repository ${SECRET}`]])
  })

  test('has bad environments', () => {
    tells([
      [{ environments: {} }, 'environments must have at least one environment'],
      [{ environments: 'web1' }, 'environments must be { NAME: { hosts: […] } }'],
      [{ environments: { Production: { hosts: ['a'] } } }, `environments.Production ${NAME}`],
      [{ environments: { '': { hosts: ['a'] } } }, `environments. ${NAME}`],
      [{ environments: { production: [] } }, 'environments.production must be an object'],
      [{ environments: [{ hosts: ['a'] }] }, 'environments must be { NAME: { hosts: […] } }'],
      [{ people: [{ name: 'a' }] }, "people must be { NAME: ['ssh-ed25519 AAAA…'] }"],
      [{ environments: { production: 'web1' } }, 'environments.production must be an object'],
      [
        { environments: { a: { hosts: ['a'], default: true }, b: { hosts: ['b'], default: true } } },
        'environments has more than one default',
      ],
      [environment({ default: 'yes' }), 'environments.production.default must be true or false'],
      [environment({ confirm: 1 }), 'environments.production.confirm must be true or false'],
    ])
  })

  test('has values that do not suit each other, beside one that is wrong by itself', () => {
    const marked = { hosts: ['a'], default: true }
    const flag = { char: 'x', summary: 'x' }
    const key = `ssh-ed25519 ${'A'.repeat(68)}`
    for (const [changes, ...paths] of [
      [{ environments: { a: marked, b: { ...marked, confirm: 1 } } }, '.b.confirm', ''],
      [
        { environments: { a: { ...marked, confirm: 1 }, b: { hosts: ['b'], after: 'c' } } },
        '.a.confirm',
        '.b.after',
      ],
      [{ environments: { a: { hosts: ['a', { name: 'a', port: 0 }] } } }, '.a.hosts[1].port', '.a.hosts'],
      [{ flags: { docs: { ...flag, summary: 1 }, html: flag } }, '.docs.summary', ''],
      [
        {
          flags: {
            Docs: flag,
            ...Object.fromEntries([...'abcdefgh'].map((each) => [each, { summary: 'x' }])),
          },
        },
        '.Docs',
        '',
      ],
      [{ paths: ['-', 'a'.repeat(900)] }, '[0]', ''],
      [{ notify: { url: 'https://h/x', urlEnv: 'HOOK', on: ['never'] } }, '.on[0]', ''],
      [{ people: { '-x': [key], bob: { keys: [key], group: 'ops' } } }, '.-x', '.bob.group'],
    ] as const) {
      const [key = ''] = Object.keys(changes)
      assert.deepEqual(
        complaintsOf(changes).map((line) => line.split(' ')[0]),
        paths.map((path) => `${key}${path}`),
      )
    }
  })

  test('has a default branch that no host would take', () => {
    for (const branch of ['', 'HEAD', '-x', '../x', 'a b', 'refs/heads/x', 'a'.repeat(40), 3, null]) {
      tells([
        [
          environment({ branch }),
          `environments.production.branch must be ${typeof branch === 'string' ? 'the name of ' : ''}a branch`,
        ],
      ])
    }
  })

  test('has bad hosts', () => {
    tells([
      [environment({ hosts: [] }), 'environments.production.hosts must name at least one host'],
      [environment({ hosts: 'web1' }), 'environments.production.hosts must be a list of hosts'],
      [
        environment({ hosts: ['web1', 'web2', { name: 'web1', port: 23 }] }),
        "environments.production.hosts names 'web1' twice",
      ],
      [host(3), `environments.production.hosts[0] ${HOST}`],
      [host(null), `environments.production.hosts[0] ${HOST}`],
      [host({ name: 'web1', port: '22' }), `environments.production.hosts[0].port ${PORT}`],
      [host({ name: 'web1', address: 'a b' }), `environments.production.hosts[0].address ${ADDRESS}`],
      [host({ name: 'web1', user: 'a b' }), 'environments.production.hosts[0].user must be an account name'],
    ])
    for (const name of [
      '',
      '-oProxyCommand=id',
      'web 1',
      '[::1]',
      'web1/x',
      'web1;id',
      '.web1',
      'web1..',
      'fe80::1%',
      'fe80::1%eth0;id',
      'w€b',
    ]) {
      tells([
        [host(name), `environments.production.hosts[0] ${ALONE}`],
        [host({ name }), `environments.production.hosts[0].name ${ADDRESS}`],
      ])
    }
    const alone = 'environments.production.hosts[0] must be only a host name or an address: write'
    tells([
      [host('alice@web1'), `${alone} { name: 'web1', user: 'alice' }`],
      [host('web1:22'), `${alone} { name: 'web1', port: 22 }`],
      [
        host('ssh://alice@web1.example.com:2222'),
        `${alone} { name: 'web1.example.com', user: 'alice', port: 2222 }`,
      ],
    ])
  })

  test('has bad settings of ssh', () => {
    tells([
      [ssh('alice'), 'environments.production.ssh must be an object'],
      [ssh({ user: '-x' }), 'environments.production.ssh.user must be an account name'],
      [ssh({ port: 0 }), `environments.production.ssh.port ${PORT}`],
      [ssh({ port: 65536 }), `environments.production.ssh.port ${PORT}`],
      [ssh({ port: 22.5 }), `environments.production.ssh.port ${PORT}`],
      [ssh({ identityFile: 3 }), 'environments.production.ssh.identityFile must be a path'],
      [ssh({ knownHostsFile: [] }), 'environments.production.ssh.knownHostsFile must be a path'],
      [ssh({ hostKeys: 'x' }), 'environments.production.ssh.hostKeys must be a list of keys'],
      [
        ssh({ hostKeys: ['AAAA'] }),
        "environments.production.ssh.hostKeys[0] must be a public key, as ssh-keyscan prints it after the name: 'ssh-ed25519 AAAA…'",
      ],
      [
        ssh({ proxyJump: '-oProxyCommand=x' }),
        "environments.production.ssh.proxyJump must be jump hosts as ssh -J takes them: 'user@host:port', several with commas, or 'none'",
      ],
      [
        ssh({ connectTimeout: 0 }),
        'environments.production.ssh.connectTimeout must be a whole number from 1 to 600',
      ],
    ])
  })

  test('has bad flags', () => {
    tells([
      [{ flags: 'docs' }, 'flags must be { NAME: { summary } }'],
      [{ flags: { Fast: { summary: '' } } }, `flags.Fast ${NAME}`],
      [{ flags: { 'fa st': { summary: '' } } }, `flags.fa st ${NAME}`],
      [flag('build the docs'), 'flags.fast must be an object'],
      [flag({ summary: 3 }), 'flags.fast.summary must be a sentence for --help'],
      [flag({ summary: '\x1b[2J' }), 'flags.fast.summary must be a sentence for --help'],
      [flag({ summary: '', char: 'fa' }), 'flags.fast.char must be one letter'],
      [flag({ summary: '', char: '1' }), 'flags.fast.char must be one letter'],
      [flag({ summary: '', choices: [] }), 'flags.fast.choices must not be empty'],
      [flag({ summary: '', choices: 'red' }), 'flags.fast.choices must be a list of words'],
      ...['', '-x', 'a b', 'a,b', 'a=b', 'é', 'x'.repeat(101)].map(
        (choice) =>
          [
            flag({ summary: '', choices: ['ok', choice] }),
            'flags.fast.choices[1] must be a word of letters, digits and . _ -',
          ] as const,
      ),
      [
        { flags: { a: { char: 'x', summary: '' }, c: { char: 'x', summary: '' } } },
        "flags uses the letter 'x' twice",
      ],
      [
        {
          flags: Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`f${index}`, { summary: '' }])),
        },
        'flags has more than 8 flags',
      ],
    ])
  })

  test('has bad rules', () => {
    tells([
      [{ allow: [] }, 'allow must name at least one group'],
      [{ allow: 'deployers' }, 'allow must be a list of { group }'],
      [{ allow: ['deployers'] }, 'allow[0] must be an object'],
      [{ allow: [{ group: 'a', branches: 'master' }] }, 'allow[0].branches must be a list of names'],
      ...['', 'a b', '-x', 'a;b', "a'b", '?', '[a]', 'a$b', '%a'].map(
        (name) =>
          [
            { allow: [{ group: 'a', tags: [name] }] },
            'allow[0].tags[0] must be a name, with * for any characters',
          ] as const,
      ),
      ...['', 'ALL', '#1', '%a', 'a,b', '-a', 'a!', 'a:b', 'a\\b'].map(
        (group) =>
          [
            { allow: [{ group }] },
            'allow[0].group must be a Unix group: letters, digits and . _ @ + -, beginning with a letter, a digit or _',
          ] as const,
      ),
      [
        { allow: [{ group: '4711' }] },
        'allow[0].group must be the name of a Unix group: a name of digits could also be a group number',
      ],
      [
        { allow: [{ group: 'domain users' }] },
        'allow[0].group must be a Unix group without a blank: id(1) separates groups with blanks, so a policy could not tell them apart',
      ],
    ])
  })
})

describe('a recipe can take from shipit', () => {
  const own = Object.entries(Deploy.flags as Record<string, { char?: string }>)
  const wire = [
    'run',
    'app',
    'branch',
    'tag',
    'commit',
    'hold',
    'digest',
    'claimed',
    'session',
    'offset',
    'events',
    'limit',
    'now',
    'reason',
    'to',
  ]

  test('no flag', () => {
    const taken = [...own.map(([name]) => name), ...wire, 'help', 'version', 'allow-drift', 'wait', 'detach']
    for (const name of taken)
      tells([[{ flags: { [name]: { summary: '' } } }, `flags.${name} would hide a flag of shipit`]])
  })

  test('no letter', () => {
    const chars = [...own.flatMap(([, { char }]) => char ?? []), 'h']
    assert.ok(chars.length > 3)
    for (const char of chars)
      tells([[flag({ summary: '', char }), 'flags.fast.char is a letter that shipit deploy already uses']])
  })
})

describe('accepts', () => {
  test('repositories of every form', () => {
    for (const repository of [
      ...[
        '/srv/git/codebase.git',
        'git@git.example.com:codebase.git',
        'git@git.example.com:/srv/x',
        'git@h:~alice/x',
      ],
      ...[
        'ssh://git@git.example.com:2222/x.git',
        'ssh://h/x',
        'https://git.example.com/x/y.git',
        'https://h:8443/a%20b',
      ],
    ]) {
      assert.deepEqual(complaintsOf({ repository }), [], repository)
    }
  })

  test('hosts of every form', () => {
    for (const each of [
      'web1',
      'web1.example.com',
      '192.0.2.1',
      '2001:db8::1',
      '::1',
      { name: 'web1', address: '::1', port: 2222, user: 'deploy_er' },
    ]) {
      assert.deepEqual(complaintsOf(host(each)), [], JSON.stringify(each))
    }
  })

  test('settings of ssh, flags, choices and rules', () => {
    const hostKeys = ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 web1']
    assert.deepEqual(
      complaintsOf(
        ssh({
          user: 'alice',
          port: 22,
          identityFile: '~/k',
          knownHostsFile: 'k',
          hostKeys,
          connectTimeout: 600,
        }),
      ),
      [],
    )
    assert.deepEqual(
      complaintsOf({
        flags: { ...RIGHT.flags, fast: { char: 'f', summary: '', choices: ['1.0', 'a-b', '_x'] } },
      }),
      [],
    )
    assert.deepEqual(
      complaintsOf({
        allow: [{ group: '_web-1', branches: ['*', 'release/*', 'a#b'], tags: ['v*'] }, { group: '_web-1' }],
      }),
      [],
    )
    assert.deepEqual(
      complaintsOf({
        environments: {
          s: { sandbox: true, default: true, branch: 'x' },
          p: { hosts: ['a'], confirm: true },
        },
      }),
      [],
    )
  })
})

test('takes names that exist in the world', () => {
  for (const name of ['web_1', '_web', 'web1.example.com.', 'fe80::1%eth0', 'FE80::1%br-lan.2'])
    assert.deepEqual(
      complaintsOf({ environments: { production: { hosts: [name, { name: 'x', address: name }] } } }),
      [],
    )
  for (const user of ['alice@corp.example.com', 'CORP\\alice', 'CORP+alice', '4711', 'Alice.Smith', 'host$'])
    assert.deepEqual(complaintsOf({ environments: { production: { hosts: ['a'], ssh: { user } } } }), [])
  for (const group of ['deployers@corp.example.com', 'Deployers', '1st', 'a.b', 'hosts$'])
    assert.deepEqual(complaintsOf({ allow: [{ group }] }), [])
  const keys = [`ssh-ed25519 ${'A'.repeat(68)}`]
  for (const person of ['alice@corp.example.com', 'Alice.Smith', '2fast'])
    assert.deepEqual(complaintsOf({ people: { [person]: keys } }), [])
  for (const user of ['-x', 'a b', 'a;b', 'CORP\\', '$(id)', "a'b"])
    assert.deepEqual(complaintsOf({ environments: { production: { hosts: ['a'], ssh: { user } } } }), [
      'environments.production.ssh.user must be an account name',
    ])
})
