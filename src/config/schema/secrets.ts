// The schema of what is never shown.
import * as v from 'valibot'
import { faultOf } from '../../redact/machine.ts'
import { FLAGS, LEAST_CHARACTERS } from '../../redact/pattern.ts'
import { either, exact, text } from './schema-parts.ts'

/** A name as env(1) and the shells have it. */
export const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/

const FORM = 'must be a text or a regular expression'

const literal = v.pipe(
  v.string(FORM),
  v.minLength(
    LEAST_CHARACTERS,
    `must have at least ${LEAST_CHARACTERS} characters: less would hide other words as well`,
  ),
)
const written = exact({
  pattern: v.string('must be the source of a regular expression'),
  flags: v.optional(text(FLAGS, 'may have i, m, s and u'), ''),
})
type Written = v.InferOutput<typeof written>
const isPattern = v.check<Written, (issue: v.CheckIssue<Written>) => string>(
  (pattern) => faultOf(pattern) === undefined,
  ({ input }) => faultOf(input) ?? '',
)
const pattern = v.pipe(written, isPattern)
const expression = v.pipe(
  v.instance(RegExp, FORM),
  v.transform(({ source, flags }): Written => ({ pattern: source, flags })),
  isPattern,
)

/** A regular expression is a value of a module, and its source is data. */
const secret = either([literal, pattern], (input) => {
  if (typeof input !== 'object' || input === null) return literal
  return input instanceof RegExp ? (expression as unknown as typeof pattern) : pattern
})

export const redact = v.optional(v.array(secret, 'must be a list of texts and regular expressions'), [])

export const variable = text(VARIABLE, 'must be the name of an environment variable')

export const redactEnv = v.optional(v.array(variable, 'must be a list of names'), [])
