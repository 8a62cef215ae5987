import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cancelWords } from '../../../src/ui/record/cancel-words.ts'
import { RUN } from '../support/recorded.ts'

function words(step: string | undefined, phase: 'prepare' | 'publish', isNow = false): string {
  const event = { event: 'cancelling', time: '2026-11-22T12:00:00Z', run: RUN } as const
  return cancelWords({
    event: step === undefined ? event : { ...event, step, phase },
    isNow,
    rootSteps: new Set(['apachectl restart']),
    lastStep: 'warm up',
    command: 'shipit cancel production --now',
  })
}

test('a run that is cancelled says in which step, and if it does not end at once, when', () => {
  assert.equal(words(undefined, 'prepare'), '')
  assert.equal(words('git', 'prepare'), ' in step git')
  assert.equal(
    words('rsync src', 'publish'),
    ' in step rsync src: it publishes, and the run ends after it; to end it now: shipit cancel production --now',
  )
  assert.equal(words('rsync src', 'publish', true), ' in step rsync src')
})

test('a cancel that comes too late says so', () => {
  assert.equal(
    words('warm up', 'publish'),
    ' in step warm up: it publishes, and it is the last one: if it succeeds, so does the run; to end it now: shipit cancel production --now',
  )
  assert.equal(words('warm up', 'publish', true), ' in step warm up')
})

test("root's step is waited for, with or without --now", () => {
  const said = " in step apachectl restart: a root step can't be ended from here, and the run ends after it"
  assert.equal(words('apachectl restart', 'publish'), said)
  assert.equal(words('apachectl restart', 'publish', true), said)
  assert.equal(words('apachectl restart', 'prepare'), said)
})
