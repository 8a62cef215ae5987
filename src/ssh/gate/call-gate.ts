// Sends one request to the gate of a host and reads the answer: what comes before the hello that bears our token (a banner,
// a ~/.bashrc) is passed over; what comes after it is frames of events and output, and nothing else.

import { defined } from '../../defined.ts'
import { ConnectionError, EXIT_CODES, type ShipitError } from '../../errors.ts'
import { asksFirst, beginWord, renderRequest } from '../../protocol/render-request.ts'
import { makeToken, type Request } from '../../protocol/request.ts'
import type { Connection } from '../connection/connection.ts'
import type { RemoteProcess, Take } from '../connection/remote-process.ts'
import { TimeLimit } from '../connection/time-limit.ts'
import { type Answer, AnswerReader } from './answer-reader.ts'
import type { Callee } from './callee.ts'
import { explainSilence } from './explain-silence.ts'
import { explainUnknownRequest, isUnknownRequest } from './explain-unknown-request.ts'

/**
 * For all of an answer but the log of a run. sshd, sudo and the runner's first checks take well under a second; a directory
 * service behind sudo may take more.
 */
const ANSWER_LIMIT_MS = 30_000
/** Before the hello, where the host asks the repository first: it gives that up after 35 s (remote/runner/plan.sh), and then says why. */
const REPOSITORY_FACTOR = 1.5
/** From hello on, where a plan looks or compares, or a status checks: what a host takes at most (remote/runner/look.sh), and more. */
const LOOK_LIMIT_MS = 300_000

/** What is answered with the log of a run. */
const FOLLOWED: ReadonlySet<Request['verb']> = new Set(['deploy', 'rollback', 'attach', 'log'])

/** A request that was sent. */
export type GateCall = {
  request: Request
  session: string
  connection: Connection
  process: RemoteProcess
  /** it has waited for the word, and has been sent it */
  hasWaited?: true
}

/**
 * How the call ended; `lost` when the connection died under it. `isUnbegun`: a deploy that had waited for the word ended without an answer to
 * it: it waited too long, or root has installed other programs. It can be sent to those.
 */
export type CallEnd = { status?: number; lost: boolean; isUnbegun?: true }

/**
 * Calls the gate and hands over the answer piece by piece, to the last one or until it is enough.
 * @param on a connection; or the same deploy, which was sent on one as one that asks, and has waited for the word since then
 * @returns how the call ended; nothing when it was enough
 * @throws RefusedError, ConnectionError when no hello came; ProtocolError when it is of another protocol, when what comes
 * after it is not a frame or is a second hello, and when there is no end of events; what `take` throws
 */
export async function callGate(
  on: Connection | GateCall,
  request: Request,
  callee: Callee,
  take: Take<Answer>,
): Promise<CallEnd | undefined> {
  if (!('process' in on)) return readAnswer(await sendRequest(on, request), callee, take)
  on.process.send(beginWord('commit' in request ? request.commit : undefined))
  return readAnswer({ ...on, request, hasWaited: true }, callee, take)
}

/** Sends a request. @throws ConnectionError */
export async function sendRequest(connection: Connection, request: Request): Promise<GateCall> {
  const session = makeToken()
  const line = `shipit-gate ${renderRequest(request, session)}`
  return {
    request,
    session,
    connection,
    process: await connection.exec(line, asksFirst(request) ? 'open' : undefined),
  }
}

/** Reads the answer to a request, or on where it was enough before, as `callGate` does. */
export async function readAnswer(
  { request, session, connection, process, hasWaited }: GateCall,
  callee: Callee,
  take: Take<Answer>,
): Promise<CallEnd | undefined> {
  const late = Promise.withResolvers<never>()
  const limitTo = (ms: number) =>
    new TimeLimit(ms, () => {
      answer.close()
      late.reject(silent(callee, ms))
    })
  const limitMs = callee.answerLimitMs ?? ANSWER_LIMIT_MS
  let limit = limitTo(asksRepository(request) ? REPOSITORY_FACTOR * limitMs : limitMs)
  const answer = new AnswerReader(session, callee, {
    take,
    onHello(hello) {
      if (hello.offset !== undefined && FOLLOWED.has(request.verb) && !asksFirst(request)) limit.end()
      if (looks(request) || asksRepository(request)) {
        limit.end()
        limit = limitTo(looks(request) ? LOOK_LIMIT_MS : limitMs)
      }
    },
  })
  try {
    await Promise.race([process.read((chunk) => answer.takeChunk(chunk)), late.promise])
  } finally {
    limit.end()
  }
  if (answer.isEnough) return undefined
  const { status, lost } = await exitOf(process, callee)
  if (!answer.hasHello) {
    if (hasWaited && !lost && status !== EXIT_CODES.refused) return { lost, isUnbegun: true }
    const stderr = process.stderr()
    if (status === EXIT_CODES.refused && isUnknownRequest(stderr))
      throw await explainUnknownRequest(request, callee, connection)
    const { host, user, environment } = callee
    const ending = { status, lost, stderr, stdout: answer.noise }
    throw await explainSilence({ host, user, environment, ...ending }, connection)
  }
  return { lost, ...defined({ status }) }
}

/** The commit is asked for before the hello. */
function asksRepository(request: Request): boolean {
  return request.verb === 'plan' || asksFirst(request)
}

/** Something is fetched, compared or run for the answer. */
function looks(request: Request): boolean {
  if (request.verb === 'plan') return request.look === true || request.paths !== undefined
  return request.verb === 'status' && request.check === true
}

/** A host that has sent all and never closes the channel is as good as lost. */
async function exitOf(process: RemoteProcess, { answerLimitMs = ANSWER_LIMIT_MS }: Callee): Promise<CallEnd> {
  const { promise, resolve } = Promise.withResolvers<CallEnd>()
  const limit = new TimeLimit(answerLimitMs, () => resolve({ lost: true }))
  try {
    const { status, lost } = await Promise.race([process.exit, promise])
    return { lost: lost === true, ...defined({ status }) }
  } finally {
    limit.end()
  }
}

function silent({ host }: Callee, ms: number): ShipitError {
  return new ConnectionError(`'${host}' accepted the request and did not answer within ${ms / 1000} s`, {
    isBeforeAll: false,
    suggestions: [`Try again: the host may be overloaded, or its sudo may wait for a directory service.`],
  })
}
