// Cancelling a deploy that waits in line: what becomes of its place and of its next request, and who is said to have done it.
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { describe } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { shell } from '../../../src/recipe/steps.ts'
import {
  type Answer,
  eventsOf,
  inTurn,
  outcomeOf,
  RenderedHost,
  SESSION,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
  withHost,
} from '../support/rendered-host.ts'

const STATE = '/var/lib/shipit/apps/codebase'
const ME = userInfo().username

/** Cancels in the name of carol, in the middle of the work of a program. */
const CAROL_COMES = '[ ! -e "$aside/mark" ] || echo carol >"$(cat "$aside/mark")"\nexec "$real" "$@"'

/** Takes a place away as soon as its mark is there, as the deploy itself does. */
const LEAVES_AT_MARK =
  'read -r mark place <"$aside/place" && [ -e "$mark" ] && rm -f "$place"\nexec "$real" "$@"'

describe('a deploy that waits in line', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      const steps = [shell(WHILE_HELD, { name: 'held', phase: 'prepare' })]
      const onHost = (before: Record<string, string>, test: (host: RenderedHost) => Promise<void>) =>
        withHost(new RenderedHost({ shell: name, steps, before }), test)

      it('loses its place when it is cancelled, and does not begin, whoever cancels it', () =>
        onHost({}, async (host) => {
          const held = await hold(host)
          const [mine, theirs, odd] = [makeRunId(), makeRunId(), makeRunId()]
          await wait(host, mine)
          stand(host, `100002,${theirs},mallory`)
          const before = await waiters(host, 'history')
          assert.deepEqual(before, await waiters(host, 'status'))
          assert.deepEqual(before, [mine, theirs])

          assert.deepEqual(refusal(await cancel(host, mine)), [66, 'unknown-run', true, undefined])
          assert.deepEqual(await waiters(host, 'status'), [theirs])
          assert.deepEqual(refusal(await wait(host, mine)), [130, 'cancelled', undefined, ME])
          // who did that is told to one that comes later
          assert.deepEqual(refusal(await cancel(host, mine)), [66, 'unknown-run', undefined, ME])

          assert.deepEqual(refusal(await cancel(host, theirs)), [66, 'unknown-run', true, undefined])
          assert.equal(host.read(`${STATE}/withdrawn/of-mallory/${theirs}`), `${ME}\n`)
          // no account has such a name
          const oddly = [`100003,${odd},-x y`, `100003,${odd},.x`]
          for (const ticket of oddly) stand(host, ticket)
          assert.deepEqual(refusal(await cancel(host, odd)), [66, 'unknown-run', undefined, undefined])
          assert.deepEqual(readdirSync(`${host.state}/line`).sort(), oddly)
          assert.deepEqual(readdirSync(`${host.state}/withdrawn`).sort(), ['of-mallory', `of-${ME}`].sort())

          // one that asked for a place while it was cancelled leaves it, and the first to cancel has done it
          const late = makeRunId()
          host.write(`${STATE}/withdrawn/of-${ME}/${late}`, 'carol\n')
          stand(host, `100004,${late},${ME}`)
          assert.deepEqual(refusal(await cancel(host, late)), [66, 'unknown-run', true, undefined])
          stand(host, `100004,${late},${ME}`)
          assert.deepEqual(refusal(await wait(host, late)), [130, 'cancelled', undefined, 'carol'])
          assert.deepEqual(readdirSync(`${host.state}/line`).sort(), oddly)
          host.release()
          assert.equal((await held.answer).status, 0)
        }))

      it('is told as cancelled where it sees that first, and leaves the line by itself', () =>
        onHost({ ls: LEAVES_AT_MARK }, async (host) => {
          const run = makeRunId()
          stand(host, `100001,${run},${ME}`)
          const mark = `${host.state}/withdrawn/of-${ME}/${run}`
          host.write('/aside/place', `${mark} ${host.state}/line/100001,${run},${ME}\n`)
          assert.deepEqual(refusal(await cancel(host, run)), [66, 'unknown-run', true, undefined])
        }))

      it('keeps its place where the cancel cannot be written down', () =>
        onHost({}, async (host) => {
          const run = makeRunId()
          stand(host, `100001,${run},mallory`)
          host.write(`${STATE}/withdrawn/of-mallory`, 'no folder\n')
          assert.deepEqual(refusal(await cancel(host, run)), [70, 'storage', undefined, undefined])
          assert.deepEqual(await waiters(host, 'status'), [run])
        }))

      for (const [program, what] of [
        ['flock', 'is turned away'],
        ['sync', 'ends before its first step'],
      ] as const)
        it(`that is cancelled by another person as it begins ${what}, in the name of that one`, () =>
          onHost({ [program]: CAROL_COMES }, async (host) => {
            const run = makeRunId()
            const folder = host.folder(`${STATE}/withdrawn/of-${ME}`)
            host.write('/aside/mark', `${folder}/${run}`)
            const answer = await wait(host, run)
            assert.ok(existsSync(`${folder}/${run}`))
            assert.equal(answer.status, 130)
            if (program === 'flock') assert.deepEqual(refusal(answer), [130, 'cancelled', undefined, 'carol'])
            else {
              assert.deepEqual([outcomeOf(answer).outcome, outcomeOf(answer).by], ['cancelled', 'carol'])
              assert.deepEqual(eventsOf(answer, 'step'), [])
            }
          }))
    })
  }
})

function wait(host: RenderedHost, run: string): Promise<Answer> {
  return host.deploy('--branch master --wait', run)
}

function cancel(host: RenderedHost, run: string): Promise<Answer> {
  return host.ask(`cancel --run ${run} --app codebase`)
}

async function waiters(host: RenderedHost, verb: 'status' | 'history'): Promise<string[]> {
  return eventsOf(await host.ask(`${verb} --app codebase`), 'waiter').map(({ run }) => run)
}

/** A place in the line, for longer than a test takes. */
function stand(host: RenderedHost, place: string): void {
  const now = Math.floor(Date.now() / 1000)
  host.write(`${STATE}/line/${place}`, `${now} ${now + 4} branch master\n`)
}

async function hold(host: RenderedHost) {
  host.hold()
  const call = host.start(`deploy --run ${makeRunId()} --app codebase --branch master --session ${SESSION}`)
  await call.until('"state":"started"')
  return call
}

function refusal(answer: Answer) {
  const [refused] = eventsOf(answer, 'refused')
  assert.equal(refused?.exit, answer.status, answer.stderr)
  return [answer.status, refused?.reason, refused?.withdrawn, refused?.by]
}
