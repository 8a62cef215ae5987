// Where the values of a config come from.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkConfig } from '../../../src/config/check/check-config.ts'
import { originsOf } from '../../../src/config/source/origins.ts'
import { git, releases, root, rsync, sandbox } from '../../../src/index.ts'

const TEXT = `export default defineConfig({
  app: 'shop',
  repository: '/srv/git/shop.git',
  environments: {
    sandbox: sandbox(),
    production: { hosts: HOSTS, confirm: true, ssh: { user: 'bob' } },
  },
  steps: [
    git(),
    rsync({ from: 'src/', to: '/var/shop/src/', delete: true }),
    root(['/usr/bin/systemctl', 'restart', 'shop'], { timeout: 9 }),
    releases({ root: '/srv/shop' }),
  ],
})
`
const EXPORTED = {
  app: 'shop',
  repository: '/srv/git/shop.git',
  environments: {
    sandbox: sandbox(),
    production: { hosts: ['web1', { name: 'web2', port: 23 }], confirm: true, ssh: { user: 'bob' } },
  },
  steps: [
    git(),
    rsync({ from: 'src/', to: '/var/shop/src/', delete: true }),
    root(['/usr/bin/systemctl', 'restart', 'shop'], { timeout: 9 }),
    releases({ root: '/srv/shop' }),
  ],
}

const values = originsOf(checkConfig('/x/deploy.config.ts', EXPORTED, TEXT), TEXT)
const told = (path: string) =>
  values.filter((each) => each.path === path).map(({ value, from, line }) => [value, from, line])

test('what the file says has its line', () => {
  assert.deepEqual(told('app'), [['shop', 'file', 2]])
  assert.deepEqual(told('environments.production.confirm'), [[true, 'file', 6]])
  assert.deepEqual(told('environments.production.ssh.user'), [['bob', 'file', 6]])
  assert.deepEqual(told('steps[1].from'), [['src/', 'file', 10]])
  assert.deepEqual(told('steps[2]'), [[{ root: ['/usr/bin/systemctl', 'restart', 'shop'] }, 'file', 11]])
  assert.deepEqual(told('steps[2].timeout'), [[9, 'file', 11]])
})

test('what code makes is of the file, without a line', () => {
  assert.deepEqual(told('environments.production.hosts[0]'), [['web1', 'file', undefined]])
  assert.deepEqual(told('environments.production.hosts[1].port'), [[23, 'file', undefined]])
})

test('the rest are defaults', () => {
  assert.deepEqual(told('account'), [['deploybot', 'default', undefined]])
  assert.deepEqual(told('environments.production.branch'), [['master', 'default', undefined]])
  assert.deepEqual(told('allow[0].group'), [['deployers', 'default', undefined]])
  assert.deepEqual(told('steps[1].timeout'), [[600, 'default', undefined]])
  assert.deepEqual(told('git.deployKey'), [[false, 'default', undefined]])
})

test('both steps of releases() have the path of their one call', () => {
  assert.deepEqual(
    told('steps[3].root').map(([, from, line]) => [from, line]),
    [
      ['file', 12],
      ['file', 12],
    ],
  )
  assert.deepEqual(told('steps[4]'), [])
})

test('what is never shown is not shown, and has its line', () => {
  const exported = { ...EXPORTED, redact: ['hunter2-secret', /token=(.+)/] }
  const text = TEXT.replace(
    '  steps: [',
    "  redact: [\n    'hunter2-secret',\n    /token=(.+)/,\n  ],\n  steps: [",
  )
  const shown = originsOf(checkConfig('/x/deploy.config.ts', exported, text), text)
  assert.deepEqual(
    shown.filter(({ path }) => path.startsWith('redact[')),
    [
      { path: 'redact[0]', value: 'a text', from: 'file', line: 9 },
      { path: 'redact[1]', value: 'a pattern', from: 'file', line: 10 },
    ],
  )
})
