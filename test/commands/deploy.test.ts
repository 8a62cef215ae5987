// The flags of `shipit deploy`: its own and the recipe's. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { runShipit } from '../run-node.ts'

const cwd = mkdtempSync(join(tmpdir(), 'shipit-deploy-'))

before(() => {
  writeFileSync(
    join(cwd, 'deploy.config.mjs'),
    `export default {
  app: 'codebase',
  repository: 'git@git.example.com:codebase.git',
  environments: { production: { hosts: ['web1.example.com'] } },
  flags: { docs: { char: 'd', summary: 'build the docs' }, colour: { summary: 'it', choices: ['red', 'green'] } },
  steps: [{ step: 'git', options: {} }],
}
`,
  )
})
after(() => rmSync(cwd, { recursive: true }))

describe('deploy refuses with 2', { concurrency: true }, () => {
  for (const [words, message] of [
    [['--nonsense'], "unknown flag '--nonsense'"],
    [['-d', '--doc'], "unknown flag '--doc'"],
    [['--colour', 'blue'], "'blue' is not a value of --colour: it takes red, green"],
    [['--wait', '5'], "'5' is not a duration: write 90s, 15m or 2h"],
    [['--branch', 'a', '--tag', 'b'], '--branch and --tag exclude each other: pass one of them'],
    [['--host', 'web1', 'production', 'staging'], "unexpected argument 'staging'"],
  ] as const) {
    test(words.join(' '), async () => {
      const run = await runShipit(['deploy', ...words], { cwd })
      assert.equal(run.exitCode, 2)
      assert.ok(run.stderr.includes(message), run.stderr)
    })
  }
})

test('a dry run takes every flag of a deploy', async () => {
  const nobody = "hosts: [{ name: 'web1', address: '127.0.0.1', port: 1, user: 'alice' }]"
  const text = readFileSync(join(cwd, 'deploy.config.mjs'), 'utf8')
  writeFileSync(join(cwd, 'dry.config.mjs'), text.replace("hosts: ['web1.example.com']", nobody))
  const words = ['--dry-run', '--outdated', '--partial', '--detach', '--wait', '5m', '--yes', '--allow-drift']
  const { exitCode, stderr } = await runShipit(['deploy', ...words, '--config', 'dry.config.mjs'], { cwd })
  assert.equal(exitCode, 69, stderr)
  assert.match(stderr, /'web1' \(127\.0\.0\.1:1\) refused the connection/)
})

test('without a terminal, deploy asks no host for what it may not do without a confirmation', async () => {
  writeFileSync(
    join(cwd, 'confirm.config.mjs'),
    `const host = (name) => ({ name, address: '127.0.0.1', port: 1, user: 'alice' })
export default {
  app: 'codebase',
  repository: '/srv/x',
  environments: {
    staging: { hosts: [host('web1')] },
    production: { hosts: [host('web2')], after: 'staging', confirm: true },
  },
  steps: [{ step: 'git', options: {} }],
}
`,
  )
  const words = ['deploy', 'production', '--config', 'confirm.config.mjs', '--from', 'staging']
  const run = await runShipit(words, { cwd })
  assert.deepEqual(
    [run.exitCode, run.stderr.split('\n')[0]],
    [2, "error: deploying branch 'master' to production needs a confirmation: pass --yes"],
  )
  assert.equal((await runShipit([...words, '--yes'], { cwd })).exitCode, 69)
  assert.equal((await runShipit([...words, '--dry-run'], { cwd })).exitCode, 69)
})

test('deploy tells a missing config with 78, as text and as JSON', async () => {
  const [text, json] = await Promise.all([
    runShipit(['deploy'], { cwd: tmpdir() }),
    runShipit(['deploy', '--json'], { cwd: tmpdir() }),
  ])
  assert.equal(text.exitCode, 78)
  assert.match(text.stderr, /^error: no deploy\.config\.ts in /)
  assert.equal(json.exitCode, 78)
  const { code, exitCode } = JSON.parse(json.stdout) as Record<string, unknown>
  assert.deepEqual({ code, exitCode }, { code: 'SHIPIT_CONFIG', exitCode: 78 })
})
