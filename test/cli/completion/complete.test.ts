import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { complete, type KnownCommand } from '../../../src/cli/completion/complete.ts'
import type { KnownApp } from '../../../src/cli/completion/known-names.ts'
import { root } from '../../run-node.ts'

const WEB: KnownApp = {
  app: 'web',
  paths: [],
  default: 'production',
  environments: [
    { name: 'production', hosts: ['web1', 'web2'] },
    { name: 'staging', hosts: ['stage'] },
    { name: 'sandbox', hosts: [] },
  ],
  flags: {
    docs: { char: 'd', summary: 'the docs' },
    colour: { char: 'c', summary: 'a colour', choices: ['red', 'green'] },
  },
  steps: ['git', 'make html'],
}
const RUN = { run: '20261122T120000Z-0a1b2c3d4e5f6071', ref: 'main', user: 'alice' }
const manifest: { commands: Record<string, KnownCommand> } = JSON.parse(
  readFileSync(join(root, 'oclif.manifest.json'), 'utf8'),
)

async function completed(line: string, here: readonly KnownApp[] = [WEB]) {
  const asked: (string | undefined)[] = []
  const { completion } = await complete(line.split(' '), {
    commands: Object.values(manifest.commands),
    config: async (named, app) => {
      asked.push(named)
      return {
        file: '/p/deploy.config.ts',
        apps: here.map((each) => each.app),
        here: here.filter((each) => app === undefined || each.app === app),
      }
    },
    refs: async (kind) => [kind],
    runs: (_, environment) => (environment === 'production' ? [RUN] : []),
  })
  return {
    values: completion === 'files' ? completion : completion.map(({ value }) => value),
    completion,
    asked,
  }
}

describe('what may stand there', () => {
  for (const [line, values] of [
    ['deploy ', ['production', 'staging', 'sandbox']],
    ['deploy production ', []],
    ['deploy --host ', ['web1', 'web2']],
    ['deploy staging --host ', ['stage']],
    ['deploy --branch x staging --host=', ['stage']],
    ['deploy --host web1 --host ', ['web1', 'web2']],
    ['deploy --colour ', ['red', 'green']],
    ['deploy -c ', ['red', 'green']],
    ['deploy -d ', ['production', 'staging', 'sandbox']],
    ['deploy -b ', ['branch']],
    ['plan --tag=', ['tag']],
    ['deploy --from ', ['production', 'staging', 'sandbox']],
    ['log --step ', ['git', 'make html']],
    ['log --run ', ['last', '0a1b2c3']],
    ['log --run 2026', ['last', RUN.run]],
    ['log staging --run ', []],
    ['report ', ['production', 'staging', 'sandbox', 'last', '0a1b2c3']],
    ['report --out ', 'files'],
    ['rollback --to ', ['last', '0a1b2c3']],
    ['install --to ', []],
    ['trust ', ['web1', 'web2', 'stage']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['config --config ', 'files'],
    ['deploy --commit ', []],
    ['deploy -- ', []],
    ['nonsense ', []],
    ['-', ['--help', '--version']],
    ['config --', ['--app', '--config', '--json', '--help']],
    ['config --json --', ['--app', '--config', '--help']],
  ] as const)
    test(`shipit ${line}`, async () => assert.deepEqual((await completed(line)).values, values))

  test('is of the app that the line names, or of all', async () => {
    const shop = { ...WEB, app: 'shop', environments: [{ name: 'live', hosts: ['s1'] }], flags: {} }
    const both = [WEB, shop]
    assert.deepEqual((await completed('deploy --app ', both)).values, ['web', 'shop'])
    assert.deepEqual((await completed('deploy ', both)).values, ['production', 'staging', 'sandbox', 'live'])
    assert.deepEqual((await completed('deploy --app shop ', both)).values, ['live'])
    assert.ok(!(await completed('deploy --app=shop --', both)).values.includes('--docs'))
    assert.deepEqual((await completed('init --app ', both)).values, [])
  })

  test('names each command with what it does', async () => {
    const { completion } = await completed('')
    assert.equal(completion.length, Object.keys(manifest.commands).length)
    assert.deepEqual(
      (completion as { value: string }[]).find(({ value }) => value === 'deploy'),
      { value: 'deploy', about: 'Deploy a branch or a tag to the hosts of an environment.' },
    )
  })

  test('has the flags of the recipe where they are taken', async () => {
    for (const command of ['deploy', 'plan'])
      assert.ok((await completed(`${command} --`)).values.includes('--colour'))
    assert.ok(!(await completed('history --')).values.includes('--colour'))
  })

  test('reads the config that the line names, once, and none where it needs none', async () => {
    assert.deepEqual((await completed('deploy --config x.ts --host ')).asked, ['x.ts'])
    assert.deepEqual((await completed('deploy --config=x.ts ')).asked, ['x.ts'])
    assert.deepEqual((await completed('dep')).asked, [])
    assert.deepEqual((await completed('history --')).asked, [])
  })

  test('is something for every command, with a config and without', async () => {
    for (const id of Object.keys(manifest.commands)) {
      assert.ok((await completed(`${id} --`)).values.includes('--help'), id)
      for (const flag of Object.keys(manifest.commands[id]?.flags ?? {}))
        for (const line of [`${id} --${flag} `, `${id} --${flag}=`]) await completed(line, [])
    }
  })
})
