// What a host, a repository or another person chose, through every face and view: whatever field it stands in, it moves nothing on
// a terminal, gives no command to a CI system, and has nothing in it of what the config says is never shown. The wire admits only few
// characters in most of the fields; that is not relied upon.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { listCommits } from '../../src/cli/checkout/ask-checkout.ts'
import { showErrors } from '../../src/cli/print-answers.ts'
import { show } from '../../src/report.ts'
import type { Progress } from '../../src/results/progress.ts'
import { hideSecrets } from '../../src/safe-text/secrets.ts'
import { chooseFace } from '../../src/ui/faces/choose-face.ts'
import { layOutRows } from '../../src/ui/faces/rows/row-layout.ts'
import { connectRow, gateRow, stepRow } from '../../src/ui/faces/rows/step-rows.ts'
import { formatStepSummary } from '../../src/ui/faces/step-summary.ts'
import { printLines } from '../../src/ui/output/print-lines.ts'
import { chooseStyle } from '../../src/ui/output/style.ts'
import { sayCancel } from '../../src/ui/record/cancel-words.ts'
import { HostRecord } from '../../src/ui/record/host-record.ts'
import { formatAnswers, formatErrors } from '../../src/ui/views/answers-view.ts'
import { formatDiffering } from '../../src/ui/views/differing-words.ts'
import { formatDiagnoses, formatDiagnosesJson } from '../../src/ui/views/doctor-view.ts'
import { formatHistory, formatHistoryJson } from '../../src/ui/views/history-view.ts'
import { LogView } from '../../src/ui/views/log-view.ts'
import { formatRecipeDiff, formatRecipeDiffJson } from '../../src/ui/views/recipe-diff.ts'
import { formatRollback } from '../../src/ui/views/rollback-view.ts'
import { formatChoice } from '../../src/ui/views/run-choice.ts'
import { formatStatus, formatStatusJson } from '../../src/ui/views/status-view.ts'
import { SEQUENCES } from '../attacks/support/hostile-host-bytes.ts'
import { GITHUB, GITLAB } from '../support/ci-variables.ts'
import { assertNoSecret, hideAll, leaksIn, SECRET_LINES, SECRETS } from '../support/secrets.ts'
import {
  failedInRsync,
  fault,
  planFor,
  printed,
  RUN,
  succeeded,
  told,
  unreachable,
} from './support/recorded.ts'
import { pipedOptions, Sink } from './support/sink.ts'

const COMMANDS = ['::error::x', '##[error]x', '##vso[task.x]y', '##teamcity[x]', 'section_start:1:x\r\x1b[0K']
const EVIL = [
  ...SEQUENCES.map((sequence) => `EVIL${sequence}LIVE`),
  ...COMMANDS,
  'a\u2028::error::x\r::error::y\u2029 ##[error]z',
  '[web1] deployed',
  ...SECRET_LINES,
].join('\n')

const UNSEEN =
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u
const COMMAND = /^\s*::|##[a-z]*\[/im

/** Words that our own code chooses among; all other text is replaced. */
const FIXED =
  'event type kind lock outcome state reason phase how verdict group host hosts skipped code'.split(' ')

/** The same with hostile text in each field. */
function poison<Value>(value: Value): Value {
  if (Array.isArray(value))
    return value.map((each) => (typeof each === 'string' ? EVIL : poison(each))) as Value
  if (value instanceof Uint8Array || value instanceof Map || value instanceof Set) return value
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Error) return fault(EVIL, { code: 'X', exitCode: 76, suggestions: [EVIL] }) as Value
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    FIXED.includes(key)
      ? typeof each === 'string'
        ? each
        : poison(each)
      : typeof each === 'string'
        ? EVIL
        : poison(each),
  ])
  return Object.fromEntries(entries) as Value
}

