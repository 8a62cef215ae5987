// The documents: each relative link and anchor leads somewhere, no page is lost, and the configs in them can be loaded.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { describe, test } from 'node:test'
import { readConfig } from '../src/config/read-config.ts'

const root = join(import.meta.dirname, '..')
const TOP = ['README.md', 'SECURITY.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md']
const PAGES = [...TOP, ...globSync('docs/**/*.md', { cwd: root })].sort()

const FENCE = /^```(\w*)[^\n]*\n(.*?)^```$/gms
const CODE = /`[^`\n]*`/g
/** A call of a step function, as code of a line. */
const STEP = /`((?:check|command|git|make|releases|restorecon|root|rsync|shell)\([^`\n]*\))`/g
/** A type that people write by hand: all but what the functions make of it. */
const CONFIG_TYPE = /^export type (?!Sandbox|Written|When)/
const KEY_LINE = /^ +(\w+)\??: /gm
const LINK = /\[[^\]\n]*\]\(([^)\s]+)\)/g
const HEADING = /^#+ (.*)$/gm
/** Takes the place of `AAAA…` in a config: a public key of its type. */
const KEY = `AAAAC3NzaC1lZDI1NTE5AAAAI${'A'.repeat(43)}`
/** What GitHub drops when it makes an anchor of a heading. */
const DROPPED = /[^\p{L}\p{N}_\- ]/gu

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** The text without code, in which a `](` or `#` is none of Markdown's. Code in the words of a link stays. */
function prose(page: string): string {
  return read(page).replace(FENCE, '')
}

function anchors(page: string): Set<string> {
  const headings = [...prose(page).matchAll(HEADING)]
  return new Set(
    headings.map(([, words = '']) => words.toLowerCase().replace(DROPPED, '').replaceAll(' ', '-')),
  )
}

function links(page: string): string[] {
  const text = prose(page)
  const code = new Set([...text.matchAll(CODE)].map(([words]) => words))
  return [...text.matchAll(LINK)].flatMap(([whole, target = '']) =>
    [...code].some((words) => words.includes(whole)) ? [] : [target],
  )
}

/** What is wrong with a link of a page; nothing if it leads somewhere. */
function broken(page: string, link: string): string[] {
  if (/^[a-z]+:/.test(link)) return []
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : relative(root, join(root, dirname(page), path))
  if (target.startsWith('..') || !existsSync(join(root, target))) return [`${page}: ${link}: no such file`]
  if (anchor === undefined) return []
  const isPage = statSync(join(root, target)).isFile() && target.endsWith('.md')
  return isPage && anchors(target).has(anchor) ? [] : [`${page}: ${link}: no such heading`]
}

/** The blocks of a page that are whole configs. */
function configs(page: string): string[] {
  return [...read(page).matchAll(FENCE)].flatMap(([, language, text = '']) =>
    language === 'ts' && text.includes('export default defineConfig') ? [text] : [],
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
  const names = 'check, command, defineConfig, git, make, releases, restorecon, root, rsync, shell'
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
  const text = ['config/define-config.ts', 'recipe/steps.ts'].map((file) => read(join('src', file)))
  const options = text.flatMap((each) => each.split(/^(?=export )/m)).filter((part) => CONFIG_TYPE.test(part))
  assert.ok(options.length > 10)
  return options.flatMap((part) => [...part.matchAll(KEY_LINE)].map(([, key = '']) => key))
}

describe('the documents', () => {
  test('each relative link leads to a file, and each anchor to a heading', () => {
    assert.deepEqual(
      PAGES.flatMap((page) => links(page).flatMap((link) => broken(page, link))),
      [],
    )
  })

  test('a broken link, a broken anchor and a way out of the project are found', () => {
    assert.deepEqual(broken('docs/ci.md', 'nowhere.md'), ['docs/ci.md: nowhere.md: no such file'])
    assert.deepEqual(broken('docs/ci.md', '../../x'), ['docs/ci.md: ../../x: no such file'])
    assert.deepEqual(broken('README.md', '#nowhere'), ['README.md: #nowhere: no such heading'])
    assert.deepEqual(broken('README.md', 'docs#x'), ['README.md: docs#x: no such heading'])
    assert.deepEqual(broken('docs/ci.md', '../README.md#in-ci'), [])
  })

  test('each page can be reached from the README', () => {
    const reached = new Set(['README.md'])
    for (const page of reached) {
      for (const link of links(page)) {
        const path = link.split('#')[0]
        if (!path || /^[a-z]+:/.test(path)) continue
        const target = relative(root, join(root, dirname(page), path))
        if (PAGES.includes(target)) reached.add(target)
      }
    }
    assert.deepEqual(
      PAGES.filter((page) => !reached.has(page) && page !== 'CHANGELOG.md'),
      [],
    )
  })

  test('the README has at most 150 lines', () => {
    const lines = read('README.md').trimEnd().split('\n').length
    assert.ok(lines <= 150, `${lines} lines`)
  })

  test('the page of exit codes has the exit code of each error, and of no other', () => {
    const written = [...read('docs/reference/exit-codes.md').matchAll(/^\| `(SHIPIT_\w+)` +\| (\d+) +\|$/gm)]
    const errors = [...read('src/errors.ts').matchAll(/code = '(\w+)'\n +readonly exitCode = (\d+)/g)]
    assert.ok(errors.length > 15)
    assert.deepEqual(
      written.map(([, code, exit]) => `${code} ${exit}`),
      errors.map(([, code, exit]) => `${code} ${exit}`),
    )
    const means = read('docs/reference/exit-codes.md')
      .match(/^\| \d+/gm)
      ?.map((line) => line.slice(2))
    for (const [, code, exit] of errors) assert.ok(exit && means?.includes(exit), `${code}: ${exit}`)
  })

  test('the architecture has a place for each part of remote/, in lines of at most 120 characters', () => {
    const text = read('ARCHITECTURE.md')
    const parts = globSync('**/*.sh', { cwd: join(root, 'remote') })
    const isNamed = (part: string) =>
      [part, part.replace('install/', ''), part.replace(/^([a-z-]+)\.sh$/, '$1')].some((name) =>
        text.includes(`\`${name}\``),
      )
    assert.ok(parts.length > 50)
    assert.deepEqual(
      parts.filter((part) => !isNamed(part)),
      [],
    )
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 120),
      [],
    )
  })

  test('the changelog has a group for each reader, and no line twice', () => {
    const lines = read('CHANGELOG.md').split('\n')
    assert.deepEqual(
      lines.filter((line) => line.startsWith('### ')),
      ['### Deploying', '### In CI', '### Administering', '### Security'],
    )
    const changes = lines.filter((line) => line.startsWith('- '))
    assert.deepEqual(
      changes.filter((line, index) => changes.indexOf(line) !== index),
      [],
    )
  })

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
      const folder = mkdtempSync(join(tmpdir(), 'shipit-docs-'))
      try {
        const file = join(folder, 'deploy.config.ts')
        writeFileSync(file, text.replaceAll('AAAA…', KEY))
        await readConfig(file)
      } finally {
        rmSync(folder, { recursive: true })
      }
    })
  }
})
