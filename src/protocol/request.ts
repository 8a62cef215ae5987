// A request: the one line that a client may send to a gate. Rendering and judging are the two directions of
// docs/protocol.md; remote/lib/judge.sh judges the same lines, and a test holds the two against each other.
import { randomBytes } from 'node:crypto'
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

/** A branch or tag, as the developer asked for it. */
export type Ref = { kind: 'branch' | 'tag'; name: string }

/** Says in words what is asked for: `branch 'x'`. */
export function describeRef(ref: Ref): string {
  return `${ref.kind} '${ref.name}'`
}

/** A flag that a recipe declares: a switch, or one of declared choices. */
export type DeclaredFlag = { name: string; choices?: readonly string[] }

/** A flag as asked: a switch has no value. */
export type AskedFlag = { name: string; value?: string }

export type DeployRequest = {
  verb: 'deploy'
  run: string
  app: string
  ref: Ref
  commit?: string
  /** in declared order */
  flags: readonly AskedFlag[]
  /** an older commit may take the place of a newer one */
  back?: boolean
  /** for a place in the line, where another run holds the lock */
  wait?: boolean
  digest?: string
  claimed?: string
}

/** What a deploy would find; nothing is changed. */
export type PlanRequest = Pick<DeployRequest, 'app' | 'ref' | 'commit' | 'flags' | 'digest'> & {
  verb: 'plan'
  /** and what it would change; also where the recipe is another one */
  look?: boolean
  /** with the names of files */
  files?: boolean
  /** and whether one of these folders and files of the repository differs from what is live */
  paths?: readonly string[]
}

/** How many bytes of a run's output and how many of its events the client has. */
export type Place = { offset?: number; events?: number }

/** The log of a run from a place on, until the run has ended. */
export type AttachRequest = { verb: 'attach'; run: string; app: string } & Place

/** Back to an earlier good run: the one named, or the newest before what is live. */
export type RollbackRequest = {
  verb: 'rollback'
  run: string
  app: string
  to?: string
  /** the run that the person was told is live */
  from?: string
  digest?: string
  claimed?: string
}

export type Request =
  | { verb: 'hello' }
  | DeployRequest
  | PlanRequest
  | RollbackRequest
  | AttachRequest
  | ({ verb: 'log'; run: string; app: string } & Place)
  | { verb: 'cancel'; run: string; app: string; now?: boolean }
  | { verb: 'history'; app: string; limit?: number }
  | { verb: 'freeze'; app: string; reason: string }
  | { verb: 'status'; app: string; check?: boolean }
  | { verb: 'unfreeze' | 'recipe' | 'doctor'; app: string }

/** Makes the id that joins one deploy on all its hosts. */
export function makeRunId(now = new Date()): string {
  const time = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')
  return `${time}-${randomBytes(8).toString('hex')}`
}

/** Makes a session token: 128 random bits in hex. */
export function makeToken(): string {
  return randomBytes(16).toString('hex')
}

/**
 * Renders a request as its one spelling. What a client says of itself, and the paths of a plan, are left out where the line has no room.
 * @param session the token under which the answer is to come
 * @throws RangeError when the line would not be judged a request: a fault of the caller, which validates what people type
 */
export function renderRequest(request: Request, session: string): string {
  const words = [...requestWords(request), '--session', session]
  const line = words.join(' ')
  if (line.length > MAX_REQUEST_BYTES || words.length > MAX_WORDS) {
    const rest = withoutExtras(request)
    if (rest) return renderRequest(rest, session)
  }
  if (!judgeRequest(line, 'flags' in request ? request.flags.map(declared) : [])) {
    throw new RangeError(`not a request: '${line}'`)
  }
  return line
}

/** What a request can do without; nothing if it has nothing of that kind. */
function withoutExtras(request: Request): Request | undefined {
  if ('claimed' in request) {
    const { claimed: _, ...rest } = request
    return rest
  }
  if (!('paths' in request)) return undefined
  const { paths: _, ...rest } = request
  return rest
}

function declared(flag: AskedFlag): DeclaredFlag {
  return flag.value === undefined ? { name: flag.name } : { name: flag.name, choices: [flag.value] }
}

function requestWords(request: Request): string[] {
  switch (request.verb) {
    case 'hello':
      return ['hello']
    case 'deploy':
      return [
        ...['deploy', '--run', request.run, '--app', request.app, `--${request.ref.kind}`, request.ref.name],
        ...option('commit', request.commit),
        ...request.flags.flatMap((flag) => option(flag.name, flag.value ?? true)),
        ...option('back', request.back || undefined),
        ...option('wait', request.wait || undefined),
        ...option('digest', request.digest),
        ...option('claimed', request.claimed),
      ]
    case 'plan':
      return [
        ...['plan', '--app', request.app, `--${request.ref.kind}`, request.ref.name],
        ...option('commit', request.commit),
        ...request.flags.flatMap((flag) => option(flag.name, flag.value ?? true)),
        ...option('look', request.look || undefined),
        ...option('files', request.files || undefined),
        ...option('paths', request.paths?.join(',')),
        ...option('digest', request.digest),
      ]
    case 'rollback':
      return [
        ...['rollback', '--run', request.run, '--app', request.app],
        ...option('to', request.to),
        ...option('from', request.from),
        ...option('digest', request.digest),
        ...option('claimed', request.claimed),
      ]
    case 'attach':
    case 'log':
      return [
        ...[request.verb, '--run', request.run, '--app', request.app],
        ...option('offset', request.offset),
        ...option('events', request.events),
      ]
    case 'cancel':
      return [
        ...['cancel', '--run', request.run, '--app', request.app],
        ...option('now', request.now || undefined),
      ]
    case 'freeze':
      return ['freeze', '--app', request.app, '--reason', request.reason]
    case 'history':
      return ['history', '--app', request.app, ...option('limit', request.limit)]
    case 'status':
      return ['status', '--app', request.app, ...option('check', request.check || undefined)]
    case 'unfreeze':
    case 'recipe':
    case 'doctor':
      return [request.verb, '--app', request.app]
  }
}

function option(name: string, value: string | number | true | undefined): string[] {
  if (value === undefined) return []
  return value === true ? [`--${name}`] : [`--${name}`, String(value)]
}

/** Without a test it is a switch: a word that has no value. */
type Part = { name: string; test?: (value: string) => boolean; optional?: true }

const run: Part = { name: 'run', test: (value) => RUN_ID.test(value) }
const to: Part = { name: 'to', test: (value) => RUN_ID.test(value), optional: true }
const from: Part = { name: 'from', test: (value) => RUN_ID.test(value), optional: true }
const now: Part = { name: 'now', optional: true }
const back: Part = { name: 'back', optional: true }
const check: Part = { name: 'check', optional: true }
const wait: Part = { name: 'wait', optional: true }
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
  deploy: [run, app, 'ref', commit, 'flags', back, wait, digest, claimed],
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
