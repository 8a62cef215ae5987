// The configs and steps in the documents: they have the types that the package exports, and can be loaded.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { readConfigs } from '../src/config/load/read-config.ts'
import { formatRights } from '../src/install/right.ts'
import { rightsOf } from '../src/install/rights.ts'
import { FENCE, PAGES, prose, read, root } from './support/pages.ts'

/** A call of a step function, as code of a line. */
const STEP = /`((?:check|command|git|make|releases|restorecon|root|rsync|service|shell)\([^`\n]*\))`/g
/** A type that people write by hand: all but what the functions make of it. */
const CONFIG_TYPE = /^export type (?!Sandbox|Written|When)/
const KEY_LINE = /^ +(\w+)\??: /gm
/** Takes the place of `AAAA…` in a config: a public key of its type. */
const KEY = `AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)}`

/** The blocks of a page that are whole configs. */
function configs(page: string): string[] {
  return [...read(page).matchAll(FENCE)].flatMap(([, language, text = '']) =>
    language === 'ts' && /export default (?:defineConfig|\[)/.test(text) ? [text] : [],
  )
}

/** Steps in the text of a page, in tables for example; one without a word in quotes, or with a …, is no whole step. */
function steps(page: string): string[] {
  return [...prose(page).matchAll(STEP)].flatMap(([, step = '']) =>
    step.includes("'") && !step.includes('…') ? [step] : [],
  )
}

/** A config with these steps. */
function configOf(steps: readonly string[]): string {
  const names = 'check, command, defineConfig, git, make, releases, restorecon, root, rsync, service, shell'
  return `import { ${names} } from '@deploybot/shipit'
export default defineConfig({
  app: 'shop',
  repository: '/srv/git/shop.git',
  environments: {},
  flags: { docs: { summary: 'the docs' } },
  steps: [\n${steps.join(',\n')}\n],
})
`
}

/** The keys of the config's types. */
function documentedKeys(): string[] {
  const text = ['config/define-config.ts', 'recipe/step-options.ts'].map((file) => read(join('src', file)))
  const options = text.flatMap((each) => each.split(/^(?=export )/m)).filter((part) => CONFIG_TYPE.test(part))
  assert.ok(options.length > 10)
  return options.flatMap((part) => [...part.matchAll(KEY_LINE)].map(([, key = '']) => key))
}

describe('the configs in the documents', () => {
  const found = PAGES.flatMap((page) => configs(page).map((text) => ({ page, text })))
  test('the README, the page of every key and each recipe have a config', () => {
    const pages = new Set(found.map(({ page }) => page))
    const wanted = ['README.md', 'docs/config.md', ...globSync('docs/recipes/*.md', { cwd: root })]
    assert.deepEqual(
      wanted.filter((page) => !pages.has(page)),
      [],
    )
  })
  test('the page of every key has every key', () => {
    const [config = ''] = configs('docs/config.md')
    const missing = documentedKeys().filter((key) => !new RegExp(`\\b${key}\\b`).test(config))
    assert.deepEqual(missing, [])
  })
  test('their types are those that the package exports', () => {
    const folder = mkdtempSync(join(tmpdir(), 'shipit-docs-'))
    try {
      const files = found.map(({ text }, index) => {
        writeFileSync(join(folder, `${index + 1}.mts`), text)
        return `${index + 1}.mts`
      })
      writeFileSync(join(folder, 'steps.mts'), configOf(PAGES.flatMap(steps)))
      const settings = {
        extends: join(root, 'tsconfig.json'),
        compilerOptions: { types: [] },
        include: [],
        files: [...files, 'steps.mts'],
      }
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
      const tsc = join(root, 'node_modules/typescript/bin/tsc')
      const run = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' })
      const said = run.stdout.split('\n').filter((line) => /^\S*(?:\d|steps)\.mts\(/.test(line))
      assert.deepEqual([run.stderr, said], ['', []])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
  for (const [index, { page, text }] of found.entries()) {
    test(`config ${index + 1}, in ${page}, can be loaded`, async () => {
      await load(text)
    })
  }
  test("the README's question before an install is what its config gives", async () => {
    const [shown = ''] = /^install: the rights that root gives[^`]*/m.exec(read('README.md')) ?? []
    const [text = ''] = configs('README.md')
    const [{ recipe, access }] = await load(text)
    const given = new Set(formatRights(rightsOf(recipe, access)))
    const lines = shown.split('\n').filter((line) => line.startsWith('  ') && line.trim() !== '…')
    assert.ok(lines.length > 6)
    assert.deepEqual(
      lines.filter((line) => !given.has(line.replace('  + ', '    '))),
      [],
    )
    const asked = read('remote/install/base.sh')
    const said = shown.match(/^install: .*$/gm)?.map((line) => line.slice('install: '.length)) ?? []
    assert.deepEqual(said, [
      `the rights that root gives the app '${recipe.app}' change:`,
      'make these changes? [y/N]',
    ])
    assert.ok(asked.includes('make these changes? [y/N]'))
  })
})

/** A config as shipit loads it. */
async function load(text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-docs-'))
  try {
    const file = join(folder, 'deploy.config.ts')
    writeFileSync(file, text.replaceAll('AAAA…', KEY))
    return await readConfigs(file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
