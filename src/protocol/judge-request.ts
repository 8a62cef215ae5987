// Whether a line is a request, by the grammar that each verb has.
import {
  APP,
  CHOICE,
  CLAIMED,
  COMMIT,
  COUNT,
  DIGEST,
  isPathList,
  isRefName,
  MAX_REQUEST_BYTES,
  MAX_WORDS,
  REQUEST_TEXT,
  RUN_ID,
  TOKEN,
} from './grammar.ts'
import type { DeclaredFlag, Request } from './request.ts'

/** Without a test it is a switch: a word that has no value. */
type Part = { name: string; test?: (value: string) => boolean; optional?: true }

const run: Part = { name: 'run', test: (value) => RUN_ID.test(value) }
const to: Part = { name: 'to', test: (value) => RUN_ID.test(value), optional: true }
const from: Part = { name: 'from', test: (value) => RUN_ID.test(value), optional: true }
const now: Part = { name: 'now', optional: true }
const back: Part = { name: 'back', optional: true }
const check: Part = { name: 'check', optional: true }
const wait: Part = { name: 'wait', optional: true }
const ask: Part = { name: 'ask', optional: true }
const look: Part = { name: 'look', optional: true }
const files: Part = { name: 'files', optional: true }
const paths: Part = { name: 'paths', test: isPathList, optional: true }
const reason: Part = { name: 'reason', test: (value) => CLAIMED.test(value) }
const app: Part = { name: 'app', test: (value) => APP.test(value) }
const commit: Part = { name: 'commit', test: (value) => COMMIT.test(value), optional: true }
const digest: Part = { name: 'digest', test: (value) => DIGEST.test(value), optional: true }
const claimed: Part = { name: 'claimed', test: (value) => CLAIMED.test(value), optional: true }
const offset: Part = { name: 'offset', test: (value) => COUNT.test(value), optional: true }
const events: Part = { name: 'events', test: (value) => COUNT.test(value), optional: true }
const limit: Part = { name: 'limit', test: isLimit, optional: true }
const session: Part = { name: 'session', test: (value) => TOKEN.test(value), optional: true }

function isLimit(value: string): boolean {
  return COUNT.test(value) && Number(value) >= 1 && Number(value) <= 1000
}

const PARTS: Record<Request['verb'], readonly (Part | 'ref' | 'flags')[]> = {
  hello: [],
  deploy: [run, app, 'ref', commit, 'flags', back, wait, ask, digest, claimed],
  plan: [app, 'ref', commit, 'flags', look, files, paths, digest],
  rollback: [run, app, to, from, digest, claimed],
  attach: [run, app, offset, events],
  log: [run, app, offset, events],
  cancel: [run, app, now],
  freeze: [app, reason],
  unfreeze: [app],
  recipe: [app],
  doctor: [app],
  history: [app, limit],
  status: [app, check],
}

/**
 * Says whether a line (without the leading `shipit-gate`) is a request: each verb has its words in one order.
 * @param flags what the app's recipe declares, in order
 */
export function judgeRequest(line: string, flags: readonly DeclaredFlag[]): boolean {
  if (line.length > MAX_REQUEST_BYTES || !REQUEST_TEXT.test(line)) return false
  const words = line.split(' ')
  if (words.length > MAX_WORDS) return false
  const verb = words.shift() as string
  if (!Object.hasOwn(PARTS, verb)) return false
  for (const part of [...PARTS[verb as Request['verb']], session]) {
    if (part === 'flags') {
      if (!takeFlags(words, flags)) return false
    } else if (part === 'ref') {
      const [option, name] = words.splice(0, 2)
      if ((option !== '--branch' && option !== '--tag') || !isRefName(name ?? '')) return false
    } else if (words[0] === `--${part.name}`) {
      const [, value] = words.splice(0, part.test ? 2 : 1)
      if (part.test && (value === undefined || !part.test(value))) return false
    } else if (!part.optional) {
      return false
    }
  }
  return words.length === 0
}

function takeFlags(words: string[], flags: readonly DeclaredFlag[]): boolean {
  for (const flag of flags) {
    if (words[0] !== `--${flag.name}`) continue
    words.shift()
    if (flag.choices) {
      const value = words.shift() ?? ''
      if (!CHOICE.test(value) || !flag.choices.includes(value)) return false
    }
  }
  return true
}
