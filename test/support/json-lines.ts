// Real output of --json, held against schema/: each line is one that the schema has, and nothing else stands there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { root } from './pages.ts'

/** Reads a schema as it is published. */
export function readSchema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, 'schema', name), 'utf8'))
}

/** Makes a judge of lines or configs. */
export function judgeBy(schema: object): (value: unknown) => boolean {
  // ours has unions whose parts say nothing alone
  const validate = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    validateSchema: false,
  }).compile(schema)
  return (value) => validate(value)
}

let judge: ((value: unknown) => boolean) | undefined

/** Checks what a command with --json printed on stdout. @returns the lines */
export function checkJsonLines(stdout: string): Record<string, unknown>[] {
  judge ??= judgeBy(readSchema('json-1.schema.json'))
  const isValid = judge
  assert.ok(stdout === '' || stdout.endsWith('\n'), 'the last line is whole')
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const value = JSON.parse(line)
      assert.ok(isValid(value), `schema/json-1.schema.json has no such line: ${line}`)
      return value
    })
}
