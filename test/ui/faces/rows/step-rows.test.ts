import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Progress } from '../../../../src/results/progress.ts'
import * as rows from '../../../../src/ui/faces/rows/step-rows.ts'
import { chooseStyle } from '../../../../src/ui/output/style.ts'
import { HostRecord } from '../../../../src/ui/record/host-record.ts'
import { begun, fault, planFor, printed, RUN, ran, told, unreachable } from '../../support/recorded.ts'
import { Sink } from '../../support/sink.ts'

const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })

type Source = Omit<rows.RowSource, 'nowMs'>

/** A row's cells, but for the clock of what runs. */
function shown({ state, settled, ...row }: rows.Row): { state: string; text: string; settled: boolean } {
  const cells = [row.name, row.count, settled ? row.time : '', row.note]
  return { state, text: cells.filter(Boolean).join('  '), settled }
}
const connectRow = (source: Source) => shown(rows.connectRow({ ...source, nowMs: performance.now() }))
const stepRow = (name: string, source: Source) =>
  shown(rows.stepRow(name, { ...source, nowMs: performance.now() }))

function recordsOf(...told: Progress[][]): HostRecord[] {
  const hosts = told.map((_, index) => `web${index + 1}`)
  return hosts.map((host, index) => {
    const record = new HostRecord(host, planFor(...hosts), { colour: true })
    for (const progress of told[index] ?? []) record.take(progress)
    return record
  })
}

function started(host: string, name: string): Progress {
  return told(host, { event: 'step', number: 2, name, state: 'started' })
}

function ended(host: string, error?: ReturnType<typeof fault>): Progress {
  return { host, type: 'ended', outcome: { host, ...(error ? { error } : {}) } }
}

const lost = fault('lost', { code: 'SHIPIT_UNKNOWN_VERDICT', exitCode: 76 })

describe('the row of connecting', () => {
  test('waits until something is tried', () => {
    const row = connectRow({ records: recordsOf([]), style })
    assert.deepEqual(row, { state: 'waiting', text: 'connect', settled: false })
  })

  test('is done once the host has answered, whatever it says', () => {
    const connecting = begun('web1').slice(0, 1)
    assert.deepEqual(connectRow({ records: recordsOf(connecting), style }), {
      state: 'running',
      text: 'connect  web1',
      settled: false,
    })
    const refused = told('web1', { event: 'refused', reason: 'frozen', exit: 75 })
    const records = recordsOf([...begun('web1').slice(0, 2), refused, ended('web1', lost)])
    assert.deepEqual(connectRow({ records, style }), { state: 'done', text: 'connect  web1', settled: true })
  })

  test('counts many hosts', () => {
    const records = recordsOf(begun('web1'), [ended('web2', lost)], [])
    assert.deepEqual(connectRow({ records, style }), {
      state: 'running',
      text: 'connect  1/3 hosts, 1 failed',
      settled: false,
    })
  })
})

