import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { notificationSchema } from '../../../build/schema.ts'
import { type Ended, notificationOf } from '../../../src/cli/notify/notification-of.ts'
import type { Notification } from '../../../src/json/notification.ts'
import type { HostOutcome } from '../../../src/results/progress.ts'
import { renderNotification } from '../../../src/safe-text/json-line.ts'
import { judgeBy } from '../../support/json-lines.ts'
import { COMMIT, failedInRsync, fault, RUN, succeeded, unreachable } from '../../ui/support/recorded.ts'

const isNotification = judgeBy(notificationSchema())
const ref = { kind: 'branch', name: 'main' } as const
const request: Ended['request'] = { verb: 'deploy', run: RUN, app: 'shop', ref }
const run = {
  ...{ event: 'run', run: RUN, user: 'alice', app: 'shop', ref, flags: [], digest: 'd' },
} as unknown as HostOutcome['run']
const done: HostOutcome = { ...succeeded('web1').outcome, ...(run ? { run } : {}) }
const outcomeOf = (host: string, more: object) =>
  ({ host, outcome: { event: 'outcome', run: RUN, outcome: 'failed', exit: 1, ...more } }) as HostOutcome
const error = (exitCode: number, message = 'no') => fault(message, { code: 'X', exitCode })

function told(outcomes: readonly HostOutcome[], more: Partial<Ended> = {}): Notification | undefined {
  const notification = notificationOf({ environment: 'production', request, outcomes, ms: 12_345, ...more })
  if (notification) assert.ok(isNotification(JSON.parse(renderNotification(notification))))
  return notification
}

describe('a notification', () => {
  test('says in one line what is live where, and the rest as data', () => {
    const notification = told([done, { ...done, host: 'web2' }])
    assert.equal(
      notification?.text,
      `shop: branch 'main' (${COMMIT.slice(0, 7)}) is live on web[1-2] (production), by alice, 12.3 s`,
    )
    const { text: _, hosts, ...rest } = notification ?? assert.fail()
    assert.deepEqual(rest, {
      ...{ schema: 1, outcome: 'deployed', app: 'shop', environment: 'production', verb: 'deploy', ref },
      ...{ run: RUN, user: 'alice', commit: COMMIT, ms: 12_345, exitCode: 0 },
    })
    assert.deepEqual(Object.keys(hosts), ['web1', 'web2'])
    assert.equal(hosts.web1?.deployed, true)
  })

  test('says what failed, with the first error or how many hosts failed', () => {
    const failed = failedInRsync('web1').outcome
    const one = told([failed])
    assert.equal(one?.outcome, 'failed')
    assert.equal(one?.exitCode, 1)
    assert.match(
      one?.text ?? '',
      /^shop: deploy of branch 'main' to production failed: step 'rsync src' failed on 'web1', 12\.3 s$/,
    )
    const more = told([failed, unreachable('web2').outcome, done])
    assert.match(more?.text ?? '', /failed: 2 of 3 hosts failed: web1, web2, by alice/)
    assert.equal(more?.hosts.web2?.error?.code, 'SHIPIT_CONNECTION')
  })

  test('tells cancelled, unknown, superseded and rolled back apart', () => {
    const cases: readonly [Notification['outcome'], readonly HostOutcome[], Partial<Ended>?][] = [
      ['cancelled', [{ host: 'web1', error: error(130) }]],
      ['unknown', [{ host: 'web1', error: error(76) }]],
      [
        'failed',
        [
          { host: 'web1', error: error(76) },
          { host: 'web2', error: error(69) },
        ],
      ],
      ['superseded', [outcomeOf('web1', { outcome: 'superseded', exit: 0 })]],
      ['rolled-back', [{ ...outcomeOf('web1', { back: RUN }), error: error(1) }]],
      ['failed', [{ ...outcomeOf('web1', { tried: RUN }), error: error(1) }]],
      ['rolled-back', [done], { request: { verb: 'rollback', run: RUN, app: 'shop' } }],
      ['deployed', [done, { host: 'web2', isUpToDate: true, commit: COMMIT }]],
    ]
    for (const [outcome, outcomes, more] of cases) assert.equal(told(outcomes, more)?.outcome, outcome)
  })

  test('is not made where no host needed anything, and of a run that is only watched', () => {
    assert.equal(told([{ host: 'web1', isUpToDate: true }]), undefined)
    assert.equal(told([done], { request: { ...request, verb: 'attach' } }), undefined)
  })

  test('mentions and links nothing in Slack, whatever an error quotes', () => {
    const notification = told([{ host: 'web1', error: error(1, '<!channel> & <https://x|y>\x1b[31m\nend') }])
    assert.match(
      notification?.text ?? '',
      /failed: &lt;!channel&gt; &amp; &lt;https:\/\/x\|y&gt; end, 12\.3 s$/,
    )
  })
})
