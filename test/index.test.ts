// What an editor shows of the public interface: a sentence for every name and key, an example for every function.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { emitDeclarations } from '../build/declarations.ts'

const ROOT = join(import.meta.dirname, '..')
const EXPORT_FROM = /export (?:type )?\{([^}]*)\} from '([^']*)'/g
/** A name or key that can be pointed at: `export type X`, `export declare function x`, or an indented `key?:`. */
const NAMED = /^(?:export (?:declare )?(type|function) (\w+)|( +)(?:readonly )?(\w+)\??: )/
/** A docstring: a whole sentence, or one before an example. */
const SENTENCE = /^[A-Z`].*[.:]$/s

/** What is missing in the docstrings of these names, which a file exports. */
function undocumented(names: readonly string[], text: string): string[] {
  const lines = text.split('\n')
  const found: string[] = []
  let within: string | undefined
  for (const [index, line] of lines.entries()) {
    const [, kind, name, indent, key] = NAMED.exec(line) ?? []
    if (name !== undefined) within = names.includes(name) ? name : undefined
    else if (/^\S/.test(line) && !line.startsWith('}')) within = undefined
    if (line === '}' || within === undefined || (name ?? key) === undefined) continue
    // a function's parameters and body are no keys, nor is what a type is compared with
    if (indent !== undefined && (isFunction(lines, index) || line.includes('(infer '))) continue
    const shown = name ?? `${within}.${key}`
    const said = docstringAbove(lines, index)
    const [sentence = '', ...examples] = said.split('@example')
    if (!SENTENCE.test(sentence.trim())) found.push(`${shown}: no sentence`)
    if (kind === 'function' && examples.join('').trim() === '') found.push(`${shown}: no example`)
  }
  const missing = names.filter(
    (name) => !new RegExp(`^export (?:declare )?(?:type|function) ${name}\\b`, 'm').test(text),
  )
  return [...found, ...missing.map((name) => `${name}: not found`)]
}

function isFunction(lines: readonly string[], index: number): boolean {
  const head = lines.slice(0, index).findLast((line) => /^\S/.test(line))
  return /^export (?:declare )?function/.test(head ?? '')
}

function docstringAbove(lines: readonly string[], index: number): string {
  const before = lines.slice(0, index)
  while (before.at(-1)?.trim().startsWith('// biome-ignore')) before.pop()
  if (!before.at(-1)?.trim().endsWith('*/')) return ''
  const start = before.findLastIndex((line) => line.trim().startsWith('/**'))
  return before
    .slice(start)
    .map((line) => line.trim().replace(/^\/?\*+\/?|\*\/$/g, ''))
    .join('\n')
    .trim()
}

/** The files that an editor reads in a project which has installed the package. */
async function installedFiles(): Promise<{ names: string[]; text: string }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-types-'))
  try {
    await emitDeclarations(ROOT, folder)
    const index = readFileSync(join(folder, 'index.d.ts'), 'utf8')
    return [...index.matchAll(EXPORT_FROM)].map(([, names = '', file = '']) => ({
      names: names
        .split(',')
        .map((name) => name.replace('type ', '').trim())
        .filter((name) => name !== ''),
      text: readFileSync(join(folder, file.replace(/\.js$/, '.d.ts')), 'utf8'),
    }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('every exported name and key has a sentence, and every function an example', async () => {
  const files = await installedFiles()
  assert.ok(files.flatMap(({ names }) => names).length > 30)
  assert.deepEqual(
    files.flatMap(({ names, text }) => undocumented(names, text)),
    [],
  )
})

test('what has none is found', () => {
  const text = `
/** Not a sentence */
export type A = {
  /** Good. */
  good: string
  bad?: number
}
/** Runs. */
export function b(
  options: A,
): void {
  const x = { y: 1 }
}
type C = {
  own: string
}
`
  assert.deepEqual(undocumented(['A', 'b', 'gone'], text), [
    'A: no sentence',
    'A.bad: no sentence',
    'b: no example',
    'gone: not found',
  ])
})
