// schema/config-1.schema.json says of a config what shipit says of it, as far as one value alone can be right or wrong.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { configDataSchema } from '../../../build/schema.ts'
import { checkApps } from '../../../src/config/check/check-apps.ts'
import { judgeBy } from '../../support/json-lines.ts'
import { FENCE, PAGES, read, root } from '../../support/pages.ts'

const KEY = `AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)}`
const schema = configDataSchema()
const isConfig = judgeBy(schema)
const folder = mkdtempSync(join(tmpdir(), 'shipit-schema-'))
after(() => rmSync(folder, { recursive: true }))

/** What a config module exports, as a program that reads JSON has it. */
async function dataOf(text: string, name: string): Promise<Record<string, unknown>> {
  const file = join(folder, name)
  const index = pathToFileURL(join(root, 'src/index.ts')).href
  writeFileSync(file, text.replaceAll("'@deploybot/shipit'", `'${index}'`).replaceAll('AAAA…', KEY))
  const { default: exported } = await import(pathToFileURL(file).href)
  return JSON.parse(JSON.stringify(exported, sourceOf))
}

/** A pattern is a value of a module; as data it is its source. */
function sourceOf(_key: string, value: unknown): unknown {
  return value instanceof RegExp ? { pattern: value.source, flags: value.flags } : value
}

/** Says whether shipit takes it. */
function isTaken(data: unknown): boolean {
  try {
    checkApps('/project/deploy.config.ts', data)
    return true
  } catch {
    return false
  }
}

describe('the schema of a config', () => {
  const texts = PAGES.flatMap((page) =>
    [...read(page).matchAll(FENCE)].flatMap(([, language, text = '']) =>
      language === 'ts' && /export default (?:defineConfig|\[)/.test(text) ? [text] : [],
    ),
  )
  texts.push(readFileSync(join(root, 'deploy.config.ts'), 'utf8'))

  test('takes every config of the documents, which shipit takes', async () => {
    assert.ok(texts.length > 5)
    for (const [index, text] of texts.entries()) {
      const data = await dataOf(text, `config-${index}.mts`)
      assert.ok(isTaken(data), text)
      assert.ok(isConfig(data), text)
    }
  })

  const RIGHT = {
    app: 'shop',
    repository: 'git@git.example.com:shop.git',
    environments: {
      production: { hosts: ['web1', { name: 'web2', port: 2222 }], ssh: { connectTimeout: 5 } },
      sandbox: { sandbox: true },
    },
    flags: { docs: { char: 'd', summary: 'the docs' } },
    redact: ['hunter2', { pattern: 'token=(\\S+)' }, { pattern: 'x+y', flags: 'i' }],
    redactEnv: ['DEPLOY_TOKEN'],
    people: { alice: [`ssh-ed25519 ${KEY}`], bob: { keys: [`ssh-ed25519 ${KEY}`], group: 'deployers' } },
    steps: [
      { step: 'git', options: {} },
      { step: 'command', argument: ['npm', 'ci'], options: { as: 'build' } },
      { step: 'rsync', options: { from: 'a/', to: '/var/shop/a/', delete: true } },
    ],
  }

  test('takes each form of a host, an environment and a person, and refuses what shipit refuses', () => {
    assert.ok(isTaken(RIGHT))
    assert.ok(isConfig(RIGHT))
    const wrong: readonly object[] = [
      { app: 'Shop' },
      { app: undefined },
      { more: 1 },
      { repository: '-x' },
      { environments: { production: { hosts: [] } } },
      { environments: { production: { hosts: [7] } } },
      { environments: { production: { hosts: [{ name: 'web1', prot: 22 }] } } },
      { environments: { production: { hosts: [{ name: 'web1', port: 99_999 }] } } },
      { environments: { sandbox: { sandbox: false } } },
      { environments: { Production: { hosts: ['web1'] } } },
      { people: { alice: ['no key'] } },
      { people: { bob: { keys: [] } } },
      { flags: { docs: {} } },
      { paths: [] },
      { paths: ['../web'] },
      { redact: ['abc'] },
      { redact: [7] },
      { redact: [{ pattern: 'token', flags: 'y' }] },
      { redact: [{ source: 'token' }] },
      { redactEnv: ['A-B'] },
      { steps: [] },
      { steps: [{ step: 'gti', options: {} }] },
      { steps: [{ step: 'git', options: { name: '-x' } }] },
      { steps: [{ step: 'command', argument: [], options: {} }] },
      { steps: [{ step: 'command', argument: ['x'], options: { as: 'root' } }] },
      { steps: [{ step: 'rsync', options: { from: 'a/', to: 'b/', delete: true } }] },
    ]
    for (const change of wrong) {
      const config = { ...RIGHT, ...change }
      assert.ok(!isTaken(config), JSON.stringify(change))
      assert.ok(!isConfig(JSON.parse(JSON.stringify(config))), JSON.stringify(change))
    }
  })

  test('takes a list of apps, and no empty one', () => {
    const other = {
      ...{ ...RIGHT, app: 'api', account: 'deploy-api', steps: [{ step: 'git', options: {} }] },
      paths: ['apps/api/', 'package-lock.json'],
    }
    for (const [data, isRight] of [
      [[RIGHT], true],
      [[RIGHT, other], true],
      [[], false],
      [[RIGHT, { ...other, paths: 'apps/api/' }], false],
      [[[RIGHT]], false],
    ] as const) {
      assert.equal(isTaken(data), isRight, JSON.stringify(data))
      assert.equal(isConfig(data), isRight, JSON.stringify(data))
    }
  })

  test('has nothing that was chosen by what is written', () => {
    assert.doesNotMatch(JSON.stringify(schema.$defs.app), /\$ref|\$defs|lazy/)
  })
})