const TIME = '2026-11-22T12:00:00Z'
const now = new Date('2026-11-22T12:05:00Z')
const style = chooseStyle(new Sink(), { LANG: 'C.UTF-8' })
const ref = { kind: 'branch', name: 'x' } as const
const commit = 'a'.repeat(40)
const run = {
  event: 'run',
  run: RUN,
  user: 'alice',
  app: 'codebase',
  ref,
  flags: ['docs'],
  digest: 'd',
  claimed: 'x',
  to: 'x',
  time: TIME,
} as const
const outcome = {
  event: 'outcome',
  run: RUN,
  outcome: 'failed',
  exit: 1,
  step: 'x',
  by: 'x',
  commit,
  tried: 'x',
  backStep: 'x',
  time: TIME,
} as const
const holder = { run: RUN, user: 'x', ref, seconds: 1, step: 'x', by: 'x' } as const
const freeze = { user: 'x', reason: 'x', seconds: 1 }
const error = fault(EVIL, { code: 'X', exitCode: 69, suggestions: [EVIL] })
const history = poison([{ run, hosts: [{ host: 'web1', outcome, from: 'x', left: true }] }])
const statuses = poison([
  {
    host: 'web1',
    status: {
      event: 'status',
      time: TIME,
      lock: 'held',
      holder,
      freeze,
      live: { commit, ref, run: RUN, how: 'partial' },
    },
    lastRun: run,
    lastOutcome: outcome,
  },
  { host: 'web2', error },
] as const)
const diagnoses = poison([
  {
    host: 'web1',
    findings: [{ group: 'host', subject: 'x', verdict: 'broken', text: 'x', todo: 'x' }],
    error,
  },
] as const)
const recipes = [
  {
    host: 'web1',
    text: EVIL,
    digest: EVIL,
    version: EVIL,
    words: [EVIL],
    rights: `a|${EVIL}|${EVIL}|${EVIL}`,
  },
  { host: 'web2', error },
]
const local = { text: 'x\n', digest: 'd', words: ['a'], rights: 'a|b|c|d\n', more: 'shipit' }

/** A secret is cut in two at each of its bytes. */
function byteByByte(each: Progress): Progress[] {
  if (each.type !== 'output') return [each]
  return Array.from(each.bytes, (byte) => ({ ...each, bytes: Buffer.from([byte]) }))
}

/** Of a deploy that fails, of one that does not begin, and of one that waits: all that a face may be told. */
const progress: Progress[] = [
  ...failedInRsync('web1', `${EVIL}\n`).progress.flatMap(byteByByte),
  ...succeeded('web2').progress,
  ...unreachable('web3').progress,
  { host: 'web1', type: 'waiting', holder },
  { host: 'web1', type: 'lost', retryMs: 1, begun: true },
  { host: 'web1', type: 'cancel', error },
  told('web3', { event: 'refused', reason: 'frozen', exit: 75, freeze }),
  told('web3', { event: 'refused', reason: 'busy', exit: 75, holder }),
]
const outcomes = [failedInRsync('web1').outcome, succeeded('web2').outcome, { host: 'web3', error }]
const plan = planFor('web1', 'web2', 'web3')

/** As the wire has them, and with hostile text in each field. */
const all = [...progress, ...progress.map((each) => ('bytes' in each ? each : poison(each)))]

async function face(format?: 'json', { env = {}, hosts = plan.hosts } = {}): Promise<string> {
  const sink = new Sink()
  const options = { ...pipedOptions({ ...plan, hosts }, sink), ...(format ? { format } : {}) }
  const shown = await chooseFace({ ...options, env: { CI: 'true', LANG: 'C.UTF-8', ...env } })
  for (const each of all) void shown.show(each)
  await shown.end(poison(outcomes).filter(({ host }) => hosts.includes(host)))
  return sink.text
}

/** Commands that are ours: groups of a host that is known, errors with our own title. */
const OURS =
  /^::(?:group::web[123](?:: .*)?|endgroup::|error title=codebase%3A [^:,]* failed::(?:web[123]|web\[[123,-]+\]): .*)$/
