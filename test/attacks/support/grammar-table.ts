// The grammar of requests as an attacker would write it down: each verb's words in their order, a good value and the bad
// ones. A third reading beside judge.sh and request.ts, on purpose: what both of those got wrong shows here.

export const RUN = '20261122T120000Z-0123456789abcdef'
export const SHA = 'a'.repeat(40)
export const DIGEST = 'd'.repeat(64)
export const SESSION = '0123456789abcdef0123456789abcdef'

/** Switches that the gate's tests declare, so that a request with nothing else wrong can be too long, or of too many words. */
export const LONG_FLAGS = Array.from(
  { length: 25 },
  (_, index) => `long-${'x'.repeat(33)}${String.fromCharCode(97 + index)}`,
)
export const SHORT_FLAGS = Array.from({ length: 26 }, (_, index) => `s${String.fromCharCode(97 + index)}`)

/** One word pair of a verb, or a switch (no `good`). */
export type Part = {
  option: string
  good?: string
  bad: readonly string[]
  optional?: true
  /** stands in place of the part before it */
  instead?: true
}

/** Values that no part of any verb takes. */
export const NEVER: readonly string[] = ['-x', '--help', '$(id)', 'x;id', "'x'", 'x\ty', 'f\u00fcr']

const HEX_TRICKS = [
  `${SHA}0`,
  SHA.slice(1),
  SHA.toUpperCase(),
  `${SHA.slice(1)}g`,
  'abc',
  '0',
  `${SHA}^`,
  `${SHA}~1`,
]
// biome-ignore format: a table, filled
const run: Part = {
  option: 'run',
  good: RUN,
  bad: [
    'x', '1', `${RUN}0`, RUN.slice(0, -1), RUN.slice(1), RUN.toUpperCase(), RUN.toLowerCase(), RUN.replace('-', '_'),
    RUN.replace('-', 'Z'), RUN.replace('T', 'Z'), RUN.replace('T', '-'), RUN.replace('Z', 'T'), RUN.replace('Z', '0'),
    '20261122T12000AZ-0123456789abcdef', '2026112aT120000Z-0123456789abcdef', '20261122T120000Z-0123456789abcdeg',
    '2026-112T120000Z-0123456789abcdef', '20261122T120000Z-../../../../etc/', '20261122T120000Z-0123456789abcde/',
    '../../../../../../../etc/passwd..', '.', '..', 'current',
  ],
}
// biome-ignore format: a table, filled
const app: Part = {
  option: 'app',
  good: 'codebase',
  bad: [
    'Codebase', '1codebase', 'codebase-', '-codebase', '_codebase', 'code_base', 'code.base', 'code/base', 'codebase/',
    './codebase', '../codebase', '../apps/codebase', '/etc/shipit/apps/codebase', '.', '..', '*', 'code*', 'codebase/../codebase',
    'a'.repeat(25), 'codebase,other', 'codebase@', 'codebase:', '#codebase', 'lost+found',
  ],
}
const refBad: readonly string[] = [
  '',
  'HEAD',
  '-x',
  '--docs',
  SHA,
  'd'.repeat(64),
  'x..y',
  '+x',
  ':x',
  'x:y',
  '@{-1}',
]
const branch: Part = { option: 'branch', good: 'master', bad: refBad }
const tag: Part = { option: 'tag', good: 'v2', bad: refBad, instead: true }
// biome-ignore format: a table, filled
const commit: Part = {
  option: 'commit',
  good: SHA,
  bad: [...HEX_TRICKS, 'HEAD', 'master', DIGEST.slice(1)],
  optional: true,
}
const docs: Part = { option: 'docs', bad: ['1', 'true', 'docs', '--docs'], optional: true }
// biome-ignore format: a table, filled
const colour: Part = {
  option: 'colour',
  good: 'red',
  bad: [
    '', 'green', 'Red', 're', 'redd', 'red,blue', ',', 'red,', ',red', '*', 'r*', '?ed', '--docs', '-red', 'red/', 'none',
  ],
  optional: true,
}
const digest: Part = {
  option: 'digest',
  good: DIGEST,
  bad: [...HEX_TRICKS, SHA, `${DIGEST}d`, 'unasked'],
  optional: true,
}
// biome-ignore format: a table, filled
const claimed: Part = {
  option: 'claimed',
  good: 'alice@laptop',
  bad: ['-x', '--docs', 'x'.repeat(201), 'a"b', "a'b", 'a\\b', 'a{b', 'a}b', 'a<b', 'a&b', '\u0430lice'],
  optional: true,
}
// biome-ignore format: a table, filled
const COUNT_TRICKS = [
  '',
  '-1',
  '+1',
  '01',
  '00',
  '1x',
  '0x10',
  '1e3',
  '1.0',
  '1,000',
  '9'.repeat(16),
  '9'.repeat(200),
  'x',
  '1_0',
]
// biome-ignore format: a table, filled
const offset: Part = { option: 'offset', good: '1', bad: COUNT_TRICKS, optional: true }
// biome-ignore format: a table, filled
const events: Part = { option: 'events', good: '1', bad: COUNT_TRICKS, optional: true }
const limit: Part = {
  option: 'limit',
  good: '2',
  bad: [...COUNT_TRICKS, '0', '1001', '999999999999999'],
  optional: true,
}
const now: Part = { option: 'now', bad: ['1', '--now'], optional: true }
const back: Part = { option: 'back', bad: ['1', 'yes', '--back'], optional: true }
const wait: Part = { option: 'wait', bad: ['1', '15m', '--wait'], optional: true }
const ask: Part = {
  option: 'ask',
  bad: ['1', 'yes', 'begin', '--ask'],
  optional: true,
}
const look: Part = { option: 'look', bad: ['1', 'yes', '--look'], optional: true }
const check: Part = { option: 'check', bad: ['1', 'yes', '--check'], optional: true }
const files: Part = { option: 'files', bad: ['1', '/etc', '--files'], optional: true }
// biome-ignore format: a table, filled
const paths: Part = {
  option: 'paths',
  good: 'apps/web/,package-lock.json',
  bad: [
    '', ',', 'a,', ',a', 'a,,b', '/', '/etc', 'a,/etc', '..', '.', '../a', 'a/..', 'a/../b', 'a/./b', './a', 'a,..', 'a,../b', 'a//b', 'a//',
    'a,-x', ':a', ':(top)a', 'a:b', '#a', 'a b', 'a*', 'x'.repeat(401),
  ],
  optional: true,
}
const hold: Part = { option: 'hold', bad: ['1', '--hold'], optional: true }
const to: Part = { ...run, option: 'to', optional: true }
const from: Part = { ...run, option: 'from', optional: true }
// biome-ignore format: a table, filled
const reason: Part = {
  option: 'reason',
  good: 'a_reason',
  bad: ['', '-x', 'a"b', 'a\\b', 'a$b', 'x'.repeat(201)],
}

/** Every verb that there is, or soon will be: one that the host does not know yet is refused anyway. */
export const VERBS: Readonly<Record<string, readonly Part[]>> = {
  hello: [],
  deploy: [run, app, branch, tag, commit, docs, colour, hold, back, wait, ask, digest, claimed],
  attach: [run, app, offset, events],
  history: [app, limit],
  status: [app, check],
  rollback: [run, app, to, from, hold, digest, claimed],
  plan: [app, branch, tag, commit, docs, colour, look, files, paths, digest],
  cancel: [run, app, now],
  proceed: [run, app],
  log: [run, app, offset, events],
  freeze: [app, reason],
  unfreeze: [app],
  recipe: [app],
  doctor: [app],
}

/** The words of a part with a value, its good one unless told. */
export function words(part: Part, value = part.good): string[] {
  return value === undefined ? [`--${part.option}`] : [`--${part.option}`, value]
}

/** The parts that a request of the verb can't do without. */
export function required(verb: string): readonly Part[] {
  return (VERBS[verb] ?? []).filter((part) => !part.optional && !part.instead)
}

/** Joins a verb and parts to a line. */
export function line(verb: string, ...parts: readonly (readonly string[])[]): string {
  return [verb, ...parts.flat()].join(' ')
}
