import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CancelWords, cancelWords } from '../../../src/ui/record/cancel-words.ts'
import { RUN } from '../support/recorded.ts'

function words(step: string | undefined, phase: 'prepare' | 'publish', isNow = false): CancelWords {
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
  assert.deepEqual(words(undefined, 'prepare'), { words: '' })
  assert.deepEqual(words('git', 'prepare'), { words: ' in step git' })
  assert.deepEqual(words('rsync src', 'publish'), {
    words: ' in step rsync src: it publishes, and the run ends after it',
    hint: 'To end it now: shipit cancel production --now',
  })
  assert.deepEqual(words('rsync src', 'publish', true), { words: ' in step rsync src' })
})

test('a cancel that comes too late says so', () => {
  assert.deepEqual(words('warm up', 'publish'), {
    words: ' in step warm up: it publishes, and it is the last one: if it succeeds, so does the run',
    hint: 'To end it now: shipit cancel production --now',
  })
  assert.deepEqual(words('warm up', 'publish', true), { words: ' in step warm up' })
})

test("root's step is waited for, with or without --now", () => {
  const said = " in step apachectl restart: a root step can't be ended from here, and the run ends after it"
  assert.deepEqual(words('apachectl restart', 'publish'), { words: said })
  assert.deepEqual(words('apachectl restart', 'publish', true), { words: said })
  assert.deepEqual(words('apachectl restart', 'prepare'), { words: said })
})
