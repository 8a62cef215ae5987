// Rollbacks to releases that are kept, and to such as are not.
import assert from 'node:assert/strict'
import { readlinkSync } from 'node:fs'
import { describe } from 'node:test'
import { git, releases, rsync } from '../../src/recipe/steps.ts'
import { BUILD, ReleasesHost, ROOT } from './support/releases-host.ts'
import {
  type Answer,
  eventsOf,
  inTurn,
  outcomeOf,
  SHELLS,
  whyNotShell,
  withHost,
} from './support/rendered-host.ts'

const skippedOf = (answer: Answer) =>
  eventsOf(answer, 'step').flatMap((step) => (step.state === 'skipped' ? `${step.name}: ${step.reason}` : []))

describe('releases', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: 3 }, () => {
      const it = inTurn(name)
      it('are gone back to without a build, after good, good, bad, good, bad, each time to the right one', () =>
        withHost(
          new ReleasesHost(
            name,
            [
              git(),
              BUILD,
              releases({ root: ROOT, keep: 9 }),
              // of the sandbox' root steps none runs; what fails is the switch of another app
              releases({ root: '/var/other', name: 'other' }),
            ],
            {
              ln: 'case "$*" in *other/current.new) [ ! -e "$aside/fail" ] || exit 1 ;; esac; exec "$real" "$@"',
            },
          ),
          async (host) => {
            const bad = async (version: string) => {
              host.write('/aside/fail', '')
              const answer = await host.version(version)
              host.run('rm', [host.path('/aside/fail')])
              assert.deepEqual([outcomeOf(answer).step, answer.status], ['switch other', 1], answer.output)
              assert.equal(host.live, version)
            }
            assert.equal((await host.version('1')).status, 0)
            assert.equal((await host.version('2')).status, 0)
            await bad('3')
            assert.equal((await host.version('4')).status, 0)
            await bad('5')
            const { builds } = host
            host.run('git', ['update-ref', '-d', 'refs/heads/master'], '/srv/git/codebase.git')
            for (const version of ['4', '2', '1']) {
              const answer = await host.rollback()
              assert.equal(answer.status, 0, answer.output)
              assert.equal(host.live, version)
              assert.equal(host.read('/var/other/current/version'), version)
              assert.deepEqual(skippedOf(answer), ['build: kept', 'release: kept', 'release other: kept'])
              assert.deepEqual(
                eventsOf(answer, 'run')[0]?.steps?.map(({ skipped }) => skipped),
                [undefined, 'kept', 'kept', undefined, 'kept', undefined],
              )
            }
            assert.equal(host.builds, builds)
            assert.equal((await host.rollback()).status, 66)
          },
        ))

      it('that are gone are prepared anew, under the name of the run that is gone back to', () =>
        withHost(new ReleasesHost(name), async (host) => {
          const first = outcomeOf(await host.version('1')).run
          await host.version('2')
          host.run('rm', ['-r', host.path(`${ROOT}/releases/${first}`)])
          const { builds } = host
          const back = await host.rollback()
          assert.equal(back.status, 0, back.output)
          assert.deepEqual(skippedOf(back), [])
          assert.equal(host.builds, builds + 1)
          assert.equal(host.live, '1')
          assert.equal(readlinkSync(host.path(`${ROOT}/current`)), `releases/${first}`)
          await host.version('3')
          // so that the next way back to it is short
          assert.deepEqual(skippedOf(await host.rollback()), ['build: kept', 'release: kept'])
          assert.equal(host.live, '1')
        }))

      it('are prepared anew where a publish step could want what was built', () =>
        withHost(
          new ReleasesHost(name, [
            git(),
            BUILD,
            releases({ root: ROOT }),
            rsync({ from: './', to: '/var/codebase/', delete: true }),
          ]),
          async (host) => {
            for (const version of ['1', '2']) assert.equal((await host.version(version)).status, 0)
            const back = await host.rollback()
            assert.equal(back.status, 0, back.output)
            assert.deepEqual(skippedOf(back), [])
            assert.match(back.output, /release .* is kept/)
            assert.equal(host.read('/var/codebase/built'), 'built 1\n')
            assert.equal(host.live, '1')
          },
        ))
    })
  }
})
