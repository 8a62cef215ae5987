// What the schemas of the config are made of.
import * as v from 'valibot'
import { didYouMean } from '../../words/did-you-mean.ts'

/** For safeParse: of the rules of one value, only the first that it breaks is told. */
export const ONE_EACH = { abortPipeEarly: true } as const

/** Ports and seconds have the same shape: a whole number within bounds. */
export function whole(low: number, high: number) {
  const message = `must be a whole number from ${low} to ${high}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message))
}

export const onOrOff = v.boolean('must be true or false')

export function text(pattern: RegExp, message: string) {
  return v.pipe(v.string(message), v.regex(pattern, message))
}

/**
 * One of several schemas, chosen by what is written: a person is told only of the one that they meant. It has all of them as `options`,
 * since nobody writes anything when the JSON Schema is made.
 */
export function either<const Options extends readonly v.GenericSchema[]>(
  options: Options,
  choose: (input: unknown) => Options[number],
): v.LazySchema<Options[number]> & { options: Options } {
  return { ...v.lazy(choose), options }
}

/** An object of these keys and no other. */
export function exact<const Entries extends v.ObjectEntries>(entries: Entries) {
  const keys = Object.keys(entries)
  const schema = v.strictObject(entries, ({ expected, received, path }) => {
    if (expected === 'never') {
      const [question] = didYouMean(String(path?.at(-1)?.key ?? ''), keys)
      const meant = question === undefined ? '' : `. ${question}`
      return `is not a valid key here: the keys are ${keys.join(', ')}${meant}`
    }
    if (expected === 'Object') return 'must be an object'
    return received === 'undefined' ? 'is missing' : 'has the wrong form'
  })
  return noList(schema)
}

/** An object with any names as its keys. */
export function named<const Key extends v.GenericSchema<string, string>, const Value extends v.GenericSchema>(
  key: Key,
  value: Value,
  message: string,
) {
  return noList(v.record(key, value, message))
}

/** To valibot a list is an object whose keys are numbers: a person who wrote one would be told of these. */
function noList<Schema extends v.GenericSchema>(schema: Schema): Schema {
  const run: Schema['~run'] = (dataset, config) =>
    schema['~run'](Array.isArray(dataset.value) ? { ...dataset, value: 'a list' } : dataset, config)
  return { ...schema, '~run': run }
}

/** The same schema, but for values that are wrong in a way that has a sentence of its own. */
export function unless<Schema extends v.GenericSchema>(
  schema: Schema,
  isOdd: (value: unknown) => boolean,
  message: string,
): Schema {
  const refusing = v.pipe(
    v.unknown(),
    v.check(() => false, message),
  )
  const run = (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) =>
    (isOdd(dataset.value) ? refusing : schema)['~run'](dataset, config)
  return { ...schema, '~run': run }
}

/**
 * A schema whose values must also suit each other. That is told in the same list as what is wrong with one of them: valibot runs a
 * check only where all of them are right.
 * @param fault says what is wrong, if anything. It gets what the schema made of the values; one that is wrong is as it was written
 */
export function together<Schema extends v.GenericSchema>(
  schema: Schema,
  fault: (value: unknown) => string | undefined,
): Schema {
  const joint = v.pipe(
    v.unknown(),
    v.check(
      (value) => fault(value) === undefined,
      ({ input }) => fault(input) ?? '',
    ),
  )
  const run = (dataset: v.UnknownDataset, config: v.Config<v.BaseIssue<unknown>>) => {
    const checked = schema['~run'](dataset, config)
    const { issues } = joint['~run']({ value: checked.value }, config)
    return issues ? { ...checked, issues: [...(checked.issues ?? []), ...issues] } : checked
  }
  return { ...schema, '~run': run } as Schema
}

/** The values of a list or an object; none of anything else. */
export function valuesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

/** What an object has under a key, as far as it is one. */
export function keyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined
}

/** The texts of some values. */
export function textsOf(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === 'string')
}

/** The first name that stands twice in a list. */
export function twice(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) < index)
}
