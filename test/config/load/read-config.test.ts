import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { findConfig } from '../../../src/config/load/find-config.ts'
import { readConfigs } from '../../../src/config/load/read-config.ts'
import { ConfigError } from '../../../src/errors.ts'

const base = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-config-')))
after(() => rmSync(base, { recursive: true }))

const CONFIG =
  "{ app: 'codebase', repository: '/srv/x', environments: { p: { hosts: ['a'] } }, steps: [{ step: 'git', options: {} }] }"
const ESM = `export default ${CONFIG}\n`
const TYPED = `type Named = { app: string }\nconst config: Named = ${CONFIG}\nexport default config satisfies Named\n`

let folders = 0

/** Loads the config that is found from a folder. */
async function load(folder: string, named?: string) {
  const [config] = await readConfigs(findConfig(folder, named))
  return config
}

/** A new folder with these files. A module is loaded once in a process: each test has its own. */
function project(files: Readonly<Record<string, string>>): string {
  folders += 1
  const folder = join(base, String(folders))
  for (const [name, text] of Object.entries({ '.': '', ...files })) {
    if (name === '.') mkdirSync(folder)
    else {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
  }
  return folder
}

/** The error of a folder whose config can't be loaded. */
async function failure(folder: string, named?: string): Promise<ConfigError> {
  try {
    await load(folder, named)
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error))
    assert.equal(error.exitCode, 78)
    return error
  }
  throw new assert.AssertionError({ message: 'it was loaded' })
}

const PACKAGES: Record<string, Record<string, string>> = {
  'without package.json': {},
  'in a package without type': { 'package.json': '{}' },
  'in a package of modules': { 'package.json': '{ "type": "module" }' },
  'in a package of CommonJS': { 'package.json': '{ "type": "commonjs" }' },
}

describe('loads', () => {
  for (const [where, files] of Object.entries(PACKAGES)) {
    for (const name of ['deploy.config.ts', 'deploy.config.mts', 'deploy.config.js', 'deploy.config.mjs']) {
      // there is no such thing: it has a test of its own
      if (name.endsWith('.js') && where === 'in a package of CommonJS') continue
      test(`${name} ${where}`, async () => {
        const folder = project({ ...files, [name]: name.endsWith('ts') ? TYPED : ESM })
        const config = await load(folder)
        assert.equal(config.file, join(folder, name))
        assert.equal(config.recipe.app, 'codebase')
      })
    }
  }

  test('a deploy.config.js that is CommonJS', async () => {
    const folder = project({
      'package.json': '{ "type": "commonjs" }',
      'deploy.config.js': `module.exports = ${CONFIG}\n`,
    })
    assert.equal((await load(folder)).recipe.app, 'codebase')
  })

  test('what the config imports', async () => {
    const folder = project({
      'package.json': '{ "type": "commonjs" }',
      'deploy.config.ts': `import { hosts } from './hosts.mts'\nimport type { Named } from './types.ts'\nconst named: Named = ${CONFIG}\nexport default { ...named, environments: { p: { hosts } } }\n`,
      'hosts.mts': "export const hosts: string[] = ['web7']\n",
      'types.ts': 'export type Named = { app: string }\n',
    })
    const [environment] = (await load(folder)).environments
    assert.deepEqual(environment?.kind === 'hosts' && environment.hosts, [{ name: 'web7' }])
  })

  test('the nearest one from a folder upwards', async () => {
    const folder = project({ 'deploy.config.mjs': ESM, 'a/b/c/x': '', 'a/b/deploy.config.ts': ESM })
    assert.equal((await load(join(folder, 'a/b/c'))).file, join(folder, 'a/b/deploy.config.ts'))
    assert.equal((await load(join(folder, 'a'))).file, join(folder, 'deploy.config.mjs'))
  })

  test('TypeScript before JavaScript', async () => {
    const folder = project({
      'deploy.config.mjs': 'throw new Error()',
      'deploy.config.js': 'throw new Error()',
      'deploy.config.ts': ESM,
    })
    assert.equal((await load(folder)).file, join(folder, 'deploy.config.ts'))
  })

  test('the one that is named, whatever its name', async () => {
    const folder = project({ 'deploy.config.ts': 'throw new Error()', 'other/staging.ts': ESM })
    assert.equal((await load(folder, 'other/staging.ts')).file, join(folder, 'other/staging.ts'))
    assert.equal((await load(base, join(folder, 'other/staging.ts'))).file, join(folder, 'other/staging.ts'))
  })

  test('one behind a symlink', async () => {
    const folder = project({ 'real/deploy.config.ts': ESM })
    symlinkSync(join(folder, 'real'), join(folder, 'link'))
    assert.equal((await load(join(folder, 'link'))).recipe.app, 'codebase')
  })

  test('several at once', async () => {
    const projects = Array.from({ length: 5 }, () =>
      project({ 'package.json': '{ "type": "commonjs" }', 'deploy.config.ts': TYPED }),
    )
    const configs = await Promise.all(projects.map((folder) => load(folder)))
    assert.deepEqual(
      configs.map(({ file }) => dirname(file)),
      projects,
    )
  })
})

