// `shipit config`: what it prints for people and for programs. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { runShipit } from '../run-node.ts'
import { checkJsonLines } from '../support/json-lines.ts'

const cwd = mkdtempSync(join(tmpdir(), 'shipit-config-'))
after(() => rmSync(cwd, { recursive: true }))
writeFileSync(
  join(cwd, 'deploy.config.ts'),
  `import { command, defineConfig, git, releases, root, sandbox, shell } from '@deploybot/shipit'
const hosts = ['web1', { name: 'web2', port: 2222 }]
export default defineConfig({
  app: 'shop',
  repository: '/srv/git/shop.git',
  environments: { sandbox: sandbox(), staging: { hosts: ['test1'] }, production: { hosts, after: 'staging', ssh: { user: process.env.NOBODY ?? 'bob' } } },
  flags: { docs: { summary: 'the docs', char: 'd' }, colour: { summary: 'a colour', choices: ['red', 'blue'] } },
  people: { alice: ['ssh-ed25519 ${'A'.repeat(68)}'] },
  steps: [git(), command(['npm', 'ci'], { as: 'build', out: 'x', env: { A: 'b' } }), shell('true', { when: 'docs' }),
    releases({ root: '/srv/shop', shared: ['log'] }), root(['/usr/bin/systemctl', 'restart', 'shop'])],
})
`,
)

test('shows each value with its line, or that it is a default', async () => {
  const { exitCode, stdout } = await runShipit(['config'], { cwd })
  assert.equal(exitCode, 0)
  for (const line of [
    /^app +shop {2}\(line 4\)$/m,
    /^account +deploybot {2}\(default\)$/m,
    /^environments\.production\.hosts\[1\]\.port +2222 {2}\(line 2\)$/m,
    /^environments\.production\.ssh\.user +bob {2}\(line 6\)$/m,
    /^environments\.production\.branch +master {2}\(default\)$/m,
    /^environments\.production\.after +staging {2}\(line 6\)$/m,
    /^flags\.colour\.choices +red, blue {2}\(line 7\)$/m,
    /^steps\[1\] +command npm ci {2}\(line 9\)$/m,
    /^steps\[1\]\.env\.A +b {2}\(line 9\)$/m,
    /^steps\[4\]\.timeout +60 {2}\(default\)$/m,
  ])
    assert.match(stdout, line)
  // a rehearsal takes the branch that is checked out
  assert.doesNotMatch(stdout, /sandbox\.branch/)
})

test('prints one object with --json, as its schema has it', async () => {
  const { exitCode, stdout } = await runShipit(['config', '--json'], { cwd })
  assert.equal(exitCode, 0)
  const [line, ...more] = checkJsonLines(stdout)
  assert.deepEqual([line?.event, more], ['config', []])
})

test('of several apps, commands take the one that is named, or whose folder it is, and say how to name one', async () => {
  const top = join(cwd, 'several')
  mkdirSync(join(top, '.git'), { recursive: true })
  mkdirSync(join(top, 'apps/api'), { recursive: true })
  writeFileSync(
    join(top, 'deploy.config.ts'),
    `import { defineConfig, git } from '@deploybot/shipit'
const repository = '/srv/git/mono.git'
const environments = { production: { hosts: [{ name: 'web1', address: '127.0.0.1', port: 1, user: 'alice' }] } }
const common = { repository, environments }
export default [
  defineConfig({ ...common, app: 'web', account: 'deploy-web', flags: { fast: { summary: 'be fast' } }, steps: [git()] }),
  defineConfig({ ...common, app: 'api', account: 'deploy-api', paths: ['apps/api/'], steps: [git()] }),
]
`,
  )
  const none = await runShipit(['status', 'production'], { cwd: top })
  assert.equal(none.exitCode, 2)
  assert.match(none.stderr, /the config has several apps: web, api/)
  assert.match(none.stderr, /^ *shipit status production --app web$/m)

  const here = await runShipit(['config', '--json'], { cwd: join(top, 'apps/api') })
  const [line] = checkJsonLines(here.stdout)
  assert.ok(line?.event === 'config')
  const values = new Map((line.values as { path: string }[]).map(({ path, ...value }) => [path, value]))
  assert.deepEqual(values.get('app'), { value: 'api', from: 'file', line: 7 })
  assert.deepEqual(values.get('paths'), { value: ['apps/api/'], from: 'file', line: 7 })

  // what a person is told to do next names the app, whoever says it
  const unreached = await runShipit(['doctor', '--app', 'web'], { cwd: top })
  assert.equal(unreached.exitCode, 69)
  const shown = await runShipit(['config', '--app=web'], { cwd: top })
  assert.match(shown.stderr, /shipit hosts production --app web --resolved/)
  const help = await runShipit(['deploy', '--help', '--app', 'web'], { cwd: top })
  assert.match(help.stdout, /--fast +be fast/)
  const wrong = await runShipit(['deploy', '--app', 'api', '--fast'], { cwd: top })
  assert.equal(wrong.exitCode, 2)
  const script = await runShipit(['install', '--app', 'api', '--out', 'api.sh'], { cwd: top })
  assert.equal(script.exitCode, 0, script.stderr)
  assert.match(readFileSync(join(top, 'api.sh'), 'utf8'), /^# Installs the app 'api' of shipit/m)
})
