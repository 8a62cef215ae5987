// What must hold between keys and steps. Where some are wrong by themselves, those that are right are compared all the same, so that
// whoever fixes a config is told of everything at once.
import * as v from 'valibot'
import { defined } from '../../defined.ts'
import type { CheckedAccess } from '../checked-config.ts'
import { configSchema } from '../schema/config-schema.ts'
import { keyOf, ONE_EACH } from '../schema/schema-parts.ts'
import { checkAccess } from './check-access.ts'
import { checkDangers } from './check-dangers.ts'
import { checkOrder } from './check-order.ts'
import { checkAfter, type Named } from './compare-environments.ts'
import { compareTargets } from './compare-targets.ts'
import type { PlacedStep, Problem, StepInOrder } from './problem.ts'

export type WrittenConfig = v.InferOutput<typeof configSchema>

const { entries } = configSchema

/** The keys that are right by themselves, whatever the others are. Of the people, each that is right. */
export type SoundParts = Partial<
  Pick<WrittenConfig, 'app' | 'account' | 'repository' | 'allow' | 'people' | 'flags'>
> & { environments: Readonly<Record<string, Named>> }

/** Finds the keys that are right by themselves. */
export function soundParts(exported: unknown): SoundParts {
  const read = <Schema extends v.GenericSchema>(key: keyof WrittenConfig, schema: Schema) =>
    outputOf(schema, keyOf(exported, key))
  return {
    ...defined({
      app: read('app', entries.app),
      account: read('account', entries.account),
      repository: read('repository', entries.repository),
      allow: read('allow', entries.allow),
      flags: read('flags', entries.flags),
    }),
    people: Object.assign(
      {},
      ...entriesOf(exported, 'people').map(([name, each]) => outputOf(entries.people, { [name]: each })),
    ),
    environments: Object.fromEntries(
      entriesOf(exported, 'environments').map(([name, each]) => [name, namedPart(each)]),
    ),
  }
}

function outputOf<Schema extends v.GenericSchema>(
  schema: Schema,
  written: unknown,
): v.InferOutput<Schema> | undefined {
  const { success, output } = v.safeParse(schema, written, ONE_EACH)
  return success ? output : undefined
}

function entriesOf(exported: unknown, key: 'people' | 'environments'): [string, unknown][] {
  const written = keyOf(exported, key)
  return typeof written === 'object' && written !== null && !Array.isArray(written)
    ? Object.entries(written)
    : []
}

/** What an environment says of others. */
function namedPart(written: unknown): Named {
  const after = keyOf(written, 'after')
  return {
    ...(keyOf(written, 'sandbox') === undefined ? {} : { sandbox: true }),
    ...(typeof after === 'string' ? { after } : {}),
  }
}

/**
 * Names what is wrong between keys and steps.
 * @param steps those that are right by themselves, and all of them in their order
 */
export function compareParts(
  { app, account, repository, allow, people = {}, environments }: SoundParts,
  { placed, order }: { placed: readonly PlacedStep[]; order: readonly StepInOrder[] },
): Problem[] {
  return [
    ...compareTargets(repository, placed),
    ...checkOrder(order),
    ...(app === undefined ? [] : checkDangers(app, placed)),
    ...checkAccess({ app, account, allow }, peopleOf(people, allow)),
    ...checkAfter(environments),
  ]
}

/** Who gets an account, each in a group: the only one of `allow` where the config says nothing, and '' if there are several. */
export function peopleOf(
  people: WrittenConfig['people'],
  allow: WrittenConfig['allow'] = [],
): CheckedAccess['people'] {
  const [only = '', ...others] = new Set(allow.map(({ group }) => group))
  const otherwise = others.length === 0 ? only : ''
  return Object.entries(people).map(([name, { keys, group = otherwise }]) => ({ name, group, keys }))
}
