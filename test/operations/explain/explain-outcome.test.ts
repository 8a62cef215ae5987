import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LeftBehind } from '../../../src/operations/explain/describe-left.ts'
import type { Expected } from '../../../src/operations/explain/expected-run.ts'
import { explainOutcome } from '../../../src/operations/explain/explain-outcome.ts'
import { explainRefusal } from '../../../src/operations/explain/explain-refusal.ts'
import type { OutcomeEvent } from '../../../src/protocol/event.ts'
import { COMMIT, REQUEST, RUN } from '../support/scripted-run.ts'

const LEFT: LeftBehind = {
  commit: COMMIT,
  done: ['rsync src', 'migrate'],
  broken: ['apachectl restart'],
  notRun: ['rsync doc', 'check localhost'],
}
const EXPECTED = { host: 'web1', environment: 'production', request: REQUEST }
const BEFORE = '20261121T120000Z-0123456789abcdef'

function explain(changes: Partial<OutcomeEvent>, left?: LeftBehind, expected: Expected = EXPECTED) {
  const event = { event: 'outcome', run: RUN, outcome: 'failed', exit: 1, ...changes } as const
  return explainOutcome(event, expected, { left })
}

describe('a publish that did not end well', () => {
  const said = 'the target of rsync src is at 1a2b3c4d5e6f; migrate ran'
  const notRun = 'rsync doc did not run; check localhost did not run'

  test('says what was done, what failed and what was not done, and what can be done now', () => {
    const error = explain({ step: 'apachectl restart', status: 1 }, LEFT)
    assert.equal(error.message, `step 'apachectl restart' failed with status 1 on 'web1': ${said}; ${notRun}`)
    assert.deepEqual(error.suggestions, [
      'Fix the cause and deploy again: shipit deploy production --branch x',
      'Or go back to the last good run, if there is one: shipit rollback production',
    ])
    assert.equal(error.details.left, `${said}; ${notRun}`)
  })

  test('says so when its time ran out, or when it was cancelled, and by whom', () => {
    const late = explain({ outcome: 'timed-out', step: 'apachectl restart', limitSeconds: 60 }, LEFT)
    assert.equal(
      late.message,
      `step 'apachectl restart' ran out of time (60 s) on 'web1': ${said}; ${notRun}`,
    )
    const cancelled = explain({ outcome: 'cancelled', exit: 130, step: 'apachectl restart', by: 'bob' }, LEFT)
    assert.equal(
      cancelled.message,
      `the run on 'web1' was cancelled by bob: ${said}; apachectl restart did not finish; ${notRun}`,
    )
    assert.deepEqual(cancelled.suggestions, [
      'Deploy again: shipit deploy production --branch x',
      'Or go back to the last good run, if there is one: shipit rollback production',
    ])
  })

  test('says so when the host died in it, and not that there is nothing to clean up', () => {
    const error = explain({ outcome: 'interrupted', exit: 76, step: 'apachectl restart' }, LEFT)
    assert.equal(
      error.message,
      `the run on 'web1' was interrupted in step 'apachectl restart': the host or its run died: ${said}; apachectl restart did not finish; ${notRun}`,
    )
    assert.deepEqual(error.suggestions, explain({}, LEFT).suggestions)
    const early = explain({ outcome: 'interrupted', exit: 76, step: 'git' })
    assert.deepEqual(early.suggestions, ['Deploy again: there is nothing to clean up.'])
  })

  test('names where a step writes, if that is known, whatever the step is called', () => {
    const writes = new Map([
      ['rsync source', '/var/www/'],
      ['the docs', '/var/doc/'],
    ])
    const { details } = explain({}, { done: ['the docs'], broken: ['rsync source'], notRun: [], writes })
    assert.equal(details.left, '/var/doc/ is new; /var/www/ may be partly updated')
  })

  test('says that a folder may be partly updated', () => {
    const { message } = explain(
      { step: 'rsync src', status: 23 },
      { done: [], broken: ['rsync src'], notRun: ['x'] },
    )
    assert.equal(
      message,
      "step 'rsync src' failed with status 23 on 'web1': the target of rsync src may be partly updated; x did not run",
    )
  })

  test('says that the host went back by itself, and not what is not true any more', () => {
    const error = explain({ step: 'check localhost', status: 1, back: BEFORE }, LEFT)
    assert.equal(
      error.message,
      `step 'check localhost' failed with status 1 on 'web1'; the host went back by itself to run ${BEFORE}`,
    )
    assert.deepEqual(error.suggestions, [
      'The release before it is live again. Fix the cause and deploy: shipit deploy production --branch x',
    ])
    assert.equal(error.details.back, BEFORE)
  })
})

test('a status of 127 says where a host looks for programs', () => {
  const [first] = explain({ step: 'npm ci', status: 127 }).suggestions
  assert.match(first ?? '', /a program was not found.* \/usr\/local\/bin: give its path, or set PATH/)
  assert.doesNotMatch(explain({ step: 'npm ci', status: 1 }).suggestions.join(), /127/)
})

