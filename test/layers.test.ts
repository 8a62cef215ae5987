// The layers of the sources: reads their import lines and keeps them going one way.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { test } from 'node:test'

const src = join(import.meta.dirname, '../src')

/** What each folder or file of src may import besides itself; '*' is everything. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  'safe-text': ['errors'],
  protocol: ['errors'],
  ssh: ['protocol', 'safe-text', 'errors'],
  operations: ['ssh', 'protocol', 'safe-text', 'errors'],
  ui: ['protocol', 'safe-text', 'errors'],
  recipe: ['protocol', 'errors'],
  config: ['recipe', 'protocol', 'safe-text', 'errors'],
  install: ['recipe', 'errors'],
  sandbox: ['install', 'recipe', 'config', 'protocol', 'errors'],
  index: ['config', 'recipe'],
  commands: ['*'],
  main: ['*'],
  help: ['*'],
}

/** Packages that have an owner. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@oclif/core': ['commands', 'main', 'help'],
  cosmiconfig: ['config'],
  listr2: ['ui'],
  ssh2: ['ssh', 'sandbox'],
}

/** `from '…'`, `import '…'`, `import('…')`. */
const IMPORT = /\b(?:from|import)\s*\(?\s*'([^']+)'/g
const COMMENT = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm

type Source = { path: string; layer: string; code: string; imports: readonly string[] }

const sources = globSync('**/*.ts', { cwd: src }).map((file): Source => {
  const path = file.split(sep).join('/')
  const code = readFileSync(join(src, file), 'utf8').replace(COMMENT, '')
  const imports = [...code.matchAll(IMPORT)].map((match) => match[1] ?? '')
  return { path, layer: layerOf(path), code, imports }
})

function layerOf(path: string): string {
  return path.split('/')[0]?.replace(/\.ts$/, '') ?? ''
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

test('every file of src belongs to a layer', () => {
  const strays = sources.filter(({ layer }) => !(layer in LAYERS))
  assert.deepEqual(
    strays.map(({ path }) => path),
    [],
  )
})

test('imports go one way', () => {
  const wrong = sources.flatMap(({ path, layer, imports }) => {
    const allowed = LAYERS[layer] ?? []
    return imports
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.normalize(posix.join(dirname(path), specifier)))
      .filter((target) => !allowed.includes('*') && ![layer, ...allowed].includes(layerOf(target)))
      .map((target) => `${path} imports ${target}`)
  })
  assert.deepEqual(wrong, [])
})

test('ui and operations never meet', () => {
  for (const [one, other] of [
    ['ui', 'operations'],
    ['operations', 'ui'],
  ] as const) {
    assert.equal(LAYERS[one]?.includes(other), false)
  }
})

test('a package with an owner is imported by its owner alone', () => {
  const wrong = sources.flatMap(({ path, layer, imports }) =>
    imports
      .map(packageOf)
      .filter((name) => OWNERS[name]?.includes(layer) === false)
      .map((name) => `${path} imports ${name}`),
  )
  assert.deepEqual(wrong, [])
})

test("src/ssh uses ssh2's client and src/sandbox its server", () => {
  const wrong = sources.filter(
    ({ layer, code, imports }) =>
      imports.some((specifier) => packageOf(specifier) === 'ssh2') &&
      (layer === 'sandbox' ? /\bClient\b/ : /\bServer\b/).test(code),
  )
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  )
})

test('no file is named after nothing', () => {
  const nameless = /(?:^|\/)(?:utils?|helpers?|common|managers?|services?|types)(?:\.ts|\/)/
  const wrong = sources.filter(({ path }) => nameless.test(path) || /\/index\.ts$/.test(path))
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  )
})

/** What may write to the standard streams: the printing itself, a script that must come out as it is, streams that are handed on. */
const PRINTERS: Readonly<Record<string, string>> = {
  'ui/print-lines.ts': 'the one place where lines are printed',
  'ui/prompt.ts': 'questions, which are printed by readline',
  'commands/hand-over.ts': 'the script for root, byte for byte',
  'main.ts': 'one fixed sentence, when the process has ended already',
}

test('what a command prints goes through one place', () => {
  const wrong = sources.filter(
    ({ path, code }) =>
      !(path in PRINTERS) &&
      /process\.std(?:out|err)\.write|\bwriteSync\(|\bconsole\.|this\.(?:log|warn|logToStderr)\(/.test(code),
  )
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  )
})
