// Requests of every kind, for properties.
import fc from 'fast-check'
import { isRefName } from '../../../src/protocol/grammar.ts'
import type { AskedFlag, DeclaredFlag, DeployRequest, Request } from '../../../src/protocol/request.ts'

/** What the recipe of these requests declares. */
export const DECLARED: readonly DeclaredFlag[] = [
  { name: 'docs' },
  { name: 'colour', choices: ['red', 'blue', '1.0'] },
  { name: 'dry-run' },
]

function letters(set: string, minLength: number, maxLength: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(...set), minLength, maxLength })
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz'
const DIGITS = '0123456789'

export function hex(length: number): fc.Arbitrary<string> {
  return letters('0123456789abcdef', length, length)
}

const digits = (length: number) => letters(DIGITS, length, length)
const run = fc.tuple(digits(8), digits(6), hex(16)).map(([day, time, random]) => `${day}T${time}Z-${random}`)
const app = fc
  .tuple(letters(LOWER, 1, 1), letters(`${LOWER}${DIGITS}-`, 0, 22), letters(LOWER + DIGITS, 0, 1))
  .map((parts) => parts.join(''))
  .filter((each) => !each.endsWith('-'))
const ref = fc.record({
  kind: fc.constantFrom('branch' as const, 'tag' as const),
  name: letters(`${LOWER}${LOWER.toUpperCase()}${DIGITS}._/+@,#=-`, 1, 40).filter(isRefName),
})
const flags = fc
  .tuple(fc.boolean(), fc.option(fc.constantFrom('red', 'blue', '1.0'), { nil: undefined }), fc.boolean())
  .map(([docs, value, dryRun]): AskedFlag[] => [
    ...(docs ? [{ name: 'docs' }] : []),
    ...(value === undefined ? [] : [{ name: 'colour', value }]),
    ...(dryRun ? [{ name: 'dry-run' }] : []),
  ])
/** Each with a letter first, and with parts of one letter and more. */
const path = fc
  .array(fc.tuple(letters(LOWER, 1, 1), letters(`${LOWER}${DIGITS}._+@=-`, 0, 8)), {
    minLength: 1,
    maxLength: 4,
  })
  .map((parts) => parts.map((part) => part.join('')).join('/'))
const claimed = letters(`${LOWER}${DIGITS}._/+@,#=:-`, 1, 60).filter((each) => !each.startsWith('-'))

export const anyDeploy: fc.Arbitrary<DeployRequest> = fc.record(
  {
    verb: fc.constant('deploy' as const),
    run,
    app,
    ref,
    flags,
    commit: fc.oneof(hex(40), hex(64)),
    back: fc.constant(true),
    ask: fc.constant(true),
    digest: hex(64),
    claimed,
  },
  { requiredKeys: ['verb', 'run', 'app', 'ref', 'flags'] },
)

const ofRun = (verb: 'attach' | 'log') =>
  fc.record(
    { verb: fc.constant(verb), run, app, offset: fc.nat(), events: fc.nat() },
    { requiredKeys: ['verb', 'run', 'app'] },
  )

const ofApp = (verb: 'unfreeze' | 'recipe' | 'doctor') => fc.record({ verb: fc.constant(verb), app })

export const anyRequest: fc.Arbitrary<Request> = fc.oneof(
  { weight: 6, arbitrary: anyDeploy },
  fc.constant({ verb: 'hello' as const }),
  fc.record(
    {
      ...{ verb: fc.constant('plan' as const), app, ref, flags, commit: hex(40), digest: hex(64) },
      ...{ look: fc.boolean(), files: fc.boolean(), paths: fc.array(path, { minLength: 1, maxLength: 4 }) },
    },
    { requiredKeys: ['verb', 'app', 'ref', 'flags'] },
  ),
  fc.record(
    { verb: fc.constant('rollback' as const), run, app, to: run, from: run, digest: hex(64), claimed },
    { requiredKeys: ['verb', 'run', 'app'] },
  ),
  ofRun('attach'),
  ofRun('log'),
  fc.record(
    { verb: fc.constant('cancel' as const), run, app, now: fc.boolean() },
    { requiredKeys: ['verb', 'run', 'app'] },
  ),
  fc.record(
    { verb: fc.constant('history' as const), app, limit: fc.integer({ min: 1, max: 1000 }) },
    { requiredKeys: ['verb', 'app'] },
  ),
  fc.record({ verb: fc.constant('freeze' as const), app, reason: claimed }),
  fc.record(
    { verb: fc.constant('status' as const), app, check: fc.boolean() },
    { requiredKeys: ['verb', 'app'] },
  ),
  ofApp('unfreeze'),
  ofApp('recipe'),
  ofApp('doctor'),
)

/** What a request's recipe declares: nothing matters but for deploy and plan. */
export function flagsOf(request: Request): readonly DeclaredFlag[] {
  return request.verb === 'deploy' || request.verb === 'plan' ? DECLARED : []
}
