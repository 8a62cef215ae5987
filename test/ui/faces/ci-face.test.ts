// What the log of a CI job and the page of its run show of a deploy: test/ui/ci has it as text, with the variables that the systems
// set. SHIPIT_SNAPSHOTS=write writes it anew.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { HostOutcome, Progress } from '../../../src/results/progress.ts'
import { chooseFace } from '../../../src/ui/faces/choose-face.ts'
import type { HeaderSource } from '../../../src/ui/record/header-words.ts'
import { GITHUB, GITLAB } from '../../support/ci-variables.ts'
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
import { pipedOptions, Sink } from '../support/sink.ts'

const GOLDEN = join(import.meta.dirname, '../ci')
const folder = mkdtempSync(join(tmpdir(), 'shipit-ci-'))
after(() => rmSync(folder, { recursive: true }))

type Recorded = { progress: readonly Progress[]; outcome: HostOutcome }
type Shown = { log: string; summary: string; outputs: string }

let count = 0

/** Plays what hosts tell side by side, with the variables of a CI system. */
async function play(
  recorded: readonly Recorded[],
  env: Readonly<Record<string, string>>,
  more: { isTTY?: boolean; site?: string; header?: HeaderSource } = {},
): Promise<Shown> {
  count += 1
  const [summary, outputs] = ['summary', 'output'].map((name) => join(folder, `${name}-${count}`)) as [
    string,
    string,
  ]
  for (const file of [summary, outputs]) writeFileSync(file, '')
  const sink = Object.assign(new Sink(), { isTTY: more.isTTY ?? false })
  const options = pipedOptions(planFor(...recorded.map(({ outcome }) => outcome.host)), sink)
  const face = await chooseFace({
    ...options,
    ...(more.site === undefined ? {} : { site: more.site }),
    ...(more.header === undefined ? {} : { header: more.header }),
    env: { LANG: 'C.UTF-8', ...env, GITHUB_STEP_SUMMARY: summary, GITHUB_OUTPUT: outputs },
  })
  const longest = Math.max(...recorded.map(({ progress }) => progress.length))
  for (let at = 0; at < longest; at += 1)
    for (const { progress } of recorded) {
      const event = progress[at]
      if (event) void face.show(event)
    }
  await face.end(recorded.map(({ outcome }) => outcome))
  const read = (file: string) => readFileSync(file, 'utf8')
  return { log: sink.text, summary: read(summary), outputs: read(outputs) }
}

/** What is another one at each run: a time, the id of a section. */
function settled(text: string): string {
  return (
    text
      .replaceAll(/section_(start|end):\d+:shipit_[a-z0-9]+_(\d+)/g, 'section_$1:TIME:shipit_ID_$2')
      // what the client has measured
      .replaceAll(/(?<=· {2})\d+\.\d s/g, '0.0 s')
      .replaceAll('\x1b', 'ESC')
      .replaceAll('\r', 'CR')
  )
}

/** With output that a step prints in two goes, and words of the host between. */
function chatty(host: string): Recorded {
  const { progress, outcome } = succeeded(host)
  const at = progress.findIndex((each) => each.type === 'output')
  const lost = { host, type: 'lost', retryMs: 1000, begun: true } as const
  return {
    progress: progress.toSpliced(
      at + 1,
      0,
      printed(host, 'more of it\n'),
      lost,
      printed(host, 'and the rest\n'),
    ),
    outcome,
  }
}

const CASES: Readonly<Record<string, () => readonly Recorded[]>> = {
  'deploy-1-host': () => [chatty('web1')],
  'deploy-3-hosts': () => ['web1', 'web2', 'web3'].map(chatty),
  'fails-on-1-host': () => [failedInRsync('web1')],
  'fails-on-2-of-4': () => [succeeded('web1'), failedInRsync('web2'), succeeded('web3'), unreachable('web4')],
}

