import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HeldBackError } from '../../../src/errors.ts'
import type { OutcomeEvent } from '../../../src/protocol/event.ts'
import type { HostOutcome, Progress } from '../../../src/results/progress.ts'
import { summarize } from '../../../src/ui/faces/summary.ts'
import { chooseStyle } from '../../../src/ui/output/style.ts'
import type { DeployPlan } from '../../../src/ui/record/deploy-plan.ts'
import { HostRecord } from '../../../src/ui/record/host-record.ts'
import {
  begun,
  COMMIT,
  failedInRsync,
  fault,
  planFor,
  printed,
  RUN,
  ran,
  succeeded,
  told,
  unreachable,
} from '../support/recorded.ts'
import { Sink } from '../support/sink.ts'

type Recorded = { progress: Progress[]; outcome: HostOutcome }

function summary(...recorded: Recorded[]): string[] {
  return summaryOf({}, ...recorded)
}

function summaryOf(more: Partial<DeployPlan>, ...recorded: Recorded[]): string[] {
  const plan = { ...planFor(...recorded.map(({ outcome }) => outcome.host)), ...more }
  const records = recorded.map(({ progress, outcome }) => {
    const record = new HostRecord(outcome.host, plan, { colour: false })
    for (const event of progress) record.take(event)
    record.end(outcome)
    return record
  })
  return summarize({ plan, records, ms: 4200, style: chooseStyle(new Sink(), { LANG: 'C.UTF-8' }) })
}

