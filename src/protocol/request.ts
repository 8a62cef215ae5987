// A request: the one line that a client may send to a gate. Rendering (render-request.ts) and judging (judge-request.ts) are the two
// directions of docs/protocol.md; remote/lib/judge.sh judges the same lines, and a test holds the two against each other.
import { randomBytes } from 'node:crypto'

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
  /** says first what it would find, as a plan does, and waits for a word (`beginWord`) before it begins */
  ask?: boolean
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
