// Attacks of a hostile host as tests: the client stays small, what it shows stays clean, its verdict right, and it can be left.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { whyNoTerminal } from '../../ui/support/terminal.ts'
import { ATTACKS } from './hostile-host-attacks.ts'
import { attack, type Command, makeVictim, type Reader } from './hostile-host-client.ts'

const MOST_MEGABYTES = 200
const MOST_SECONDS = 300
/** From the first Ctrl-C; the second one comes after half a second. */
const MOST_LEAVING_MS = 3000
const DEPLOYED = /is live on|"deployed":true|\] deployed$/m

type Case = {
  name: string
  /** `deploy` if not given */
  command?: Command
  reader: Reader
  /** when Ctrl-C comes, for an attack without an end */
  forMs: number
}

/** Makes a test of each. */
export function describeAttacks(cases: readonly Case[], options: { concurrency?: number } = {}): void {
  describe('a hostile host', options, () => {
    let victim: ReturnType<typeof makeVictim>
    before(() => {
      victim = makeVictim()
    })
    after(() => victim.remove())

    for (const { name, command = 'deploy', reader, forMs } of cases) {
      const skip = reader === 'terminal' ? whyNoTerminal : false
      test(`with ${name} (${command}, ${reader})`, {
        skip,
        timeout: 2 * MOST_SECONDS * 1000,
      }, async (context) => {
        const { exit, mayEnd } = ATTACKS[name] ?? {}
        const endless = exit === undefined || reader === 'stopped'
        const suffered = await attack(victim, {
          name,
          command,
          reader,
          ...(endless ? { stopAfterMs: forMs } : {}),
        })
        const { exitCode, peakMegabytes, seconds, leftAfterMs, forbidden, tail, stderr } = suffered
        context.diagnostic(
          `${peakMegabytes} MB, ${seconds.toFixed(1)} s${leftAfterMs === undefined ? '' : `, left after ${Math.round(leftAfterMs)} ms`}`,
        )
        assert.deepEqual(forbidden, [])
        // a log that was read has been read, however the run went
        const expected = command === 'log' && exit === 1 ? 0 : exit
        const exits: (number | null | undefined)[] = endless ? [130, mayEnd] : [expected]
        assert.ok(exits.includes(exitCode), `${exitCode}: ${tail.slice(-2000)}\n${stderr}`)
        if (command !== 'log') assert.equal(DEPLOYED.test(tail), exit === 0 && !endless, tail.slice(-2000))
        assert.ok(peakMegabytes > 20 && peakMegabytes < MOST_MEGABYTES, `${peakMegabytes} MB`)
        assert.ok(seconds < MOST_SECONDS, `${seconds} s`)
        assert.ok((leftAfterMs ?? 0) < MOST_LEAVING_MS, `${leftAfterMs} ms`)
      })
    }
  })
}