describe('the row before the first step', () => {
  const source = (records: HostRecord[]) => ({ records, style, nowMs: performance.now() })
  const holder = { run: RUN, user: 'bob', ref: { kind: 'branch', name: 'y' }, seconds: 3 } as const

  test('is there only where something keeps a run from beginning', () => {
    assert.equal(rows.gateRow(source(recordsOf(begun('web1')))), undefined)
    assert.equal(rows.gateRow(source(recordsOf([ended('web1', lost)]))), undefined)
    // nothing began, since nothing had to
    for (const why of [{ isUpToDate: true }, { isUnchanged: true }] as const) {
      const outcome: Progress = { host: 'web1', type: 'ended', outcome: { host: 'web1', ...why } }
      const records = recordsOf([...begun('web1').slice(0, 2), outcome])
      assert.equal(rows.gateRow(source(records)), undefined)
      assert.match(stepRow('git', source(records)).text, /not needed/)
    }
  })

  test('names the holder of a lock that is waited for', () => {
    const waiting: Progress = { host: 'web1', type: 'waiting', holder }
    const row = rows.gateRow(source(recordsOf([...begun('web1').slice(0, 2), waiting])))
    assert.deepEqual(row && shown(row), {
      state: 'running',
      text: `lock  held by bob for 3 s, branch 'y', run ${RUN}`,
      settled: false,
    })
    for (const [ahead, place] of [
      [0, 'next in line'],
      [1, '2nd in line, behind carol'],
      [12, '13th in line, behind carol'],
    ] as const) {
      const inLine = { ahead, ...(ahead > 0 ? { behind: 'carol' } : {}) }
      const first = rows.gateRow(source(recordsOf([{ ...waiting, inLine }])))
      assert.equal(first && shown(first).text, `lock  ${place}; held by bob for 3 s, branch 'y', run ${RUN}`)
      // the lock is free, and somebody else is next
      const free = rows.gateRow(source(recordsOf([{ host: 'web1', type: 'waiting', inLine }])))
      assert.equal(free && shown(free).text, `lock  ${place}`)
    }
  })

  test('names the holder of each lock, where hosts wait for different runs', () => {
    const wait = (host: string, changes: object, inLine?: { ahead: number; behind?: string }): Progress[] => [
      { host, type: 'waiting', holder: { ...holder, ...changes }, ...(inLine ? { inLine } : {}) },
    ]
    const lock = (...told: Progress[][]) => rows.gateRow(source(recordsOf(...told)))?.note
    const other = { run: 'other', user: 'carol' }
    assert.equal(
      lock(wait('web1', other), wait('web2', {}), wait('web3', { seconds: 9 })),
      `held by bob, run ${RUN} (web[2-3]); held by carol, run other (web1)`,
    )
    // of one run, what they say alike, and the longest time
    assert.equal(
      lock(wait('web1', { step: 'git' }), wait('web2', { step: 'make html', seconds: 9 })),
      `held by bob for 9 s, branch 'y', run ${RUN}`,
    )
    assert.equal(
      lock(wait('web1', {}, { ahead: 1, behind: 'dora' }), wait('web2', {}, { ahead: 0 }), wait('web3', {})),
      `2nd in line, behind dora (web1); next in line (web2); not in line (web3); held by bob for 3 s, branch 'y', run ${RUN}`,
    )
    const free: Progress[] = [{ host: 'web2', type: 'waiting', inLine: { ahead: 0 } }]
    assert.equal(lock(wait('web1', {}), free), `held by bob, run ${RUN} (web1); next in line (web2)`)
  })

  for (const [reason, text] of [
    ['locked', 'lock  another run has it'],
    ['frozen', 'freeze  frozen'],
    ['drift', 'recipe  differs from yours'],
    ['policy', 'policy  not allowed'],
    ['clock', 'start  not begun'],
  ] as const) {
    test(`says what a host looked at: ${reason}`, () => {
      const refused = told('web1', { event: 'refused', reason, exit: 75 })
      const row = rows.gateRow(source(recordsOf([refused, ended('web1', lost)])))
      assert.deepEqual(row && shown(row), { state: 'failed', text, settled: true })
    })
  }

  for (const [reasons, text] of [
    [['locked', 'policy', 'policy'], 'start  3/4 hosts  not allowed: 2, another run has it: 1'],
    [['locked', 'busy'], 'lock  2/3 hosts  another run has it: 1, an earlier run has it: 1'],
    [['policy', 'policy-live'], 'policy  2/3 hosts  not allowed'],
  ] as const) {
    test(`counts the hosts of each reason: ${reasons}`, () => {
      const refused = reasons.map((reason, index) => {
        const host = `web${index + 1}`
        return [told(host, { event: 'refused', reason, exit: 75 }), ended(host, lost)]
      })
      const row = rows.gateRow(source(recordsOf(...refused, begun(`web${reasons.length + 1}`))))
      assert.deepEqual(row && shown(row), { state: 'failed', text, settled: true })
    })
  }
})

describe('a step that runs', () => {
  test('shows how long it has, and which host is silent', () => {
    const records = recordsOf(
      [...begun('web1'), ...ran('web1', 'git', {})],
      [...begun('web2'), started('web2', 'git')],
    )
    const [, second] = records
    const row = (afterMs: number) =>
      rows.stepRow('git', { records, latest: second, style, nowMs: (second?.heardAtMs ?? 0) + afterMs })
    assert.deepEqual([row(4500).time, row(4500).note], ['4 s', ''])
    assert.deepEqual([row(12_500).time, row(12_500).note], ['12 s', 'waiting for web2 (silent for 12 s)'])
  })
})

