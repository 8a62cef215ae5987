import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HostRecord } from '../../../src/ui/record/host-record.ts'
import { howFar } from '../../../src/ui/record/how-far.ts'
import { begun, failedInRsync, planFor, ran, succeeded } from '../support/recorded.ts'

test('it is by the steps that are done, of all hosts together', () => {
  const plan = planFor('web1', 'web2')
  const records = plan.hosts.map((host) => new HostRecord(host, plan, { colour: false }))
  const [web1, web2] = records
  assert.ok(web1 && web2)
  assert.deepEqual(howFar(records), { state: 'waiting' })
  for (const each of [...begun('web1'), ...begun('web2'), ...ran('web1', 'git', {})])
    records.find(({ host }) => host === each.host)?.take(each)
  // of each host four steps, one of them skipped from the beginning
  assert.deepEqual(howFar(records), { state: 'running', percent: 37.5 })
  web1.end(succeeded('web1').outcome)
  assert.deepEqual(howFar(records), { state: 'running', percent: 62.5 })
  web2.end(failedInRsync('web2').outcome)
  assert.deepEqual(howFar(records), { state: 'failed', percent: 100 })
})
