// Writes what --json prints and what a config may be into schema/, as JSON Schema: `node build/schema.ts`, and at each build.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type JsonSchema, toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { configSchema } from '../src/config/schema/config-schema.ts'
import { STEP_SCHEMAS } from '../src/config/schema/step-schemas.ts'
import { HOP, JSON_VERSION, LINES } from '../src/json/lines.ts'
import { NOTIFICATION, NOTIFICATION_VERSION } from '../src/json/notification.ts'
import * as shapes from '../src/json/shapes.ts'

/** Changes when a config that was right no longer is. */
const CONFIG_VERSION = 1

/** In the schema of a config. */
const APP = { $ref: '#/$defs/app' }

const HOME = 'https://github.com/deploybot/shipit/blob/main/schema'

/** Renders each file, by its name. */
export function renderSchemas(): ReadonlyMap<string, string> {
  return new Map([
    [`json-${JSON_VERSION}.schema.json`, render(linesSchema())],
    [`notification-${NOTIFICATION_VERSION}.schema.json`, render(notificationSchema())],
    [`config-${CONFIG_VERSION}.schema.json`, render(configDataSchema())],
  ])
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

export function notificationSchema() {
  const { $schema, ...schema } = toJsonSchema(NOTIFICATION, { target: 'draft-2020-12' })
  return {
    $schema,
    $id: `${HOME}/notification-${NOTIFICATION_VERSION}.schema.json`,
    title: 'What shipit tells the webhooks and programs that a config names in notify',
    ...schema,
  }
}

/** What a config module exports, as data: one app, or a list of them. Rules that hold between values are not in it: `shipit` has the last word. */
export function configDataSchema() {
  const steps = Object.entries(STEP_SCHEMAS).map(([step, { argument, options }]): v.GenericSchema => {
    const entries: v.ObjectEntries = { step: v.literal(step), options: options as v.GenericSchema }
    if (argument.type !== 'undefined') entries.argument = argument as v.GenericSchema
    return v.strictObject(entries) as v.GenericSchema
  })
  const step = v.union(steps)
  const written = v.strictObject({
    ...configSchema.entries,
    // some functions make two steps
    steps: v.pipe(v.array(v.union([step, v.array(step)])), v.minLength(1)),
  })
  // of the lazy ones, which stand whole where they are
  const { $schema, $defs: _none, ...schema } = toJson(written)
  return {
    $schema,
    $id: `${HOME}/config-${CONFIG_VERSION}.schema.json`,
    title: 'A config of shipit as data: what deploy.config.ts exports',
    anyOf: [APP, { type: 'array', items: APP, minItems: 1 }],
    $defs: { app: schema },
  }
}

/** Of what is written, without what a function checks. One of several has all of them: nothing is there to choose by. */
function toJson(schema: v.GenericSchema): JsonSchema {
  return toJsonSchema(schema, {
    target: 'draft-2020-12',
    typeMode: 'input',
    errorMode: 'ignore',
    overrideSchema: ({ valibotSchema, jsonSchema }) => {
      if (valibotSchema.type !== 'lazy') return jsonSchema
      if (!('options' in valibotSchema)) throw new TypeError('a lazy schema that nothing is known of')
      const options = valibotSchema.options as readonly v.GenericSchema[]
      return {
        anyOf: options.map((option) => {
          const { $schema: _, $defs: _none, ...inner } = toJson(option)
          return inner
        }),
      }
    },
  })
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
