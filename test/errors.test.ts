import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as errors from '../src/errors.ts'

const { EXIT_CODES: _, ShipitError, ...kinds } = errors

/** The exit code of each code, which programs rely on. */
const EXIT_CODES: Readonly<Record<string, number>> = {
  SHIPIT_USAGE: 2,
  SHIPIT_STEP_FAILED: 1,
  SHIPIT_UNSOUND: 1,
  SHIPIT_REF_NOT_FOUND: 66,
  SHIPIT_CONNECTION: 69,
  SHIPIT_MISSING_PROGRAM: 69,
  SHIPIT_MACHINE: 69,
  SHIPIT_OUTPUT: 69,
  SHIPIT_HOST_KEY: 69,
  SHIPIT_LOCKED: 75,
  SHIPIT_HELD_BACK: 75,
  SHIPIT_PROTOCOL: 76,
  SHIPIT_INTERRUPTED: 76,
  SHIPIT_UNKNOWN_VERDICT: 76,
  SHIPIT_REFUSED: 77,
  SHIPIT_CONFIG: 78,
  SHIPIT_DRIFT: 78,
  SHIPIT_CLOCK: 78,
  SHIPIT_CANCELLED: 130,
}

test('each kind has the code and the exit code of the table', () => {
  const actual = Object.values(kinds).map((Kind) => {
    const { code, exitCode } = new Kind('cannot do it')
    return [code, exitCode]
  })
  assert.deepEqual(Object.fromEntries(actual), EXIT_CODES)
})

test('an error that comes before anything was done says so', () => {
  assert.equal(new errors.DriftError('x').isBeforeAll, true)
  assert.equal(new errors.UnknownVerdictError('x').isBeforeAll, false)
})

test('oclif finds the exit code where it looks for it', () => {
  for (const Kind of Object.values(kinds)) {
    const error = new Kind('cannot do it')
    assert.equal(error.oclif.exit, error.exitCode)
  }
})

test('an error carries its cause, its suggestions and its details', () => {
  const cause = new Error('ECONNREFUSED')
  const error = new errors.ConnectionError("cannot reach 'web1'", {
    suggestions: ['Try it later.'],
    cause,
    details: { host: 'web1' },
  })
  assert.ok(error instanceof ShipitError)
  assert.equal(error.name, 'ConnectionError')
  assert.equal(error.message, "cannot reach 'web1'")
  assert.equal(error.cause, cause)
  assert.deepEqual(error.suggestions, ['Try it later.'])
  assert.deepEqual(error.details, { host: 'web1' })
})

test('an error without a cause has none', () => {
  assert.equal('cause' in new errors.LockedError("'codebase' is locked"), false)
})