describe('tells', () => {
  test('that there is none', async () => {
    const folder = project({ 'deploy.config.old': '{}', 'deploy.config': '' })
    const error = await failure(folder)
    assert.equal(error.message, `no deploy.config.ts in '${folder}' or a folder above it`)
    assert.deepEqual(error.suggestions.at(-1), 'Make one: shipit init')
  })

  test('that there is none of the name', async () => {
    const folder = project({ 'deploy.config.ts': ESM })
    const error = await failure(folder, 'missing.ts')
    assert.equal(error.message, `the config file '${join(folder, 'missing.ts')}' does not exist`)
    assert.deepEqual(error.suggestions, ['Pass the path of a deploy.config.ts with --config.'])
  })

  for (const name of ['deploy.config.ts', 'deploy.config.mts', 'deploy.config.js', 'deploy.config.mjs']) {
    test(`the place of a syntax error: ${name}`, async () => {
      const folder = project({
        'package.json': '{ "type": "module" }',
        [name]: 'export default {\n  app: oops oops\n}\n',
      })
      const { message, details } = await failure(folder)
      const file = join(folder, name)
      const [head = '', ...lines] = message.split('\n')
      assert.ok(head.startsWith(`cannot load ${file}: SyntaxError`), message)
      assert.deepEqual(lines, [`  at ${file}:2:13`, '    2 | app: **** ****', '      |           ^'])
      assert.deepEqual(details, { file, line: 2, column: 13 })
    })

    test(`file and line of an error that is thrown: ${name}`, async () => {
      const folder = project({
        'package.json': '{ "type": "module" }',
        [name]: "\nthrow new TypeError('no hosts today')\n",
      })
      const { message } = await failure(folder)
      assert.match(message, /TypeError: no hosts today\n {2}at .*deploy\.config\.m?[jt]s:2:7$/)
    })
  }

  test('no text that stands near a syntax error, in a module that the config imports too', async () => {
    const folder = project({
      'deploy.config.ts': "import './hosts.ts'\n",
      'hosts.ts': "export const password = 'hunter2' 'x'\n",
    })
    const { message, details } = await failure(folder)
    const file = join(folder, 'hosts.ts')
    assert.deepEqual(details, { file, line: 1, column: 35 })
    assert.match(message, /\n {4}1 \| export \*{5} \*{8} \* '\*{7}' '\*'\n/)
  })

  for (const [name, type] of [
    ['hosts.mjs', 'module'],
    ['hosts.js', 'module'],
    ['hosts.js', undefined],
  ] as const) {
    test(`the place of a syntax error in a module that the config imports: ${name}, ${type}`, async () => {
      const folder = project({
        ...(type && { 'package.json': JSON.stringify({ type }) }),
        'deploy.config.ts': `import { hosts } from './lib/all.mjs'\n${ESM}`,
        'lib/all.mjs': `export * from './${name}'\nexport * from './other.js'\n`,
        'lib/other.js': '',
        [`lib/${name}`]: "export const hosts = ['a'\nexport const b = 1\n",
      })
      const { message, suggestions, details } = await failure(folder)
      const file = join(folder, 'lib', name)
      const [, ...lines] = message.split('\n')
      assert.deepEqual(lines, [`  at ${file}:2:1`, '    2 | export ***** * * *', '      | ^'])
      assert.deepEqual(details, { file, line: 2, column: 1 })
      assert.deepEqual(suggestions, [])
    })
  }

  test('no pattern that is wrong', async () => {
    for (const name of ['deploy.config.ts', 'deploy.config.mjs']) {
      const { message } = await failure(project({ [name]: 'export default { redact: [/hunter2(/] }\n' }))
      assert.match(message, /: SyntaxError: Invalid regular expression: \/…\/: Unterminated group/)
      assert.doesNotMatch(message, /hunter2/)
    }
  })

  test('the line of a module that the config imports', async () => {
    const folder = project({
      'deploy.config.ts': "import './hosts.mjs'\n",
      'hosts.mjs': "\n\nthrow new Error('deep')\n",
    })
    assert.match((await failure(folder)).message, /Error: deep\n {2}at .*\/hosts\.mjs:3:7$/)
  })

  test('what was thrown that is no error', async () => {
    for (const name of ['deploy.config.ts', 'deploy.config.mjs']) {
      const folder = project({ [name]: "throw 'a text'\n" })
      assert.equal((await failure(folder)).message, `cannot load ${join(folder, name)}: Error: a text`)
    }
  })

  test('that a type is imported as a value, and how to write it', async () => {
    const folder = project({
      'deploy.config.ts': `import { Named } from './types.ts'\n${ESM}`,
      'types.ts': 'export type Named = {}\n',
    })
    const error = await failure(folder)
    assert.match(
      error.message,
      /The requested module '.\/types\.ts' does not provide an export named 'Named'/,
    )
    assert.deepEqual(error.suggestions, ["If it is a type, write 'import type { … }'."])
  })

  test('that a module or package is missing, and what to do', async () => {
    for (const missing of ['no-such-package', './no-such-file.ts']) {
      const error = await failure(
        project({ 'deploy.config.ts': `import x from '${missing}'\nexport default x\n` }),
      )
      assert.match(error.message, /Cannot find (?:module|package) '.*no-such-/)
      assert.match(error.suggestions[0] ?? '', /npm ci/)
    }
  })

  test('that TypeScript which needs more than stripping is not to be had', async () => {
    const folder = project({ 'deploy.config.ts': `enum Colour { red }\n${ESM}` })
    assert.match(
      (await failure(folder)).message,
      /enum is not supported.*\n {2}at .*\/deploy\.config\.ts:1:1\n {4}1 \| enum \*{6} \{ \*{3} \}\n {6}\| \^$/,
    )
  })

  test('that nothing is exported', async () => {
    for (const text of ['', 'export const config = {}\n', 'export default undefined\n']) {
      const folder = project({ 'deploy.config.ts': text })
      const error = await failure(folder)
      assert.equal(error.message, `${join(folder, 'deploy.config.ts')}: exports no config`)
      assert.deepEqual(error.suggestions, ["Write 'export default defineConfig({ … })'."])
    }
  })

  test('that the package makes a module of CommonJS, and which names help', async () => {
    const error = await failure(
      project({ 'package.json': '{ "type": "commonjs" }', 'deploy.config.js': ESM }),
    )
    assert.match(error.message, /deploy\.config\.js:1:1\n/)
    assert.match(
      error.suggestions[0] ?? '',
      /CommonJS: name the file deploy\.config\.ts or deploy\.config\.mjs\.$/,
    )
  })

  test('each thing that is wrong, with the file', async () => {
    const folder = project({
      'deploy.config.ts': "export default { app: 'A', environments: { p: { hosts: [] } }, steps: [] }\n",
    })
    const file = join(folder, 'deploy.config.ts')
    const { message } = await failure(folder)
    const [head, ...lines] = message.split('\n')
    assert.equal(head, `${file} has 4 mistakes:`)
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('    ')).map((line) => line.split(' ', 4).join(' ')),
      ['  1:18: app', '  1:16: repository', '  1:49: environments.p.hosts', '  1:64: steps'],
    )
    assert.match(message, /^ {4}1 \| export default \{ app: 'A'/m)
  })

  test('one thing that is wrong, with its line and a sign below it, for people and for programs', async () => {
    const folder = project({
      'deploy.config.ts': `import { defineConfig, git, rsync } from '@deploybot/shipit'

// a comment with { brackets
const production = { hosts: ['web1'] }
export default defineConfig({
  app: 'shop', repository: '/srv/git/shop.git',
  environments: { production },
  steps: [git(), rsync({ from: 'src/', to: '/var/shop/src/', deleet: true, delete: true })],
})
`,
    })
    const file = join(folder, 'deploy.config.ts')
    const { message, details } = await failure(folder)
    assert.deepEqual(message.split('\n'), [
      `${file}:8:62: steps[1].deleet is not a valid key here: the keys are name, when, timeout, retries, phase, from, to, delete, exclude, mayBeEmpty, unsafe. Did you mean 'delete'?`,
      "  8 | nc({ from: 'src/', to: '/var/shop/src/', deleet: true, delete: true })],",
      '    |                                          ^',
    ])
    assert.deepEqual(details, { file, line: 8, column: 62 })
  })
})