describe('in a CI job', () => {
  for (const [system, env] of Object.entries({ github: GITHUB, gitlab: GITLAB })) {
    for (const [name, recorded] of Object.entries(CASES)) {
      test(`${name} on ${system} is as the golden file has it`, async () => {
        const { log, summary, outputs } = await play(recorded(), env, { site: 'https://shop.example.com/' })
        const text = settled(`${log}=== summary\n${summary}=== outputs\n${outputs}`)
        const file = join(GOLDEN, `${name}.${system}.txt`)
        if (process.env.SHIPIT_SNAPSHOTS === 'write') {
          mkdirSync(GOLDEN, { recursive: true })
          writeFileSync(file, text)
        }
        assert.equal(text, readFileSync(file, 'utf8'), file)
      })
    }
  }

  test('a terminal is not painted on, and the log is the same', async () => {
    for (const env of [GITHUB, { ...GITHUB, CI: '' }]) {
      const piped = await play([chatty('web1')], env)
      const { log } = await play([chatty('web1')], env, { isTTY: true })
      assert.equal(stripVTControlCharacters(log), piped.log)
    }
  })

  test('another system, or a person, gets neither groups nor files', async () => {
    for (const env of [{ CI: 'true' }, { GITHUB_ACTIONS: 'false' }, {}]) {
      const { log, summary, outputs } = await play([failedInRsync('web1')], env as Record<string, string>)
      assert.doesNotMatch(log, /::|section_/)
      assert.equal(summary + outputs, '')
    }
  })

  test('a run that was cancelled is not said to have failed', async () => {
    const error = fault('the run was cancelled by bob', { code: 'SHIPIT_CANCELLED', exitCode: 130 })
    const { log } = await play([{ progress: begun('web1'), outcome: { host: 'web1', error } }], GITHUB)
    assert.match(log, /^::error title=codebase%3A branch 'x' cancelled::/m)
    assert.match(log, /✖ codebase: branch 'x' was cancelled on web1/)
  })

  test('groups never overlap, each is ended, and no line of output stands outside of one', async () => {
    const recorded = ['web1', 'web2', 'web3', 'web4'].map((host, index) => ({
      progress: [
        ...begun(host),
        ...ran(host, 'git', { output: 'a line\n'.repeat(index * 100) }),
        told(host, { event: 'step', number: 2, name: 'rsync src', state: 'started' }),
        printed(host, 'a line\n'.repeat(60_000)),
        printed(host, 'the last line'),
      ],
      outcome: unreachable(host).outcome,
    }))
    for (const some of [recorded, recorded.slice(3)]) {
      const { log } = await play(some, GITHUB)
      let open: string | undefined
      let inside = 0
      for (const line of log.split('\n')) {
        const [, title] = /^::group::(.*)$/.exec(line) ?? []
        if (title !== undefined) {
          assert.equal(open, undefined)
          open = title
        } else if (line === '::endgroup::') {
          assert.ok(open)
          open = undefined
        } else if (/^\[web\d\] [^|]* \| /.test(line)) {
          assert.equal(open, line.replace(/^\[(\w+)\] (.*?) \| .*$/, '$1: $2'))
          inside += 1
        } else assert.equal(open, undefined, line)
      }
      assert.equal(open, undefined)
      // a step that copies is counted, and what else it prints is shown
      const expected = some.length === 1 ? 300 + 60_001 : 100 + 200 + 300 + 4 * 60_001
      assert.equal(inside, expected)
    }
  })

  test('the summary says which commits came, with a link to all of them', async () => {
    const { progress, outcome } = succeeded('web1')
    const from = '9f66a49d0c1b2a3948576655443322110ffeeddc'
    const live = { commit: from, ref: { kind: 'branch', name: 'x' }, run: RUN, how: 'complete' } as const
    const begun = progress.map((each) =>
      each.type === 'event' && each.event.event === 'run' ? told('web1', { ...each.event, live }) : each,
    )
    const header = { notes: [], about: async () => ({ subject: 'fix the | cart', comes: 3, goes: 0 }) }
    const { summary } = await play([{ progress: begun, outcome }], GITHUB, { header })
    assert.match(summary, /^x {2}9f66a49 . 1a2b3c4 {2}"fix the \\\| cart" . 3 commits$/m)
    const page = `https://github.com/octo-org/shop/compare/${from}...${COMMIT}`
    assert.ok(summary.includes(`| [\`9f66a49..1a2b3c4\`](${page}) |`), summary)
  })

  test('where nothing of the app changed, the summary and the outputs have what stays live', async () => {
    const live = {
      commit: 'c'.repeat(40),
      ref: { kind: 'branch', name: 'x' },
      run: RUN,
      how: 'complete',
    } as const
    const same = (host: string) => ({
      progress: [
        { host, type: 'connected' },
        { host, type: 'planned', isReady: true, live, commit: COMMIT },
        { host, type: 'ended', outcome: { host, isUnchanged: true, live, commit: COMMIT } },
      ] satisfies Progress[],
      outcome: { host, isUnchanged: true, live, commit: COMMIT } as const,
    })
    const all = await play([same('web1'), same('web2')], GITHUB)
    assert.match(all.log, /^\[web1\] nothing in this app changed$/m)
    assert.match(
      all.summary,
      /^\| \*\*web\\\[1-2\\\]\*\* \| {2}\| {2}\| \*\*nothing in this app changed\*\* \| \[`ccccccc`\]\(\S+\/commit\/c{40}\) \|$/m,
    )
    assert.equal(all.outputs, `commit=${live.commit}\ndeployed=false\n`)
    const one = await play([same('web1'), succeeded('web2')], GITHUB)
    assert.match(one.outputs, /^run=.*\ndeployed=true\n$/)
  })

  test('who leaves gets what was held back, and no summary', async () => {
    const sink = new Sink()
    const face = await chooseFace({
      ...pipedOptions(planFor('web1', 'web2'), sink),
      env: { ...GITHUB, GITHUB_STEP_SUMMARY: join(folder, 'left') },
    })
    for (const event of begun('web1')) void face.show(event)
    void face.show(told('web1', { event: 'step', number: 1, name: 'git', state: 'started' }))
    void face.show(printed('web1', 'said before\n'))
    assert.ok(!sink.text.includes('said before'))
    await face.end([])
    assert.deepEqual(sink.lines.slice(-3), ['::group::web1: git', '[web1] git | said before', '::endgroup::'])
    assert.throws(() => readFileSync(join(folder, 'left')))
  })

  test('a file of the system that cannot be written changes nothing', async () => {
    const sink = new Sink()
    const face = await chooseFace({
      ...pipedOptions(planFor('web1'), sink),
      env: { ...GITHUB, GITHUB_STEP_SUMMARY: '/nonexistent/summary', GITHUB_OUTPUT: folder },
    })
    await face.end([succeeded('web1').outcome])
    assert.match(sink.text, /^. codebase: branch 'x' /m)
  })

  test('of 300 hosts that went alike the summary has one row a step, and of 300 that did not it ends', async () => {
    const hosts = Array.from({ length: 300 }, (_, index) => `web${index + 1}`)
    const alike = await play(hosts.map(succeeded), GITHUB)
    assert.equal(alike.summary.split('\n').filter((line) => line.startsWith('| ')).length, 2 + 1 + 4)
    assert.match(alike.summary, /\*\*web\\\[1-300\\\]\*\*/)
    const unlike = await play(
      hosts
        .map((host, index) => failedInRsync(host, `${'x'.repeat(5000)} ${index}\n`))
        .map((each, index) => ({
          ...each,
          outcome: { ...each.outcome, commit: index.toString(16).padStart(40, '0') },
        })),
      GITHUB,
    )
    assert.match(unlike.summary, /and 260 groups of hosts more/)
    assert.ok(Buffer.byteLength(unlike.summary) < 1024 * 1024)
  })
})
