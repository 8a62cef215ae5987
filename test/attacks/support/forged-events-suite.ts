// Forged events as a suite: the long form is of `npm run attacks`, a short one of `npm test`.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { whyNotShell } from '../../remote/support/rendered-host.ts'
import { checkForged, type ForgedRun, type Forging, startForging, TRIES } from './forged-run.ts'
import { FORGERIES, type Forgery, fragmentsOf } from './forgeries.ts'

/** What is tried where: each of `FORGERIES` whose place is a multiple of `every`. */
export type Forged = {
  hosts: readonly (readonly [shell: string, blockBytes?: number])[]
  every: number
  fuzzedRuns: number
}

/** Links that one commit has. */
const NAMES = 20

export function forgedSuite({ hosts, every, fuzzedRuns }: Forged): void {
  const tried = FORGERIES.filter((_, index) => index % every === 0)
  // a name has no NUL and no slash, and a good length
  const names = tried.filter(({ what }) => !/no text|more bytes|empty frame|rest of|another run/.test(what))
  describe('forged events', { concurrency: true }, () => {
    for (const [shell, blockBytes] of hosts) {
      const skip = whyNotShell(shell)
      const title = `under ${shell}${blockBytes === undefined ? '' : `, in blocks of ${blockBytes} bytes`}`
      describe(title, { skip, concurrency: 1 }, () => {
        let forging: Forging
        /** by the status of its last step */
        const innocent = new Map<number, ForgedRun>()
        before(async () => {
          forging = await startForging(shell, blockBytes)
          for (const status of [0, 9]) innocent.set(status, await forging.run([], status))
        })
        after(() => forging.close())

        async function check(forgeries: readonly Forgery[], status: number, what: string): Promise<void> {
          const expected = innocent.get(status) as ForgedRun
          checkForged(await forging.run(forgeries, status), expected, what)
        }

        test('a run that prints nothing ends as it should', () => {
          assert.deepEqual([innocent.get(0)?.exit, innocent.get(9)?.exit], [0, 1])
        })

        test(`${tried.length} tries of all kinds`, async () => {
          for (let at = 0; at < tried.length; at += TRIES) {
            const forgeries = tried.slice(at, at + TRIES)
            // those that say all went well where it did not, and the other way round
            await check(forgeries, at % 2 === 0 ? 9 : 0, forgeries.map(({ what }) => what).join('; '))
          }
        })

        test(`${names.length} names of files, and the subjects of their commits`, async () => {
          const innocentNames = await forging.run([], 0, [
            { what: 'a link', bytes: () => Buffer.from('link') },
          ])
          assert.equal(innocentNames.exit, 1)
          for (let at = 0; at < names.length; at += NAMES) {
            const links = names.slice(at, at + NAMES)
            checkForged(
              await forging.run([], 0, links),
              innocentNames,
              links.map(({ what }) => what).join('; '),
            )
          }
        })

        test(`${fuzzedRuns * TRIES} tries of a fuzzer`, async () => {
          const pieces = fc.array(fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 8 })), { maxLength: 12 })
          const fuzzed = fc.array(pieces, { minLength: TRIES, maxLength: TRIES })
          const property = fc.asyncProperty(fuzzed, fc.boolean(), async (tries, isGood) => {
            const forgeries = tries.map((words): Forgery => {
              const bytes: Forgery['bytes'] = (known) => {
                const fragments = fragmentsOf(known)
                const fragment = (index: number) => fragments[index % fragments.length] ?? ''
                return Buffer.concat(words.flatMap(([index, noise]) => [Buffer.from(fragment(index)), noise]))
              }
              return { what: JSON.stringify(words), bytes }
            })
            await check(forgeries, isGood ? 0 : 9, 'fuzzed')
          })
          await fc.assert(property, { numRuns: fuzzedRuns, endOnFailure: true })
        })
      })
    }
  })
}