describe('the closing lines', () => {
  test('say what is live where, how long it took and in which run', () => {
    assert.deepEqual(summary(succeeded('web1')), [
      `✔ codebase: branch 'x' (1a2b3c4d5e6f) is live on web1 (production)  ·  4.2 s  ·  run ${RUN}`,
    ])
  })

  test('say what is newer there, and how to deploy the older commit all the same', () => {
    const live: Omit<NonNullable<OutcomeEvent['live']>, 'how'> = {
      ...{ commit: 'c663af0e12aa3948576655443322110ffeeddc00', ref: { kind: 'branch', name: 'x' }, run: RUN },
    }
    const overtaken = (host: string, how: 'complete' | 'partial' = 'complete') => {
      const outcome = { event: 'outcome', run: RUN, outcome: 'superseded', exit: 0, ms: 300 } as const
      const commit = told(host, { event: 'commit', commit: COMMIT })
      return {
        progress: [...begun(host), ...ran(host, 'git', {}), commit],
        outcome: { host, commit: COMMIT, outcome: { ...outcome, live: { ...live, how } } },
      }
    }
    const tail = `  ·  0.3 s  ·  run ${RUN}`
    const what = "✔ codebase: branch 'x' (1a2b3c4d5e6f) is superseded on"
    const next = '→ To deploy the older commit all the same: shipit deploy production --branch x --back'
    assert.deepEqual(summary(overtaken('web1'), overtaken('web2')), [
      `${what} web[1-2]: c663af0e12aa is live, and newer. Nothing was changed${tail}`,
      next,
    ])
    assert.deepEqual(summary(succeeded('web1'), overtaken('web2', 'partial')).slice(1), [
      `${what} web2: c663af0e12aa is live only partly, and newer. Nothing was changed${tail}`,
      next,
    ])
    assert.equal(
      summaryOf({ ways: ['changed', 'partial'] }, overtaken('web1')).at(-1),
      next.replace(' --back', ' --changed --partial --back'),
    )
  })

  test('say where nothing was begun, since the commit is live', () => {
    const there = (host: string) => ({
      progress: begun(host).slice(0, 2),
      outcome: { host, isUpToDate: true as const, commit: COMMIT },
    })
    const [live, upToDate = ''] = summary(succeeded('web1'), there('web2'), there('web3'))
    assert.match(live ?? '', /is live on web1/)
    assert.match(
      upToDate,
      /^✔ codebase: branch 'x' \(1a2b3c4d5e6f\) is up to date on web\[2-3\] \(production\) {2}· {2}\d+\.\d s$/,
    )
    assert.equal(summary(there('web1')).length, 1)
  })

  test('say where nothing of the app changed, and what stays live there', () => {
    const live = (digit: string) =>
      ({ commit: digit.repeat(40), ref: { kind: 'branch', name: 'x' }, run: RUN, how: 'complete' }) as const
    const same = (host: string, digit: string) => ({
      progress: begun(host).slice(0, 2),
      outcome: { host, isUnchanged: true as const, live: live(digit), commit: COMMIT },
    })
    const lines = summary(same('web1', 'c'), same('web2', 'd'), same('web3', 'c'))
    const what = "✔ codebase: branch 'x' (1a2b3c4d5e6f) has no changes for this app on"
    assert.deepEqual(
      lines.map((line) => line.replace(/ {2}· .*/, '')),
      [
        `${what} web[1,3] (production): cccccccccccc stays live`,
        `${what} web2 (production): dddddddddddd stays live`,
      ],
    )
  })

  test('count those that are not ready among all, those that were up to date included', () => {
    const connected = (host: string) => begun(host).slice(0, 2)
    const upToDate = (host: string) => ({
      progress: connected(host),
      outcome: { host, isUpToDate: true as const, commit: COMMIT },
    })
    const held = (host: string) => ({
      progress: connected(host),
      outcome: { host, error: new HeldBackError('nothing was started') },
    })
    const lines = summary(upToDate('web1'), upToDate('web2'), unreachable('web3'), held('web4'))
    const verdict = "✖ codebase: branch 'x' was started nowhere: 1 of 4 hosts is not ready; ready: web4"
    assert.ok(
      lines.some((line) => line.startsWith(verdict)),
      lines.join('\n'),
    )
  })

  test('name what steps left running, once for hosts that are alike', () => {
    const process = { event: 'left', pid: 4711, user: 'deploybot', command: 'node' } as const
    const leaves = (host: string) => {
      const { progress, outcome } = succeeded(host)
      return { progress: [...progress, told(host, process)], outcome }
    }
    const text = 'Started by a step and still running on'
    assert.match(
      summary(leaves('web1'))[1] ?? '',
      new RegExp(`${text} web1: node, as deploybot \\(process 4711\\)\\.`),
    )
    assert.match(
      summary(leaves('web1'), leaves('web2'))[1] ?? '',
      new RegExp(`${text} web\\[1-2\\]: node, as deploybot\\.`),
    )
  })

  test('name what the host says that it runs, or the rollback as such if nobody knows', () => {
    const { progress, outcome } = unreachable('web1')
    const { ref: _, ...plan } = planFor('web1')
    const record = new HostRecord('web1', plan, { colour: false })
    for (const event of progress) record.take(event)
    record.end(outcome)
    const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
    const lines = summarize({ plan, records: [record], ms: 4200, style })
    assert.ok(lines.includes('✖ codebase: the rollback failed on web1  ·  4.2 s'), lines.join('\n'))
    const begins = new HostRecord('web1', plan, { colour: false })
    for (const event of succeeded('web1').progress) begins.take(event)
    begins.end(succeeded('web1').outcome)
    const [line] = summarize({ plan, records: [begins], ms: 4200, style })
    assert.match(line ?? '', /^✔ codebase: branch 'x' \(1a2b3c4d5e6f\) is live/)
  })

  test('name for each host the branch that it says itself, also where the commit is the same', () => {
    const { progress, outcome } = succeeded('web1')
    const other = { kind: 'branch', name: 'y' } as const
    const rename = (each: Progress): Progress =>
      each.type === 'event' && each.event.event === 'run'
        ? { ...each, event: { ...each.event, ref: other } }
        : each
    const renamed = { progress: progress.map(rename), outcome }
    const lines = summary(renamed, succeeded('web2'))
    assert.match(lines[0] ?? '', /branch 'y' \(1a2b3c4d5e6f\) is live on web1 /)
    assert.match(lines[1] ?? '', /branch 'x' \(1a2b3c4d5e6f\) is live on web2 /)
    const failed = { progress: renamed.progress.slice(0, 3), outcome: unreachable('web1').outcome }
    const verdict = summary(failed, failedInRsync('web2')).find((line) => line.includes('2 of 2 hosts'))
    assert.match(verdict ?? '', /codebase: branch 'x' failed/)
  })

  test('name where a step writes, if the recipe here tells', () => {
    const { progress, outcome } = failedInRsync('web1')
    const plan = { ...planFor('web1'), writes: new Map([['rsync src', '/var/codebase/src/']]) }
    const record = new HostRecord('web1', plan, { colour: false })
    for (const event of progress) record.take(event)
    record.end(outcome)
    const lines = summarize({ plan, records: [record], ms: 1, style: chooseStyle(new Sink(), {}) })
    assert.ok(lines.includes('  /var/codebase/src/ may be partly updated'), lines.join('\n'))
  })

  test('take the time of the run from the host, whoever watched it for how long', () => {
    const { progress, outcome } = succeeded('web1')
    const run = { event: 'outcome', run: RUN, outcome: 'succeeded', exit: 0, ms: 61_000 } as const
    const [line] = summary({ progress, outcome: { ...outcome, outcome: run } })
    assert.match(line ?? '', / {2}· {2}1 min 1 s {2}· /)
  })

  test('fold hosts that are live', () => {
    const [line] = summary(succeeded('web1'), succeeded('web2'), succeeded('db'))
    assert.match(line ?? '', /is live on web\[1-2\], db \(production\)/)
  })

  test('give a failed step with its last ten lines, what is done and what is not, and what to do', () => {
    assert.deepEqual(summary(failedInRsync('web1')), [
      '✖ web1: rsync src failed with status 23 after 1.2 s',
      "  (2 earlier lines: shipit log production --run 0123456 --step 'rsync src')",
      ...Array.from({ length: 10 }, (_, index) => `  web1 | line ${index + 3}`),
      '  done: git',
      '  not run: apachectl restart',
      "  the target of 'rsync src' may be partly updated",
      `✖ codebase: branch 'x' failed on web1  ·  4.2 s  ·  run ${RUN}`,
      "→ See 'shipit status'.",
    ])
  })

  test('name one of several hosts for its earlier lines, and leave out what a line of 80 columns has no room for', () => {
    const earlier = (environment: string) => {
      const plan = { ...planFor('web1', 'web2'), environment }
      const { progress, outcome } = failedInRsync('web1')
      const record = new HostRecord('web1', plan, { colour: false })
      for (const event of progress) record.take(event)
      record.end(outcome)
      const lines = summarize({ plan, records: [record], ms: 1, style: chooseStyle(new Sink(), {}) })
      return lines.find((line) => line.includes('earlier'))
    }
    const command = "--run 0123456 --step 'rsync src'"
    assert.equal(earlier('p'), `  (2 earlier lines: shipit log p --host web1 ${command})`)
    assert.equal(earlier('production'), `  (2 earlier lines: shipit log production ${command})`)
    const name = 'the-test-environment'
    assert.equal(earlier(name), `  (2 earlier lines: shipit log ${name} --run 0123456)`)
    assert.equal(earlier(name.repeat(3)), '  (2 earlier lines)')
  })

  test('say that a prepare step leaves what is live alone, by not saying otherwise', () => {
    const outcome = {
      event: 'outcome',
      run: RUN,
      outcome: 'timed-out',
      exit: 1,
      step: 'git',
      limitSeconds: 60,
    } as const
    const lines = summary({
      progress: [...begun('web1'), ...ran('web1', 'git', { status: 124, limit: 60 })],
      outcome: {
        host: 'web1',
        outcome,
        error: fault('x', { code: 'SHIPIT_STEP_FAILED', exitCode: 1, suggestions: [] }),
      },
    })
    assert.deepEqual(lines.slice(0, -1), [
      '✖ web1: git ran out of time (60 s)',
      '  not run: rsync src, apachectl restart',
    ])
  })

  test('say what is at which commit, and what a publish step that is no rsync may have changed', () => {
    const { progress, outcome } = failedInRsync('web1')
    const restart = ran('web1', 'apachectl restart', { status: 1 })
    const lines = summary({
      progress: [...progress.slice(0, 5), ...ran('web1', 'rsync src', {}), ...restart],
      outcome,
    })
    assert.ok(lines.includes("  'apachectl restart' may be half done"))
    const named = summary({
      progress: [...progress.slice(0, 5), ...ran('web1', 'rsync src', {}), ...restart],
      outcome: { ...outcome, commit: COMMIT },
    })
    assert.ok(named.includes("  the target of 'rsync src' is at 1a2b3c4d5e6f"))
  })

  test('say that the host went back by itself, and then of nothing that it is new', () => {
    const { progress, outcome } = failedInRsync('web1')
    const back = '20261121T120000Z-0123456789abcdef'
    const lines = summary({
      progress,
      outcome: { ...outcome, ...(outcome.outcome ? { outcome: { ...outcome.outcome, back } } : {}) },
    })
    assert.ok(lines.includes(`  the host went back by itself to run ${back}`))
    assert.doesNotMatch(lines.join('\n'), /partly new/)
  })

  test('give the message of an error that no step tells', () => {
    assert.deepEqual(summary(unreachable('web1')), [
      "✖ web1: cannot reach 'web1' (192.0.2.4:22) within 10 s",
      '  no step ran',
      "✖ codebase: branch 'x' failed on web1  ·  4.2 s",
      "→ See 'shipit status'.",
    ])
  })

  test('do not claim to know what nobody knows', () => {
    const error = fault("'web1' sent no outcome", {
      code: 'SHIPIT_UNKNOWN_VERDICT',
      exitCode: 76,
      suggestions: [],
    })
    const started = told('web1', { event: 'step', number: 2, name: 'rsync src', state: 'started' })
    assert.deepEqual(
      summary({
        progress: [...begun('web1'), ...ran('web1', 'git', {}), started],
        outcome: { host: 'web1', error },
      }),
      [
        "✖ web1: 'web1' sent no outcome",
        '  done: git',
        '  may not have run: apachectl restart',
        "  the target of 'rsync src' may be partly updated",
        `✖ codebase: branch 'x' may or may not be live on web1  ·  4.2 s  ·  run ${RUN}`,
      ],
    )
    assert.ok(
      summary({ progress: [], outcome: { host: 'web1', error } }).includes('  unknown which steps ran'),
    )
  })

  test('tell hosts of which nothing is known from those that did not succeed', () => {
    const unknown = fault("cannot reach 'web2'; what it does there is not known", {
      code: 'SHIPIT_UNKNOWN_VERDICT',
      exitCode: 76,
      suggestions: [],
    })
    const cancelled = fault('was cancelled', {
      code: 'SHIPIT_CANCELLED',
      exitCode: 130,
      suggestions: ['Nothing live was changed.'],
    })
    const lines = summary(
      { progress: begun('web1'), outcome: { host: 'web1', error: cancelled } },
      { progress: [], outcome: { host: 'web2', error: unknown } },
    )
    const said = /branch 'x' was cancelled on 1 of 2 hosts, and may or may not be live on 1 of 2 hosts/
    assert.ok(
      lines.some((line) => said.test(line)),
      lines.join('\n'),
    )
    assert.ok(lines.includes('  unknown which steps ran'))
    assert.equal(lines.at(-1), '→ Nothing live was changed on web1.')
  })

  test('fold hosts that failed alike, and keep those apart that did not', () => {
    const lines = summary(
      failedInRsync('web1', 'disk full on web1\n'),
      failedInRsync('web2', 'disk full on web2\n'),
      failedInRsync('web3', 'no right\n'),
      unreachable('web4', '192.0.2.4:22'),
      unreachable('web5', '192.0.2.5:22'),
      succeeded('web6'),
    )
    assert.deepEqual(
      lines.filter((line) => /^[✔✖→]|\|/.test(line)),
      [
        `✔ codebase: branch 'x' (1a2b3c4d5e6f) is live on web6 (production)  ·  4.2 s  ·  run ${RUN}`,
        '✖ web[1-2]: rsync src failed with status 23',
        '  web1 | disk full on web1',
        '✖ web3: rsync src failed with status 23 after 1.2 s',
        '  web3 | no right',
        '✖ web[4-5]: cannot reach the host within 10 s',
        `✖ codebase: branch 'x' failed on 5 of 6 hosts  ·  4.2 s  ·  run ${RUN}`,
        "→ See 'shipit status'.",
      ],
    )
  })

  test('say once what can be done on hosts that failed alike', () => {
    const stopped = ['web1', 'web2'].map((host, index) => {
      const { progress, outcome } = unreachable(host)
      const details = { address: `${host}.example.com` }
      const suggestions = [
        'Start your agent.',
        `See it: ssh -v alice@${host}.example.com`,
        `See it: ping 192.0.2.${index}`,
        `shipit log --host ${host}`,
      ]
      const error = Object.assign(fault('no', { code: 'X', exitCode: 69, suggestions }), { details })
      return { progress, outcome: { ...outcome, error } }
    })
    assert.deepEqual(
      summary(...stopped).filter((line) => line.startsWith('→')),
      [
        '→ Start your agent.',
        '→ See it: ssh -v alice@web1.example.com',
        '→ See it: ping 192.0.2.0',
        '→ shipit log --host web1',
        '→ shipit log --host web2',
      ],
    )
  })

  test('stay short when hundreds of hosts fail in ways of their own', () => {
    const recorded = Array.from({ length: 300 }, (_, index) =>
      failedInRsync(`web${index}`, `${'x'.repeat(index)}\n`),
    )
    const lines = summary(...recorded)
    assert.ok(lines.length < 100, `${lines.length}`)
    assert.ok(lines.includes('✖ web[10-299]: rsync src failed with status 23'))
  })

  test('show a message that quotes a server without what it could do to the terminal', () => {
    const error = fault('refused: \x1b[2J\x1b]0;x\x07hello\nworld', {
      code: 'SHIPIT_CONNECTION',
      exitCode: 69,
      suggestions: ['a\x1b[8mb'],
    })
    const lines = summary({ progress: [], outcome: { host: 'web1', error } })
    assert.deepEqual(lines.slice(0, 2), ['✖ web1: refused: hello', '  world'])
    assert.equal(lines.at(-1), '→ ab')
  })

  test('show the lines that came after the last newline', () => {
    const { progress, outcome } = failedInRsync('web1', 'one\ntwo')
    assert.ok(summary({ progress, outcome }).includes('  web1 | two'))
  })
})

