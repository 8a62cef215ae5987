// The layers of the sources: reads their import lines and keeps them going one way.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, posix, sep } from 'node:path'
import { test } from 'node:test'

const src = join(import.meta.dirname, '../src')

/** What each folder or file of src may import besides itself; '*' is everything but the commands. */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  defined: [],
  programs: ['errors'],
  protocol: ['errors', 'defined'],
  results: ['protocol', 'errors', 'defined'],
  json: ['results', 'protocol'],
  redact: [],
  'safe-text': ['json', 'redact', 'errors', 'defined'],
  words: ['results', 'protocol', 'errors', 'defined'],
  recipe: ['protocol', 'errors', 'defined'],
  config: ['recipe', 'programs', 'words', 'results', 'protocol', 'safe-text', 'redact', 'errors', 'defined'],
  install: ['recipe', 'words', 'results', 'errors', 'defined'],
  init: ['recipe', 'config', 'protocol', 'errors', 'defined'],
  sandbox: ['programs', 'install', 'recipe', 'config', 'protocol', 'errors', 'defined'],
  ssh: ['programs', 'words', 'results', 'protocol', 'safe-text', 'errors', 'defined'],
  ui: ['json', 'words', 'results', 'protocol', 'safe-text', 'errors', 'defined'],
  operations: ['ssh', 'words', 'results', 'protocol', 'safe-text', 'errors', 'defined'],
  index: ['config', 'recipe'],
  cli: ['*'],
  commands: ['*'],
  main: ['*'],
  help: ['*'],
  report: ['ui', 'programs', 'words', 'safe-text', 'errors', 'defined'],
  'run-oclif': [],
}

/** The subfolders of a layer: each may import from itself and from those after it. '' is what lies in the layer itself. */
const SUBFOLDERS: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'watch',
    'root',
    'init',
    'plan',
    'report',
    '',
    'completion',
    'sandbox',
    'ci',
    'checkout',
    'secrets',
    'notify',
  ],
  operations: ['fleet', 'run', 'ask', 'doctor', 'explain'],
  config: ['load', 'check', 'source', 'schema', ''],
  init: ['', 'tools', 'shell', 'found'],
  ui: ['faces', 'report', 'record', 'views', 'output'],
  recipe: ['', 'kinds', 'sh'],
  ssh: ['', 'gate', 'ssh2', 'openssh', 'keys', 'explain', 'trust', 'settings', 'connection'],
}

/** Packages that have an owner. */
const OWNERS: Readonly<Record<string, readonly string[]>> = {
  '@oclif/core': ['commands', 'cli', 'main', 'help', 'report', 'run-oclif'],
  cosmiconfig: ['config'],
  listr2: ['ui'],
  ssh2: ['ssh', 'sandbox'],
  'ssh-config': ['ssh'],
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

/** `faces` of `ui/faces/face.ts`; '' for what lies in the layer itself. */
function subfolderOf(path: string): string {
  const parts = path.split('/')
  return parts.length > 2 ? (parts[1] ?? '') : ''
}

/** Each circle once, as `a > b > a`. */
function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>()
  const found: string[] = []
  const visit = (file: string, way: readonly string[]) => {
    const at = way.indexOf(file)
    if (at >= 0) found.push([...way.slice(at), file].join(' > '))
    if (at >= 0 || done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...way, file])
    done.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return found
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
      .filter((target) => {
        const other = layerOf(target)
        if (other === layer) return false
        return allowed.includes('*') ? other === 'commands' : !allowed.includes(other)
      })
      .map((target) => `${path} imports ${target}`)
  })
  assert.deepEqual(wrong, [])
})

test('the subfolders of a layer are known, and imports between them go one way', () => {
  const wrong = sources.flatMap(({ path, layer, imports }) => {
    const order = SUBFOLDERS[layer]
    const own = subfolderOf(path)
    if (!order && own === '') return []
    if (!order?.includes(own)) return [`${path} lies in a folder that is not in the list`]
    return imports
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.normalize(posix.join(dirname(path), specifier)))
      .filter((target) => layerOf(target) === layer)
      .filter((target) => order.indexOf(subfolderOf(target)) < order.indexOf(own))
      .map((target) => `${path} imports ${target}`)
  })
  assert.deepEqual(wrong, [])
})

test('no files import each other in a circle, types included', () => {
  const graph = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => posix.normalize(posix.join(dirname(path), specifier))),
    ]),
  )
  assert.deepEqual(circlesOf(graph), [])
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

/** What fits on a screen of `ls`: a folder of more holds two things. The commands are one, however many. */
const MOST_FILES = 16
const ONE_EACH = 'src/commands'

test('no folder of src or remote has more than 16 files', () => {
  const parts = globSync('**/*.sh', { cwd: join(src, '../remote') }).map((part) => `remote/${part}`)
  const paths = [...sources.map(({ path }) => `src/${path}`), ...parts].map((path) =>
    path.split(sep).join('/'),
  )
  const counts = Map.groupBy(paths, (path) => posix.dirname(path))
  const full = [...counts].filter(([folder, files]) => files.length > MOST_FILES && folder !== ONE_EACH)
  assert.ok(counts.size > 30)
  assert.deepEqual(
    full.map(([folder, files]) => `${folder}: ${files.length}`),
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

/** A bare number where an exit code is meant. */
const BARE_EXIT = /\bthis\.exit\(\d|\bexitCode\)? *(?:[!=]==?|\?\?|=|:) *\d/

test('exit codes stand in one table, and the rest of src asks for a kind', () => {
  const wrong = sources.filter(({ path, code }) => path !== 'errors.ts' && BARE_EXIT.test(code))
  assert.deepEqual(
    wrong.map(({ path }) => path),
    [],
  )
})

/** What may write to the standard streams: the printing itself, a script that must come out as it is, streams that are handed on. */
const PRINTERS: Readonly<Record<string, string>> = {
  'ui/output/print-lines.ts': 'the one place where lines are printed',
  'ui/output/prompt.ts': 'questions, which are printed by readline',
  'cli/root/hand-over.ts': 'the script for root, byte for byte',
  'cli/notify/webhook-process.ts': 'its answer, for the process that has started it',
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
