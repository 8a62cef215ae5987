import assert from 'node:assert/strict'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { command, make, sandbox, shell } from '../../../src/index.ts'
import { complaints, FILE, RIGHT } from '../support/complaints.ts'

/** What a rule gives that names none. */
const verbs = ['deploy', 'rollback', 'freeze']

test('a config is split into the recipe and the environments', () => {
  const { file, recipe, environments, defaultEnvironment, warnings } = checkConfig(FILE, RIGHT)
  assert.equal(file, FILE)
  assert.deepEqual([recipe.app, recipe.repository, recipe.flags], [RIGHT.app, RIGHT.repository, RIGHT.flags])
  assert.deepEqual(recipe.allow, [{ group: 'deployers', branches: ['*'], tags: ['*'], verbs }])
  assert.deepEqual(
    recipe.steps.map(({ name }) => name),
    ['git', 'rsync src'],
  )
  assert.deepEqual(environments, [
    {
      name: 'production',
      branch: 'master',
      kind: 'hosts',
      hosts: [{ name: 'web1.example.com' }],
      confirm: false,
      ssh: {},
    },
  ])
  assert.equal(defaultEnvironment, 'production')
  assert.deepEqual(warnings, [])
})

test('what is no object at all is told in one line', () => {
  for (const exported of [undefined, null, 3, 'x', () => RIGHT]) {
    assert.deepEqual(complaints(exported), ['the config must be an object'])
  }
})

test('each key that is missing is told in a line of its own', () => {
  assert.deepEqual(
    complaints({}),
    ['app', 'repository', 'environments', 'steps'].map((key) => `${key} is missing`),
  )
})

describe('the default environment', () => {
  const production = { hosts: ['web1'] }
  const of = (environments: object) => checkConfig(FILE, { ...RIGHT, environments }).defaultEnvironment

  test('is the one that says so', () =>
    assert.equal(of({ production, staging: { ...production, default: true } }), 'staging'))
  test('is the only one', () => assert.equal(of({ production }), 'production'))
  test('is none of several', () => assert.equal(of({ production, sandbox: sandbox() }), undefined))
  test('may be the sandbox', () =>
    assert.equal(of({ production, sandbox: sandbox({ default: true }) }), 'sandbox'))
})

test('an environment keeps its settings, and the sandbox has none', () => {
  const hosts = ['web1', { name: 'web2', address: '192.0.2.2', port: 2222, user: 'bob' }]
  const production = { hosts, branch: 'release', confirm: true, ssh: { user: 'alice', port: 22 } }
  const { environments } = checkConfig(FILE, {
    ...RIGHT,
    environments: { production, sandbox: sandbox({ branch: 'x' }) },
  })
  assert.deepEqual(environments, [
    {
      ...{
        name: 'production',
        branch: 'release',
        kind: 'hosts',
        confirm: true,
        ssh: { user: 'alice', port: 22 },
      },
      hosts: [{ name: 'web1' }, { name: 'web2', address: '192.0.2.2', port: 2222, user: 'bob' }],
    },
    { name: 'sandbox', branch: 'x', kind: 'sandbox', isBranchNamed: true },
  ])
})

test("paths are relative to the config's folder, ~ is the home directory", () => {
  const paths = (identityFile: string, knownHostsFile: string) => {
    const environments = { production: { hosts: ['web1'], ssh: { identityFile, knownHostsFile } } }
    const [environment] = checkConfig(FILE, { ...RIGHT, environments }).environments
    return environment?.kind === 'hosts' ? [environment.ssh.identityFile, environment.ssh.knownHostsFile] : []
  }
  assert.deepEqual(paths('keys/deploy', './known_hosts'), ['/project/keys/deploy', '/project/known_hosts'])
  assert.deepEqual(paths('~/.ssh/id', '~'), [join(homedir(), '.ssh/id'), homedir()])
  assert.deepEqual(paths('/etc/keys/x', '../known_hosts'), ['/etc/keys/x', '/known_hosts'])
  assert.deepEqual(paths('~alice/x', 'a~/x'), ['/project/~alice/x', '/project/a~/x'])
})

test('a rule that names branches allows no tag, and the other way round; what names neither allows all', () => {
  const { recipe } = checkConfig(FILE, {
    ...RIGHT,
    allow: [
      { group: 'a', branches: ['x'] },
      { group: 'b', tags: [] },
      { group: 'c', tags: ['v*'] },
      { group: 'd' },
      { group: 'e', branches: ['x'], tags: ['v*'] },
    ],
  })
  assert.deepEqual(recipe.allow, [
    { group: 'a', branches: ['x'], tags: [], verbs },
    { group: 'b', branches: ['*'], tags: [], verbs },
    { group: 'c', branches: [], tags: ['v*'], verbs },
    { group: 'd', branches: ['*'], tags: ['*'], verbs },
    { group: 'e', branches: ['x'], tags: ['v*'], verbs },
  ])
})

test("a step that may run code of the repository as the app's account is warned of once, and as: 'build' ends it", () => {
  const warnings = (...steps: object[]) =>
    checkConfig(FILE, { ...RIGHT, account: 'deploy-shop', steps: [...RIGHT.steps, ...steps] }).warnings
  assert.deepEqual(warnings(command(['npm', 'ci'])), [
    "step 'npm ci' may run code of the repository as deploy-shop: anybody who can push to an allowed branch can then do everything that " +
      "deploy-shop may do; use as: 'build'",
  ])
  assert.equal(warnings(make('html'), shell('true')).length, 2)
  assert.deepEqual(warnings(make('html', { as: 'build' }), shell('true', { as: 'build' })), [])
})
