// Every line that --json prints. The types of the lines come from here, and so does schema/json.schema.json (build/schema.ts).
import * as v from 'valibot'
import { PATHS_STATES } from '../protocol/event.ts'
import { FINDING_GROUPS } from '../results/finding.ts'
import { historyReport, runReport } from './reports.ts'
import {
  EVENTS,
  error,
  failure,
  holder,
  inLine,
  live,
  phase,
  planEntries,
  plannedStep,
  ref,
  STEP_STATES,
  waiter,
} from './shapes.ts'

/** Changes when a program that reads the lines would have to. */
export const JSON_VERSION = 1

const text = v.string()
const number = v.number()
const texts = v.array(text)
const host = text
const { optional: maybe, picklist: one, strictObject: exact } = v
const { run, commit, outcome, status, plan } = EVENTS

function line<const Name extends string, const Entries extends v.ObjectEntries>(
  event: Name,
  entries: Entries,
) {
  return exact({ schema: v.literal(JSON_VERSION), event: v.literal(event), ...entries })
}

/** An event within a line. */
function inner<const Name extends string, const Entries extends v.ObjectEntries>(
  event: Name,
  entries: Entries,
) {
  return exact({ event: v.literal(event), ...entries })
}

/** How it ended on one host. */
export const RESULT = {
  deployed: v.boolean(),
  upToDate: maybe(v.literal(true)),
  unchanged: maybe(v.literal(true)),
  outcome: maybe(outcome.outcome),
  live: maybe(live),
  run: maybe(text),
  commit: maybe(text),
  step: maybe(text),
  status: maybe(number),
  error: maybe(error),
} as const

/** What a key of a config holds; of a step, its kind, or its kind with its argument. */
const configWord = v.union([text, number, v.boolean(), texts, v.record(text, v.union([text, texts]))])
const configValue = exact({
  path: text,
  value: configWord,
  from: one(['default', 'file']),
  line: maybe(number),
})
export type ConfigValue = Plain<v.InferOutput<typeof configValue>>

const installer = maybe(exact({ name: text, sha256: text }))
const setting = exact({ keyword: text, value: text, origin: one(['deploy.config', 'ssh_config', 'default']) })
/** A host that others are reached by has the same fields, to any depth: ssh allows jump hosts of jump hosts. */
const way = { address: text, port: number, user: text, settings: v.array(setting) } as const
export type Hop = v.InferOutput<v.StrictObjectSchema<typeof way, undefined>> & {
  host: string
  via: readonly Hop[]
}
export const HOP: v.GenericSchema<Hop> = exact({ host, ...way, via: v.array(v.lazy(() => HOP)) })

const hostKey = {
  host,
  onTheWayTo: maybe(text),
  where: maybe(text),
  type: maybe(text),
  fingerprint: maybe(text),
  publicKey: maybe(text),
  name: maybe(text),
} as const

/** What a run tells: of deploy, rollback and attach. */
const RUN_LINES = [
  line('deploy', {
    app: text,
    environment: maybe(text),
    ref: maybe(ref),
    hosts: texts,
    commit: maybe(text),
    notes: texts,
  }),
  line('connecting', { host }),
  line('connected', { host }),
  line('planned', {
    host,
    live: maybe(live),
    commit: maybe(text),
    paths: maybe(one([...PATHS_STATES, 'unknown'])),
  }),
  line('waiting', { host, holder: maybe(holder), inLine: maybe(inLine) }),
  line('lost', { host, retryMs: number, begun: v.boolean() }),
  line('cancel', { host, step: maybe(text), phase: maybe(phase), error: maybe(error) }),
  line('hello', { host, ...EVENTS.hello }),
  line('refused', { host, ...EVENTS.refused }),
  line('run', { host, ...run }),
  line('step', { host, ...STEP_STATES.started }),
  line('step', { host, ...STEP_STATES.skipped }),
  line('step', { host, ...STEP_STATES.ended }),
  line('step', { host, ...STEP_STATES.retrying }),
  line('commit', { host, ...commit }),
  line('cancelled', { host, ...EVENTS.cancelled }),
  line('left', { host, ...EVENTS.left }),
  line('outcome', { host, ...outcome }),
  line('output', { host, step: maybe(text), text }),
  line('ended', { host, ...RESULT }),
  line('result', {
    app: text,
    environment: maybe(text),
    ref: maybe(ref),
    hosts: v.record(text, exact(RESULT)),
  }),
  line('begun', { run: v.optional(text), hosts: v.record(text, text) }),
] as const