describe('the row of a step', () => {
  test('shows the last line of output without its colours, complete or not', () => {
    const progress = [...begun('web1'), started('web1', 'git'), printed('web1', 'one\n\x1b[31mtw\x1b[0mo\t!')]
    const records = recordsOf(progress)
    assert.equal(stepRow('git', { records, latest: records[0], style }).text, 'git  two !')
  })

  test('shows which host spoke last, of many', () => {
    const records = recordsOf(
      [...begun('web1'), ...ran('web1', 'git', {})],
      [...begun('web2'), started('web2', 'git'), printed('web2', 'fetching\n')],
    )
    assert.deepEqual(stepRow('git', { records, latest: records[1], style }), {
      state: 'running',
      text: 'git  1/2 hosts  web2 | fetching',
      settled: false,
    })
  })

  test('takes the blame for a run that ended before its first step', () => {
    const records = recordsOf([
      ...begun('web1'),
      ended('web1', fault('no space', { code: 'X', exitCode: 70 })),
    ])
    assert.deepEqual(stepRow('git', { records, style }), {
      state: 'failed',
      text: 'git  no space',
      settled: true,
    })
    assert.equal(stepRow('rsync src', { records, style }).text, 'rsync src  did not run')
  })

  test('says of a step that ran when its host was lost that it did not finish, and of others that nobody knows', () => {
    const records = recordsOf([...begun('web1'), started('web1', 'git'), ended('web1', lost)])
    assert.equal(stepRow('git', { records, style }).text, 'git  did not finish')
    assert.equal(stepRow('rsync src', { records, style }).text, 'rsync src  unknown')
  })

  test('says who cancels the run while it is running', () => {
    const cancelled = told('web1', { event: 'cancelled', by: 'bob', when: 'soon' })
    const records = recordsOf([...begun('web1'), started('web1', 'git'), cancelled, printed('web1', 'on\n')])
    assert.equal(stepRow('git', { records, latest: records[0], style }).text, 'git  cancelled by bob')
  })

  test('says that it was cancelled, and not the status that came of that', () => {
    const error = fault('cancelled', { code: 'SHIPIT_CANCELLED', exitCode: 130 })
    const about = { event: 'outcome', run: RUN, outcome: 'cancelled', exit: 130, step: 'git', status: 143 }
    const outcome = { ...about, event: 'outcome', outcome: 'cancelled' } as const
    const end: Progress = { host: 'web1', type: 'ended', outcome: { host: 'web1', outcome, error } }
    const records = recordsOf([...begun('web1'), ...ran('web1', 'git', { status: 143, ms: 2000 })])
    assert.equal(stepRow('git', { records, style }).text, 'git  2.0 s  was ended by TERM (status 143)')
    for (const record of records) record.take(end)
    assert.equal(stepRow('git', { records, style }).text, 'git  2.0 s  cancelled')
  })

  test('says that it was cancelled', () => {
    const error = fault('cancelled', { code: 'SHIPIT_CANCELLED', exitCode: 130 })
    const outcome = { event: 'outcome', run: RUN, outcome: 'cancelled', exit: 130 } as const
    const end: Progress = { host: 'web1', type: 'ended', outcome: { host: 'web1', outcome, error } }
    const records = recordsOf([...begun('web1'), started('web1', 'git'), end])
    assert.equal(stepRow('git', { records, style }).text, 'git  cancelled')
  })

  test('says why a root step is skipped in the sandbox', () => {
    const skipped = told('web1', {
      event: 'step',
      number: 3,
      name: 'apachectl restart',
      state: 'skipped',
      reason: 'sandbox',
    })
    assert.deepEqual(
      stepRow('apachectl restart', { records: recordsOf([...begun('web1'), skipped]), style }),
      {
        state: 'skipped',
        text: 'apachectl restart  sandbox: not run there',
        settled: true,
      },
    )
  })

  test('counts the hosts of each reason why it is skipped', () => {
    const skip = (host: string, reason: 'flag' | 'kept' | 'sandbox') => [
      ...begun(host),
      told(host, { event: 'step', number: 1, name: 'git', state: 'skipped', reason }),
    ]
    const git = (...told: Progress[][]) => stepRow('git', { records: recordsOf(...told), style }).text
    assert.equal(
      git(skip('web1', 'kept'), skip('web2', 'sandbox'), skip('web3', 'sandbox')),
      'git  skipped (not run in the sandbox) on 2 hosts, skipped (the release is kept) on 1',
    )
    const { error } = unreachable('web2').outcome
    assert.equal(
      git(skip('web1', 'kept'), [ended('web2', error)], [ended('web3', lost)]),
      'git  skipped (the release is kept) on 1 host, did not run on 1, unknown on 1',
    )
    assert.equal(git(skip('web1', 'flag'), [ended('web2', error)]), 'git  not requested')
  })

  test('is settled when every host has done it or will not', () => {
    const failing = [...begun('web2'), ...ran('web2', 'git', { status: 1 })]
    const some = recordsOf([...begun('web1'), ...ran('web1', 'git', {})], failing, [
      ended('web3', unreachable('web3').outcome.error),
    ])
    assert.deepEqual(stepRow('git', { records: some, style }), {
      state: 'failed',
      text: 'git  1/3 hosts, 1 failed  1.2 s',
      settled: true,
    })
  })

  test('survives a line without end', () => {
    const records = recordsOf([
      ...begun('web1'),
      started('web1', 'git'),
      printed('web1', '\u{1f600}'.repeat(4000)),
    ])
    const { text } = stepRow('git', { records, latest: records[0], style })
    assert.ok(text.length < 600 && text.isWellFormed())
  })
})