test('who has not begun to publish is told that nothing was touched', () => {
  const error = explain({ step: 'make html', status: 2 })
  assert.equal(error.message, "step 'make html' failed with status 2 on 'web1'")
  assert.match(error.suggestions[0] ?? '', /^Nothing live was changed/)
  assert.deepEqual(explain({ outcome: 'cancelled', exit: 130 }).suggestions, ['Nothing live was changed.'])
})

test('a host that can not go back to the run that was named does not ask for a name', () => {
  const refusal = { event: 'refused', time: '2026-11-22T12:00:00Z', reason: 'no-target', exit: 66 } as const
  const request = { run: RUN, app: 'codebase', verb: 'rollback', to: BEFORE } as const
  const error = explainRefusal(refusal, { ...EXPECTED, request })
  assert.match(error.message, new RegExp(`can't go back to run ${BEFORE}: it did not succeed there`))
  assert.doesNotMatch(error.suggestions.join(), /--to/)
})

test('a deploy to be given once more has --back where a person says it, which is not in the sandbox', () => {
  const refusal = { event: 'refused', time: '2026-11-22T12:00:00Z', reason: 'locked', exit: 75 } as const
  const expected = { ...EXPECTED, request: { ...REQUEST, back: true } }
  const words = (each: Expected) => explainRefusal(refusal, each).suggestions.join()
  assert.match(words(expected), /shipit deploy .*--back --wait 15m/)
  assert.doesNotMatch(words({ ...expected, origin: '/sandbox/srv/git/codebase.git' }), /--back/)
})

test('a refusal by policy names the groups that may, and the command that puts one into it', () => {
  const refusal = { event: 'refused', time: '2026-11-22T12:00:00Z', reason: 'policy', exit: 77 } as const
  const rule = { branches: ['rel/*', 'x'], tags: [], verbs: ['deploy'] } as const
  const policy = [
    { ...rule, group: 'deployers' },
    { ...rule, group: 'others', branches: ['y'] },
    { ...rule, group: 'cancellers', verbs: ['cancel'] as const },
  ]
  const advice = (request: Expected['request'], more: Partial<Expected> = { user: 'alice', policy }) =>
    explainRefusal(refusal, { ...EXPECTED, request, ...more }).suggestions.join('\n')
  const deploy = (name: string) => ({ ...REQUEST, ref: { kind: 'branch', name } as const })
  assert.match(
    advice(deploy('x')),
    /the group deployers may\. Have root on web1 .*`usermod -aG deployers alice`/,
  )
  assert.match(advice(deploy('rel/1.2')), /deployers/)
  assert.match(advice({ run: RUN, app: 'codebase', verb: 'cancel' }), /`usermod -aG cancellers alice`/)
  assert.match(
    advice({ run: RUN, app: 'codebase', verb: 'status' }),
    /these groups may: deployers, others, cancellers/,
  )
  // nobody may, or nothing is known of it
  assert.match(advice(deploy('z')), /^Ask the administrator/)
  assert.match(advice(deploy('x'), {}), /^Ask the administrator/)
})

test('every command that is suggested names the environment that it is about', () => {
  const time = '2026-11-22T12:00:00Z'
  for (const reason of ['drift', 'locked', 'frozen', 'no-target'] as const) {
    const { suggestions } = explainRefusal({ event: 'refused', time, reason, exit: 75 }, EXPECTED)
    const commands = suggestions.join('\n').match(/shipit [a-z]+( [a-z]+)?/g) ?? []
    assert.ok(commands.length > 0, reason)
    for (const command of commands) assert.match(command, / production$/, reason)
  }
})

test('a run id that the host has seen before is not called the run of the person who asks', () => {
  const { message, suggestions } = explainRefusal(
    { event: 'refused', time: '2026-11-22T12:00:00Z', reason: 'used', exit: 76 },
    EXPECTED,
  )
  assert.match(
    message,
    /^'web1' knows run id \S+ from another request, another person, or .*: nothing was started$/,
  )
  assert.match(suggestions.join('\n'), /^See whose run it is: shipit history production$/m)
  assert.match(suggestions.join('\n'), /start a new one, .*: shipit deploy production --branch x$/m)
})

test('a ref that is not there is looked for where the host looks', () => {
  const gone = { outcome: 'failed', exit: 66, step: 'git', reason: 'ref-not-found' } as const
  const { message, suggestions } = explain(gone)
  assert.equal(message, "the repository of 'web1' has no branch 'x', or it does not lead to a commit")
  assert.match(suggestions[0] ?? '', /git ls-remote origin$/)
  const here = explain(gone, undefined, { ...EXPECTED, origin: "/it's here/x.git" })
  assert.match(here.suggestions[0] ?? '', /git ls-remote '\/it'\\''s here\/x\.git'$/)
  const local = explain(gone, undefined, { ...EXPECTED, isOnlyHere: () => true })
  assert.equal(local.suggestions[0], 'It is in your checkout and was not pushed: git push origin x')
  const asked = explain(gone, undefined, { ...EXPECTED, request: { ...REQUEST, commit: COMMIT } })
  assert.match(asked.message, /, or the commit is not on it$/)
})