/** What the other commands answer, most of them a line a host. */
const ANSWER_LINES = [
  line('error', failure),
  line('host-status', {
    host,
    status: maybe(inner('status', status)),
    lastRun: maybe(inner('run', run)),
    lastOutcome: maybe(inner('outcome', outcome)),
    waiting: maybe(v.array(waiter)),
    checks: maybe(v.array(exact({ name: text, state: one(['passed', 'failed']), words: maybe(text) }))),
    unseen: planEntries.unseen,
    error: maybe(error),
  }),
  line('host-plan', {
    host,
    status: maybe(inner('status', status)),
    plan: maybe(inner('plan', plan)),
    ...planEntries,
    steps: v.array(plannedStep),
    error: maybe(error),
  }),
  line('history', {
    ...run,
    hosts: v.array(
      exact({
        host,
        outcome: v.exactOptional(inner('outcome', outcome)),
        running: v.exactOptional(v.boolean()),
        from: v.exactOptional(text),
        left: v.exactOptional(v.boolean()),
      }),
    ),
  }),
  line('host-doctor', {
    host,
    sound: v.boolean(),
    findings: v.array(
      exact({
        group: one(FINDING_GROUPS),
        subject: text,
        verdict: one(['ok', 'refused', 'warning', 'broken']),
        text,
        todo: v.exactOptional(text),
      }),
    ),
    error: maybe(error),
  }),
  line('host-settings', { host, ...way, via: v.array(HOP) }),
  line('host-key', { ...hostKey, state: one(['known', 'added', 'pin']), by: text }),
  line('host-key', { ...hostKey, state: one(['declined', 'not-asked', 'refused', 'unreachable']), error }),
  line('recipe-diff', {
    host,
    equal: maybe(v.boolean()),
    drift: maybe(v.boolean()),
    version: maybe(text),
    digest: maybe(text),
    localDigest: text,
    words: maybe(texts),
    rights: maybe(texts),
    hunks: maybe(v.array(exact({ from: number, to: number, lines: texts }))),
    error: maybe(error),
  }),
  line('cancel', {
    host,
    run: text,
    step: maybe(text),
    phase: maybe(phase),
    withdrawn: maybe(v.literal(true)),
  }),
  line('freeze', { host, app: text, reason: text }),
  line('unfreeze', { host, app: text, wasFrozen: v.boolean() }),
  exact({ schema: v.literal(JSON_VERSION), event: one(['cancel', 'freeze', 'unfreeze']), host, error }),
  line('init', {
    file: text,
    app: text,
    what: text,
    from: maybe(text),
    unread: v.array(exact({ file: text, line: number, text, why: text })),
    notes: texts,
    warnings: texts,
  }),
  line('config', { file: text, values: v.array(configValue) }),
  line('checksums', { files: v.record(text, text) }),
  line('script', { hosts: text, script: text, installer }),
  line('script', { hosts: text, out: text, sha256: text, installer }),
  line('run-report', runReport),
  line('history-report', historyReport),
  line('script-run', { target: text, status: number, deployKey: maybe(text) }),
] as const

/** A schema for each form that a line may have; several have the same `event`. */
export const LINES = [...RUN_LINES, ...ANSWER_LINES] as const

/** A line, without the `schema` that all have. */
export type JsonLine = Plain<WithoutVersion<v.InferOutput<(typeof LINES)[number]>>>

type WithoutVersion<Line> = Line extends unknown ? Omit<Line, 'schema'> : never

/** What is printed is not changed: lists may be read-only. */
export type Plain<Value> = Value extends readonly (infer Each)[]
  ? readonly Plain<Each>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Plain<Value[Key]> }
    : Value

/** What a report shows. */
export type RunReport = LineOf<'run-report'>
export type HistoryReport = LineOf<'history-report'>
type LineOf<Name> = JsonLine extends infer Line ? (Line extends { event: Name } ? Line : never) : never
