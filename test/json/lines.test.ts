// The schema of --json: it is what the commands' own types say, and a key that is renamed in it, or left out, is noticed.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type * as v from 'valibot'
import { linesSchema, renderSchemas } from '../../build/schema.ts'
import type { JsonLine } from '../../src/json/lines.ts'
import type { holder, inLine, live, plannedStep, waiter } from '../../src/json/shapes.ts'
import type { Event, EventOf, Holder, InLine, Live, PlannedStep, Waiter } from '../../src/protocol/event.ts'
import type { Finding } from '../../src/results/finding.ts'
import type { HistoryEntry, HostPlan } from '../../src/results/host-answer.ts'
import type { ResolvedHost } from '../../src/results/resolved-host.ts'
import { renderJsonLine } from '../../src/safe-text/json-line.ts'
import { judgeBy } from '../support/json-lines.ts'
import { read } from '../support/pages.ts'
import { isWhole } from '../support/whole.ts'
import { EXAMPLES } from './examples.ts'

type Plain<Value> = Value extends readonly (infer Each)[]
  ? readonly Plain<Each>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Plain<Value[Key]> }
    : Value
type IsSame<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
/** Both have the same keys, of the same types, and the same ones are optional. */
type Same<One, Other> = IsSame<Plain<One>, Plain<Other>>
type Out<Schema extends v.GenericSchema> = v.InferOutput<Schema>
type LineOf<Name extends JsonLine['event']> = Extract<JsonLine, { event: Name }>

type OfHost<Name extends Event['event']> = EventOf<Name> & { host: string }

/** The compiler checks these: what the protocol or a result has, the schema has, and nothing more. */
const SAME: readonly true[] = [
  true satisfies Same<LineOf<'hello'>, OfHost<'hello'>>,
  true satisfies Same<LineOf<'refused'>, OfHost<'refused'>>,
  true satisfies Same<LineOf<'run'>, OfHost<'run'>>,
  true satisfies Same<LineOf<'commit'>, OfHost<'commit'>>,
  true satisfies Same<LineOf<'cancelled'>, OfHost<'cancelled'>>,
  true satisfies Same<LineOf<'left'>, OfHost<'left'>>,
  true satisfies Same<LineOf<'outcome'>, OfHost<'outcome'>>,
  true satisfies Same<LineOf<'step'>, OfHost<'step'>>,
  true satisfies Same<Out<typeof holder>, Holder>,
  true satisfies Same<Out<typeof waiter>, Waiter>,
  true satisfies Same<Out<typeof inLine>, InLine>,
  true satisfies Same<Out<typeof live>, Live>,
  true satisfies Same<Out<typeof plannedStep>, PlannedStep>,
  true satisfies Same<NonNullable<LineOf<'host-status'>['status']>, EventOf<'status'>>,
  true satisfies Same<NonNullable<LineOf<'host-plan'>['plan']>, EventOf<'plan'>>,
  true satisfies Same<
    Pick<LineOf<'host-plan'>, 'drift' | 'comes' | 'goes' | 'looks' | 'space' | 'unseen'>,
    Pick<HostPlan, 'drift' | 'comes' | 'goes' | 'looks' | 'space' | 'unseen'>
  >,
  true satisfies Same<LineOf<'history'>['hosts'], HistoryEntry['hosts']>,
  true satisfies Same<LineOf<'host-doctor'>['findings'][number], Finding>,
  true satisfies Same<LineOf<'host-settings'>, ResolvedHost & { event: 'host-settings' }>,
]

test('the types of the protocol and of results are those of the schema', () => {
  assert.ok(SAME.length > 0)
})

type Node = { [key: string]: unknown }

/** The schema of one form of line by itself, with what it refers to in it; a host of hosts keeps its reference. */
function whole(part: unknown, definitions: Node): unknown {
  if (typeof part !== 'object' || part === null) return part
  if (Array.isArray(part)) return part.map((each) => whole(each, definitions))
  const name = '$ref' in part ? String(part.$ref).replace('#/$defs/', '') : 'hop'
  if (name !== 'hop') return whole(definitions[name], definitions)
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, whole(value, definitions)]))
}

/** Each object of a schema that has properties. */
function objectsIn(value: unknown): Node[] {
  if (typeof value !== 'object' || value === null) return []
  const own = !Array.isArray(value) && 'properties' in value ? [value as Node] : []
  return [...own, ...Object.values(value).flatMap(objectsIn)]
}

/** The same schema with one key of the object of that number renamed. */
function renamed(schema: Node, index: number, key: string): Node {
  const copy = structuredClone(schema)
  const object = objectsIn(copy)[index] as Node
  const { [key]: value, ...rest } = object.properties as Node
  object.properties = { ...rest, [`${key}_`]: value }
  return copy
}

describe('the schema of --json', () => {
  const schema: Node = linesSchema()
  const isLine = judgeBy(schema)
  const lines = EXAMPLES.map((line) => JSON.parse(renderJsonLine(line)))

  test('is in schema/ as the build writes it', () => {
    for (const [name, text] of renderSchemas())
      assert.equal(read(join('schema', name)), text, `write it again: node build/schema.ts`)
  })

  test('has every line', () => {
    for (const line of lines) assert.ok(isLine(line), JSON.stringify(line))
  })

  test('has no line with a key more, of another version, or of another event', () => {
    for (const line of lines) {
      assert.ok(!isLine({ ...line, more: 1 }))
      assert.ok(!isLine({ ...line, schema: 2 }))
      assert.ok(!isLine({ ...line, event: 'x' }))
    }
  })

  test(`with one key renamed no longer has all lines: ${isWhole ? 'each key' : 'each twelfth key'}`, () => {
    const definitions = schema.$defs as Node
    const tried = new Set<string>()
    for (const each of schema.anyOf as unknown[]) {
      const hops = JSON.stringify(each).includes('#/$defs/hop') ? { hop: definitions.hop } : {}
      const part = { ...(whole(each, definitions) as Node), $defs: hops }
      const isOfPart = judgeBy(part)
      const own = lines.filter((line) => isOfPart(line))
      for (const [index, object] of objectsIn(part).entries())
        for (const key of Object.keys(object.properties as Node)) {
          const what = `${key} of ${JSON.stringify(object)}`
          if (tried.has(what)) continue
          tried.add(what)
          if (!isWhole && tried.size % 12 !== 0) continue
          const judge = judgeBy(renamed(part, index, key))
          assert.ok(
            own.some((line) => !judge(line)),
            `no example has ${what.slice(0, 300)}`,
          )
        }
    }
    assert.ok(tried.size > 250, `${tried.size} keys`)
  })
})
