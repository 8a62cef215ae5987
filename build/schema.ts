// Writes what --json prints and what a config may be into schema/, as JSON Schema: `node build/schema.ts`, and at each build.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { HOP, JSON_VERSION, LINES } from '../src/json/lines.ts'
import * as shapes from '../src/json/shapes.ts'

const HOME = 'https://github.com/deploybot/shipit/blob/main/schema'

/** Renders each file, by its name. */
export function renderSchemas(): ReadonlyMap<string, string> {
  return new Map([[`json-${JSON_VERSION}.schema.json`, render(linesSchema())]])
}

export function linesSchema() {
  const { ref, phase, holder, waiter, inLine, live, plannedStep, error } = shapes
  const definitions = { ref, phase, holder, waiter, inLine, live, plannedStep, error, hop: HOP }
  const { $schema, ...schema } = toJsonSchema(v.union(LINES), { definitions, target: 'draft-2020-12' })
  return {
    $schema,
    $id: `${HOME}/json-${JSON_VERSION}.schema.json`,
    title: 'A line that shipit prints with --json',
    ...schema,
  }
}

function render(schema: object): string {
  return `${JSON.stringify(schema, undefined, 2)}\n`
}

/** Writes them. @param root the folder of package.json */
export function writeSchemas(root: string): void {
  mkdirSync(join(root, 'schema'), { recursive: true })
  for (const [name, text] of renderSchemas()) writeFileSync(join(root, 'schema', name), text)
}

if (import.meta.main) writeSchemas(join(import.meta.dirname, '..'))
