// The keys people, git and sshd of a config: what root sets up besides the recipe.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { digestRecipe } from '../../../src/recipe/recipe.ts'
import { git } from '../../../src/recipe/steps.ts'

const KEY = `ssh-ed25519 ${'A'.repeat(68)}`
const check = (keys: object) =>
  checkConfig('/x/deploy.config.ts', {
    app: 'codebase',
    repository: '/srv/git/codebase.git',
    environments: { production: { hosts: ['web1'] } },
    allow: [{ group: 'deployers' }, { group: 'ops' }],
    steps: [git()],
    ...keys,
  })

test('nothing is asked of a host by default', () => {
  assert.deepEqual(check({}).access, {
    people: [],
    git: { deployKey: false, knownHosts: [] },
    sshd: { forceCommand: false },
    sharedAccount: false,
  })
})

test('a person is in the only group of the policy, or in the one that is named', () => {
  assert.deepEqual(
    check({ allow: [{ group: 'ops' }, { group: 'ops', tags: [] }], people: { ci: [KEY] } }).access.people,
    [{ name: 'ci', group: 'ops', keys: [KEY] }],
  )
  assert.throws(
    () => check({ people: { ci: [KEY] } }),
    /people\.ci\.group is missing: say which of these groups ci is in: deployers, ops$/,
  )
  const { people } = check({
    people: {
      alice: { keys: [`${KEY} alice@laptop`], group: 'deployers' },
      ci: { keys: [KEY], group: 'ops' },
    },
  }).access
  assert.deepEqual(people, [
    { name: 'alice', group: 'deployers', keys: [`${KEY} alice@laptop`] },
    { name: 'ci', group: 'ops', keys: [KEY] },
  ])
})

test('they are no part of the digest: a new person needs no deploy to know of', () => {
  const digest = (keys: object) => digestRecipe(check(keys).recipe)
  assert.equal(
    digest({
      people: { ci: { keys: [KEY], group: 'ops' } },
      git: { deployKey: true },
      sshd: { forceCommand: true },
      sharedAccount: true,
    }),
    digest({}),
  )
})

test('what is wrong is named with its key', () => {
  for (const [keys, message] of [
    [{ people: { root: [KEY] } }, /people\.root is not a person's account/],
    [{ people: { deploybot: [KEY] } }, /people\.deploybot is not a person's account/],
    [
      { account: 'dora', people: { dora: [KEY] } },
      /people\.dora is not a person's account: it runs the app's steps/,
    ],
    [{ account: 'dora', allow: [{ group: 'dora' }] }, /allow must not name the group 'dora'/],
    [{ people: { 'build-codebase': [KEY] } }, /people\.build-codebase is not a person's account/],
    [{ people: { 'a b': [KEY] } }, /must be an account/],
    [{ people: { alice: [] } }, /people\.alice must have at least one key/],
    [{ people: { alice: ['no key'] } }, /people\.alice\[0\] must be a public key/],
    [{ people: { alice: [`command="sh" ${KEY}`] } }, /people\.alice\[0\] must be a public key/],
    [{ people: { alice: [`${KEY} a\n${KEY}`] } }, /people\.alice\[0\] must be a public key/],
    [
      { people: { alice: { keys: [KEY], group: 'wheel' } } },
      /people\.alice\.group is not a group of allow: the groups are deployers, ops/,
    ],
    [{ allow: [{ group: 'ops', buildAs: 'x_y' }] }, /allow\[0\]\.buildAs must be a word/],
    [
      { allow: [{ group: 'ops', buildAs: 'of-nobody-who-can-be-trusted' }] },
      /allow\[0\]\.buildAs makes an account name longer than 32 characters: 'build-/,
    ],
    [
      { git: { knownHosts: ['git.example.com'] } },
      /git\.knownHosts\[0\] must be a whole line of known_hosts/,
    ],
    [{ git: { key: true } }, /git\.key is not a valid key here/],
    [{ sshd: { forceCommand: 'yes' } }, /sshd\.forceCommand must be true or false/],
  ] as const) {
    assert.throws(() => check(keys), { message })
  }
})

test('what a daemon is, or whoever is as good as root, is given to no app and to nobody', () => {
  for (const account of ['www-data', 'postgres', 'nobody', 'systemd-network', 'git']) {
    assert.throws(() => check({ account }), /account is an account of the system or of a daemon/)
    assert.throws(() => check({ people: { [account]: [KEY] } }), /is a system account, not a person's/)
  }
  assert.throws(
    () => check({ allow: [{ group: 'sudo' }], people: { bob: [KEY] } }),
    /people\.bob\.group must not be 'sudo': its members have the rights of root/,
  )
  // whose members root chose
  check({ allow: [{ group: 'sudo' }] })
})

test('all that is wrong with people and groups is told at once', () => {
  const keys = {
    account: 'dora',
    allow: [{ group: 'dora' }, { group: 'ops', buildAs: 'of-nobody-who-can-be-trusted' }],
    people: {
      alice: { keys: [KEY], group: 'wheel' },
      bob: { keys: [KEY], group: 'staff' },
      dora: { keys: [KEY], group: 'ops' },
    },
  }
  assert.throws(
    () => check(keys),
    ({ message }: Error) => {
      const paths = message
        .split('\n')
        .slice(1)
        .map((line) => /^ {2}(\S+) /.exec(line)?.[1])
      assert.deepEqual(paths, [
        ...['people.alice.group', 'people.bob.group', 'allow[1].buildAs', 'people.dora', 'allow'],
      ])
      return true
    },
  )
})