describe('what is known of a host', () => {
  test('takes no more steps than a plan may have from a host that makes them up', () => {
    const record = new HostRecord('web1', planFor('web1'), { colour: false })
    for (let number = 0; number < 1000; number += 1) {
      record.take(told('web1', { event: 'step', number, name: `made up ${number}`, state: 'started' }))
    }
    assert.equal(record.steps.length, 128)
  })

  test('keeps the newest lines of a step and forgets those of steps before', () => {
    const record = new HostRecord('web1', planFor('web1'), { colour: false })
    for (const event of ran('web1', 'git', { output: 'old\n', status: 1 })) record.take(event)
    record.take(told('web1', { event: 'step', number: 2, name: 'rsync src', state: 'started' }))
    record.take(printed('web1', Array.from({ length: 100_000 }, (_, index) => `${index}\n`).join('')))
    assert.equal(record.output.seen, 100_000)
    assert.deepEqual(record.output.tail(2), ['99998', '99999'])
    assert.equal(record.output.tail(1000).length, 200)
  })

  test('is not changed by a second outcome', () => {
    const record = new HostRecord('web1', planFor('web1'), { colour: false })
    record.end(unreachable('web1').outcome)
    record.end({ host: 'web1' })
    assert.ok(record.ended?.error)
  })
})
