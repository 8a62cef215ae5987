// A run nobody can lose: what befalls the client or the link in a run of eight steps changes neither the run, nor what the
// client prints, nor its exit code. `npm run faults` tries every place; these are some of them.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { FaultHost } from '../faults/support/fault-host.ts'
import {
  isAnswerRight,
  isRight,
  type LinkCase,
  name,
  tryLinkFault,
  tryLostAnswer,
} from '../faults/support/link-faults.ts'
import { isWhole } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'

/** Shared out over the hosts, which work side by side; the short form has one host, and each fault once or twice: `npm run faults` has more. */
const MORE: readonly LinkCase[] = [
  { fault: 'client killed', step: 'root', where: 'in', seconds: 0 },
  { fault: 'host frozen', step: 'command', where: 'in', seconds: 4 },
  { fault: 'sshd killed', step: 'command', where: 'in', seconds: 4 },
  { fault: 'client stopped', step: 'publish', where: 'in', seconds: 5, flood: 'publish' },
]
const CASES: readonly (readonly LinkCase[])[] = [
  [
    { fault: 'client killed', step: 'git', where: 'in', seconds: 0 },
    { fault: 'client killed', step: 'rsync', where: 'after', seconds: 0 },
    { fault: 'link cut', step: 'prepare', where: 'in', seconds: 5 },
    { fault: 'sshd killed', step: 'make html', where: 'in', seconds: 2 },
  ],
  ...(isWhole ? [MORE] : []),
]

hostsSuite('a run nobody can lose', { hosts: CASES.length, diskSize: '2g' }, (lab) => {
  describe('on hosts side by side', { concurrency: true }, () => {
    for (const [index, cases] of CASES.entries()) {
      describe(`web${index + 1}`, { concurrency: false }, () => {
        let host: FaultHost
        before(async () => {
          host = await FaultHost.make(lab, `web${index + 1}`)
        })
        after(() => host.remove())
        for (const each of cases) {
          test(name(each), async () => {
            const result = await tryLinkFault(host, each)
            assert.ok(isRight(each, result), JSON.stringify(result))
          })
        }
        if (index > 0) return
        test('sshd killed before the first event: the request is sent again, and there is one run', async () => {
          const each = { fault: 'sshd killed', seconds: 1 } as const
          const result = await tryLostAnswer(host, each)
          assert.ok(isAnswerRight(each, result), JSON.stringify(result))
        })
      })
    }
  })
})