const SECTION = /^\x1b\[0Ksection_(start|end):\d+:(shipit_[a-z0-9]+_\d+)(?:\[collapsed=true\])?\r\x1b\[0K/

/** Takes out the commands that are ours, all of which are whole and in pairs. */
function withoutOurs(log: string, ours: 'github' | 'gitlab'): string {
  let open = ''
  const lines = log.split('\n').map((line) => {
    const [, what = '', id = ''] =
      ours === 'gitlab'
        ? (SECTION.exec(line) ?? [])
        : OURS.test(line)
          ? (/^::(group|endgroup|error)/.exec(line) ?? [])
          : []
    if (what === 'group' || what === 'start') {
      assert.equal(open, '')
      open = `open ${id}`
    } else if (what === 'endgroup' || what === 'end') {
      assert.equal(open, `open ${id}`)
      open = ''
    } else if (what === 'error') assert.equal(open, '')
    return what === '' ? line : line.replace(ours === 'gitlab' ? SECTION : /^::\w+/, '')
  })
  assert.equal(open, '')
  return lines
    .join('\n')
    .replaceAll(/^ title=[^\n]*?::/gm, 'error ')
    .replaceAll(/^::/gm, '')
}

const CI_SYSTEMS = { github: GITHUB, gitlab: GITLAB }

function onGitHub(show: () => void): string {
  const said: string[] = []
  const before = { ...process.env }
  const { write } = process.stderr
  Object.assign(process.env, GITHUB)
  try {
    process.stderr.write = ((text: string) => said.push(text) > 0) as typeof write
    show()
  } finally {
    process.stderr.write = write
    for (const name of Object.keys(GITHUB)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  }
  return said.join('')
}

function log({ isTTY = false, format }: { isTTY?: boolean; format?: 'json' } = {}): string {
  const sink = Object.assign(new Sink(), { isTTY })
  const view = new LogView({
    stdout: sink as unknown as NodeJS.WriteStream,
    env: { CI: 'true' },
    hosts: ['web1'],
    ...(format ? { format } : {}),
  })
  for (const each of all) void view.show(each)
  void view.show(printed('web1', EVIL))
  view.end()
  return sink.text
}

function lines(formatted: readonly string[]): string {
  const sink = new Sink()
  printLines(sink, formatted)
  return sink.text
}

async function commits(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-hostile-'))
  try {
    const git = (...words: string[]) =>
      execFileSync('git', ['-c', 'user.name=\x1b]0;x\x07', '-c', 'user.email=a@b', ...words], {
        cwd: folder,
        encoding: 'utf8',
      }).trim()
    git('init', '-q')
    git('commit', '-q', '--allow-empty', '-m', 'first')
    const to = git('rev-parse', 'HEAD')
    // git takes the subject as one line, and listCommits shows the newest ten
    const words = EVIL.replaceAll('\0', '').split('\n')
    const size = Math.ceil(words.length / 9)
    for (let at = 0; at < words.length; at += size)
      git('commit', '-q', '--allow-empty', '--cleanup=verbatim', '-m', words.slice(at, at + size).join(' '))
    const from = git('rev-parse', 'HEAD')
    const found = await listCommits(folder, { from, to })
    assert.ok((found?.lines.length ?? 0) > 5)
    const live = { commit: from, ref, run: RUN, how: 'complete' } as const
    const way = { hosts: ['web1'], live, liveRun: run, target: run, commit: to, commits: found }
    return lines(formatRollback({ to: RUN, ways: [way], now }))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const rollback = poison({
  to: RUN,
  ways: [
    {
      hosts: ['web1'],
      live: { commit, ref, run: RUN, how: 'partial' },
      liveRun: run,
      target: run,
      commit,
      commits: { lines: ['x'], more: 1 },
    },
    { hosts: ['web2'], live: undefined, liveRun: undefined, target: undefined, commit, commits: undefined },
  ],
} as const)

const differing = poison([
  { hosts: ['web1'], run, commit },
  { hosts: ['web2'], run: undefined },
] as const)

/** Of people: each face and view, with CI=true. */
const FACES: Readonly<Record<string, () => string | Promise<string>>> = {
  'deploy, attach and rollback': () => face(),
  log,
  'log on the terminal of a CI system': () => log({ isTTY: true }),
  status: () =>
    lines(formatStatus({ app: 'codebase', environment: 'production', answers: statuses, now, style })),
  history: () => lines(formatHistory(history)),
  doctor: () =>
    lines(
      formatDiagnoses({
        app: 'codebase',
        environment: 'production',
        diagnoses,
        gave: { page: [], dangers: [] },
        isVerbose: true,
        style,
      }),
    ),
  'install --diff': () => lines(formatRecipeDiff(local, recipes, style)),
  'the plan of a rollback': () => lines(formatRollback({ ...rollback, now })),
  'what hosts say differently of a run': () => lines(formatDiffering(RUN, differing)),
  'the commits that a rollback takes away': commits,
  'the choice of a run': () => lines(formatChoice(history, now)),
  'errors of hosts': () =>
    lines(
      formatErrors([
        { host: 'web1', error },
        { host: 'web2', error },
      ]),
    ),
  'short answers': () => lines(formatAnswers([{ host: 'web1', words: EVIL }])),
  'the answer to a cancel': () =>
    lines([sayCancel({ host: 'web1', type: 'cancel', error }, plan.cancel).words]),
  'a line that nobody has cleaned': () => lines([EVIL, `error: ${EVIL}`]),
  'rows of a terminal': () => {
    const record = new HostRecord('web1', plan, { colour: false })
    const rows = all.flatMap((each, index) => {
      if (each.host === 'web1') record.take(each)
      if (each.type === 'output' && index % 61 > 0) return []
      const source = { records: [record], latest: record, nowMs: performance.now(), style }
      const gate = gateRow(source)
      return [
        connectRow(source),
        ...(gate ? [gate] : []),
        ...record.steps.map(({ name }) => stepRow(name, source)),
      ]
    })
    return lines(layOutRows(rows, { style }).map(({ text }) => text))
  },
}

describe('with hostile text in each field', () => {
  before(hideAll)
  after(() => hideSecrets([]))

  for (const [name, show] of Object.entries(FACES)) {
    test(`${name}: nothing moves, and nothing is a command`, async () => {
      const shown = await show()
      assertNoSecret(shown)
      assert.match(shown, name.startsWith('log') ? /LIVE/ : /LIVE|web1/)
      const bare = name.includes('terminal of a CI') ? shown.replaceAll(/\x1b\[[0-9;]*m/g, '') : shown
      for (const line of bare.split('\n')) {
        assert.doesNotMatch(line, UNSEEN, JSON.stringify(line.slice(0, 300)))
        assert.doesNotMatch(line, COMMAND, JSON.stringify(line.slice(0, 300)))
      }
    })
  }

  for (const [name, show] of Object.entries({
    'deploy, attach and rollback': () => face('json'),
    log: () => log({ format: 'json' }),
    status: () => `${formatStatusJson(statuses).join('\n')}\n`,
    history: () => `${formatHistoryJson(history, [{ host: 'web1', error }]).join('\n')}\n`,
    doctor: () => `${formatDiagnosesJson(diagnoses).join('\n')}\n`,
    'install --diff': () => `${formatRecipeDiffJson(local, recipes).join('\n')}\n`,
  })) {
    test(`--json, ${name}: each line is an object, and nothing in it is a command`, async () => {
      const shown = (await show()).split('\n').slice(0, -1)
      assert.ok(shown.length > 0)
      assertNoSecret(shown.join('\n'))
      for (const line of shown) {
        assert.equal(typeof JSON.parse(line), 'object')
        assert.doesNotMatch(line, UNSEEN)
        assert.doesNotMatch(line, COMMAND)
      }
    })
  }

  for (const [system, env] of Object.entries(CI_SYSTEMS))
    for (const hosts of [plan.hosts, ['web1']])
      test(`in a job on ${system} with ${hosts.length} hosts: only commands of ours are any`, async () => {
        const shown = await face(undefined, { env, hosts })
        assertNoSecret(shown)
        assert.match(shown, system === 'github' ? /^::group::web1: .*LIVE/m : /section_start/)
        for (const line of withoutOurs(shown, system as 'github' | 'gitlab').split('\n')) {
          assert.doesNotMatch(line, UNSEEN, JSON.stringify(line.slice(0, 300)))
          assert.doesNotMatch(line, COMMAND, JSON.stringify(line.slice(0, 300)))
        }
      })

  test('in a job on github: an error is one command, whatever it quotes', () => {
    const details = { file: `/tmp/${EVIL}`, line: 3, column: 7 }
    const report = { code: 'X', exitCode: 78, message: EVIL, suggestions: [EVIL], details }
    const shown = onGitHub(() => {
      show(report, false)
      showErrors([{ host: 'web1', error }])
    })
    assertNoSecret(shown)
    const commands = shown.split('\n').filter((line) => /^\s*::/.test(line))
    assert.equal(commands.length, 2)
    assert.match(commands[0] ?? '', /^::error file=[^,:]*,line=3,col=7::EVIL/)
    assert.match(commands[1] ?? '', /^::error::EVIL/)
    for (const line of shown.replaceAll(/^::error/gm, '').split('\n')) {
      assert.doesNotMatch(line, UNSEEN)
      assert.doesNotMatch(line, /##[a-z]*\[/i)
    }
    process.exitCode = 0
  })

  test("on the page of a job it is text: no row, heading, link or picture is the host's", () => {
    const records = plan.hosts.map((host) => new HostRecord(host, plan, { colour: false }))
    for (const each of all) records.find(({ host }) => host === each.host)?.take(each)
    for (const each of poison(outcomes)) records.find(({ host }) => host === each.host)?.end(each)
    const page = formatStepSummary({ plan: poison({ ...plan, hosts: [] }), records, ms: 1, style }, GITHUB)
    assert.match(page, /LIVE/)
    assertNoSecret(page)
    for (const line of page.split('\n').slice(0, -1)) {
      assert.doesNotMatch(line, UNSEEN)
      assert.match(line, /^(?:### .*|run .*|\| .* \|| {4}.*)?$/)
      if (line.startsWith('|')) assert.equal(line.split(/(?<!\\)\|/).length, 7, line)
      if (!line.startsWith('    ')) assert.doesNotMatch(line.replaceAll(/\\./g, ''), /[<>[\]!`_]/)
    }
  })

  test('each line of a host has its host in front, in a deploy and in a log', async () => {
    const own = (await face()).split('\n')
    const summary = own.findIndex((line) => /^[✔✖]/.test(line))
    for (const line of [...own.slice(0, summary), ...log().split('\n').slice(0, -1)])
      assert.match(line, /^\[web[123]\] /)
    for (const line of own) if (line.startsWith('[')) assert.match(line, /^\[web[123]\] /)
  })
})

test('the secrets are seen where nothing hides them', async () => {
  for (const shown of [await face(), await face('json'), log(), log({ format: 'json' })])
    assert.equal(leaksIn(shown).length, SECRETS.length)
})
