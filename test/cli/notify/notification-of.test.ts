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
      /^shop: deploy of branch 'main' to production failed on web1: step 'rsync src' failed, 12\.3 s$/,
    )
    const more = told([failed, unreachable('web2').outcome, { ...done, host: 'web3' }])
    assert.equal(
      more?.text,
      `shop: deploy of branch 'main' (1a2b3c4) to production failed on web1: step 'rsync src' failed; failed on web2: cannot reach 'web2' (192.0.2.4:22) within 10 s; it is live on web3, by alice, 12.3 s`,
    )
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
      ['failed', [{ ...outcomeOf('web1', { back: RUN }), error: error(1) }]],
      ['failed', [{ ...outcomeOf('web1', { tried: RUN }), error: error(1) }]],
      ['rolled-back', [done], { request: { verb: 'rollback', run: RUN, app: 'shop' } }],
      ['deployed', [done, { host: 'web2', isUpToDate: true, commit: COMMIT }]],
    ]
    for (const [outcome, outcomes, more] of cases) assert.equal(told(outcomes, more)?.outcome, outcome)
  })

  const textOf = (outcomes: readonly HostOutcome[], more: Partial<Ended> = {}) =>
    (told(outcomes, more)?.text ?? '').replace(/^shop: /, '').replace(/(?:, by alice)?, 12\.3 s$/, '')
  const older = { commit: 'b'.repeat(40), ref, run: RUN, how: 'complete' } as const
  const unchanged = (host: string): HostOutcome => ({ host, isUnchanged: true, live: older })
  const superseded = (host: string) => outcomeOf(host, { outcome: 'superseded', exit: 0, live: older })

  test('says of each group of hosts what is live there', () => {
    const main = `branch 'main' (1a2b3c4)`
    for (const [outcomes, text] of [
      [
        [done, unchanged('web2')],
        `${main} is live on web1 (production); web2 keeps bbbbbbb (nothing changed)`,
      ],
      [
        [unchanged('web3'), done, unchanged('web2')],
        `${main} is live on web1 (production); web[2-3] keep bbbbbbb (nothing changed)`,
      ],
      [
        [superseded('web2'), done],
        `${main} is live on web1 (production); it is superseded on web2 by the newer bbbbbbb`,
      ],
      [
        [superseded('web1'), { host: 'web2', isUpToDate: true, commit: COMMIT } as const],
        `${main} is superseded on web1 by the newer bbbbbbb (production); web2 had it already`,
      ],
      [
        [
          done,
          {
            host: 'web2',
            error: error(1, `step 'x' failed on 'web2'; the host went back by itself to run R`),
          },
        ],
        `deploy of ${main} to production failed on web2: step 'x' failed; the host went back by itself to run R; it is live on web1`,
      ],
      [
        ['web2', 'web3'].map((host) => ({ host, error: error(1, `step 'x' failed on '${host}'`) })),
        `deploy of branch 'main' to production failed on web[2-3]: step 'x' failed`,
      ],
      [
        [
          { host: 'web1', error: error(69, 'gone') },
          { host: 'web2', error: Object.assign(error(75, 'let go'), { kind: 'held-back' }) },
        ],
        `deploy of branch 'main' to production failed on web1: gone; it was not started on web2`,
      ],
      [
        ['1', '2', '3', '4', '5'].map((host) => ({ host: `web${host}`, error: error(1, host) })),
        `deploy of branch 'main' to production failed on web1: 1; failed on web2: 2; failed on web3: 3; failed on web[4-5]`,
      ],
      [
        [
          { host: 'web1', error: error(130, 'by bob') },
          { host: 'web2', error: error(76, 'gone') },
        ],
        `deploy of branch 'main' to production was cancelled on web1: by bob; ended in an unknown state on web2: gone`,
      ],
    ] as const)
      assert.equal(textOf(outcomes), text)
  })

  test('names the run that a rollback goes back to, and never its own', () => {
    const back = { verb: 'rollback', run: 'its-own', app: 'shop' } as const
    const silent = { host: 'web1', error: error(69, 'gone') }
    assert.equal(
      textOf([silent], { request: { ...back, to: RUN } }),
      `rollback of production to run ${RUN} failed on web1: gone`,
    )
    assert.equal(textOf([silent], { request: back }), 'rollback of production failed on web1: gone')
    assert.equal(
      textOf([done], { request: { ...back, to: RUN } }),
      `branch 'main' (1a2b3c4) is live again on web1 (production)`,
    )
  })

  test('is not made where no host needed anything, and of a run that is only watched', () => {
    assert.equal(told([{ host: 'web1', isUpToDate: true }]), undefined)
    assert.equal(told([done], { request: { ...request, verb: 'attach' } }), undefined)
  })

  test('mentions and links nothing in Slack, whatever an error quotes', () => {
    const notification = told([{ host: 'web1', error: error(1, '<!channel> & <https://x|y>\x1b[31m\nend') }])
    assert.match(
      notification?.text ?? '',
      /failed on web1: &lt;!channel&gt; &amp; &lt;https:\/\/x\|y&gt; end, 12\.3 s$/,
    )
  })
})
