// The words of messages and documents: looks for turns that CONTRIBUTING.md replaces.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PAGES, read } from './support/pages.ts'

const root = join(import.meta.dirname, '..')
const files = globSync(['src/**/*.ts', 'remote/**/*.sh', 'bin/*.js'], { cwd: root })

/** What no message and no page says; CONTRIBUTING.md tells what it says instead. */
const REPLACED = [
  /\b(?:goes|go|going|went) on\b/i,
  /(?<!\bthere )\b(?:is|are) no (?!longer\b)/i,
  /\bany ?more\b/i,
  /\bmend\b/i,
  /\b(?:is|are) let\b/i,
  /\bdid not succeed on\b/i,
  /\bnot asked for\b/i,
  /\bof which\b/i,
  /\bbe it\b/i,
  /\bwhoever\b/i,
  /\bwants an? \b/i,
  /\bheard of\b/i,
  /\banother one than\b/i,
  /\bsomebody else than\b/i,
  /\banew\b/i,
  /\bbelongs? into\b/i,
  /\b(?:gave|had) no signature\b/i,
]

/** Quoted text, in ts and in sh. */
const STRING = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g
const COMMENT = /^\s*(?:\/\/|\/?\*|#)/

function stringsOf(file: string): string[] {
  return readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => !COMMENT.test(line))
    .flatMap((line) => [...line.matchAll(STRING)].map(([text]) => text))
}

test('no message has a turn that CONTRIBUTING.md replaces', () => {
  const told = files.flatMap((file) =>
    stringsOf(file)
      .filter((text) => REPLACED.some((turn) => turn.test(text)))
      .map((text) => `${file}: ${text}`),
  )
  assert.ok(files.length > 200)
  assert.deepEqual(told, [])
})

/** It quotes the turns. */
const QUOTING = 'CONTRIBUTING.md'

test('no document has one', () => {
  const told = PAGES.filter((page) => page !== QUOTING).flatMap((page) =>
    read(page)
      .split('\n')
      .filter((line) => REPLACED.some((turn) => turn.test(line)))
      .map((line) => `${page}: ${line}`),
  )
  assert.ok(PAGES.length > 25)
  assert.deepEqual(told, [])
})
