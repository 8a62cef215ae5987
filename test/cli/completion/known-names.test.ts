import assert from 'node:assert/strict'
import { globSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  type KnownApp,
  noteApps,
  noteRuns,
  readApps,
  readRuns,
} from '../../../src/cli/completion/known-names.ts'
import { loadApps } from '../../../src/cli/completion/load-apps.ts'
import { hideSecrets } from '../../../src/safe-text/secrets.ts'

const { XDG_CACHE_HOME } = process.env
const folder = mkdtempSync(join(tmpdir(), 'shipit-known-'))
const file = join(folder, 'deploy.config.ts')
const APP: KnownApp = { app: 'shop', paths: [], environments: [], flags: {}, steps: [] }
describe('what completion knows', () => {
  before(() => {
    process.env.XDG_CACHE_HOME = folder
    writeFileSync(file, 'x')
  })
  after(() => {
    if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME
    else process.env.XDG_CACHE_HOME = XDG_CACHE_HOME
    rmSync(folder, { recursive: true })
  })

  test('knows a config until it changes, and what it was before', () => {
    assert.deepEqual(readApps(file), { apps: undefined, isFresh: false })
    noteApps(file, [APP])
    assert.deepEqual(readApps(file), { apps: [APP], isFresh: true })
    writeFileSync(file, 'longer')
    assert.deepEqual(readApps(file), { apps: [APP], isFresh: false })
    noteApps(file, undefined)
    assert.deepEqual(readApps(file), { apps: undefined, isFresh: true })
    utimesSync(file, 1, 1)
    assert.equal(readApps(file).isFresh, false)
    noteApps(join(folder, 'none'), [APP])
    assert.equal(readApps(join(folder, 'none')).apps, undefined)
  })

  test('keeps no name that is never shown', async () => {
    const config = join(folder, 'secret.config.ts')
    writeFileSync(
      config,
      `export default { app: 'shop', repository: '/srv/x', redact: ['hunter2-secret'], redactEnv: ['SHIPIT_TEST_TOKEN'],
  environments: { 'hunter2-secret': { hosts: ['a'] }, live: { hosts: ['hunter2-secret', 'b'] } },
  flags: { colour: { summary: 'not hunter2-secret', choices: ['red', 'hunter2-secret'] } },
  steps: [{ step: 'git', options: {} }, { step: 'shell', argument: 'true', options: { name: 'swordfish!'.slice(0, 9) } }] }`,
    )
    process.env.SHIPIT_TEST_TOKEN = 'swordfish'
    try {
      // a Tab waits 1.5 s for a config, which a busy machine may need for its process alone
      let [names]: readonly KnownApp[] = []
      for (let tries = 0; names === undefined && tries < 20; tries++) [names] = (await loadApps(config)) ?? []
      assert.deepEqual(names, {
        ...{ app: 'shop', paths: [], environments: [{ name: 'live', hosts: ['b'] }], steps: ['git'] },
        flags: { colour: { summary: 'not ***', choices: ['red'] } },
      })
      noteRuns({ file: config, recipe: { app: 'shop' } }, 'live', [
        { run: 'id', ref: { kind: 'branch', name: 'x-hunter2-secret' } },
      ])
      const kept = globSync('**/*.json', { cwd: folder }).map((each) =>
        readFileSync(join(folder, each), 'utf8'),
      )
      assert.ok(kept.length >= 2)
      assert.doesNotMatch(kept.join('\n'), /hunter2|swordfish/)
    } finally {
      hideSecrets([])
      delete process.env.SHIPIT_TEST_TOKEN
    }
  })

  test('knows the newest runs of each app and environment', () => {
    const about = { file, recipe: { app: 'shop' } }
    const ref = { kind: 'branch', name: 'main' } as const
    const id = (day: number) => `202611${String(day).padStart(2, '0')}T120000Z-0123456789abcdef`
    noteRuns(about, 'production', [{ run: id(2), ref }])
    noteRuns(
      about,
      'production',
      [1, 2, 3].map((day) => ({ run: id(day), ref, user: 'alice' })),
    )
    noteRuns(about, 'staging', [{ run: id(9), ref, user: 'bob' }])
    noteRuns(about, 'staging', [])
    assert.deepEqual(
      readRuns(file, 'shop', 'production').map(({ run, user }) => [run, user]),
      [3, 2, 1].map((day) => [id(day), 'alice']),
    )
    assert.deepEqual(readRuns(file, 'shop', 'staging'), [{ run: id(9), ref: 'main', user: 'bob' }])
    assert.deepEqual(readRuns(file, 'other', 'staging'), [])
    const many = Array.from({ length: 100 }, (_, index) => ({ run: `${id(4)}${index}`, ref, user: 'a' }))
    noteRuns(about, 'production', many)
    assert.equal(readRuns(file, 'shop', 'production').length, 30)
  })
})
