// Sends one request to the gate of a host and reads the answer: what comes before the hello that bears our token (a banner,
// a ~/.bashrc) is passed over; what comes after it is frames of events and output, and nothing else.

import { defined } from '../../defined.ts'
import { ConnectionError, ProtocolError, type ShipitError } from '../../errors.ts'
import type { EventOf } from '../../protocol/event.ts'
import { FrameReader, type Piece } from '../../protocol/frame-reader.ts'
import { PROTOCOL } from '../../protocol/grammar.ts'
import { makeToken, type Request, renderRequest } from '../../protocol/request.ts'
import { nameCommand } from '../../words/command.ts'
import type { Connection } from '../connection/connection.ts'
import type { RemoteProcess, Take } from '../connection/remote-process.ts'
import { TimeLimit } from '../connection/time-limit.ts'
import { explainSilence } from './explain-silence.ts'

/**
 * For all of an answer but the log of a run. sshd, sudo and the runner's first checks take well under a second; a directory
 * service behind sudo may take more.
 */
const ANSWER_LIMIT_MS = 30_000

/** No answer has more events: far more than all tries of all steps, or the whole history, take. */
const MAX_EVENTS = 100_000

/** What is answered with the log of a run. */
const FOLLOWED: ReadonlySet<Request['verb']> = new Set(['deploy', 'rollback', 'attach', 'log'])

/** Enough for a sentence of nologin's, in place of an answer. */
const NOISE_BYTES = 1024

/** A piece of the answer, in order. The first one is the hello. */
export type Answer = Exclude<Piece, { type: 'broken' }>

/** How the call ended; `lost` when the connection died under it. */
export type CallEnd = { status?: number; lost: boolean }

/** On whom an answer is waited for, and for how long: 30 s if it does not say. */
export type Callee = {
  host: string
  user: string
  /** that it is a host of, as suggestions name it (`nameEnvironment`) */
  environment?: string
  answerLimitMs?: number
}

/**
 * Calls the gate and hands over the answer piece by piece, to the last one or until it is enough.
 * @returns how the call ended; nothing when it was enough
 * @throws RefusedError, ConnectionError when no hello came; ProtocolError when it is of another protocol, when what comes
 * after it is not a frame or is a second hello, and when there is no end of events; what `take` throws
 */
export async function callGate(
  connection: Connection,
  request: Request,
  callee: Callee,
  take: Take<Answer>,
): Promise<CallEnd | undefined> {
  const session = makeToken()
  const process = await connection.exec(`shipit-gate ${renderRequest(request, session)}`)
  const reader = new FrameReader(session)
  const late = Promise.withResolvers<never>()
  const limit = new TimeLimit(callee.answerLimitMs ?? ANSWER_LIMIT_MS, () => {
    enough = true
    late.reject(silent(callee))
  })
  let hello: EventOf<'hello'> | undefined
  let enough = false
  /** the end of what came before the hello */
  let noise = Buffer.alloc(0)
  let events = 0
  /** All that came at once is taken before anything is waited for. */
  const takePieces = (pieces: Iterable<Piece>): ReturnType<Take<Answer>> => {
    const waits: Promise<unknown>[] = []
    for (const piece of pieces) {
      if (enough) break
      if (piece.type === 'broken')
        throw new ProtocolError(`'${callee.host}' sent something that is neither an event nor output`)
      if (piece.type !== 'output' && ++events > MAX_EVENTS)
        throw new ProtocolError(`'${callee.host}' sent more than ${MAX_EVENTS} events`)
      if (piece.type === 'event' && piece.event.event === 'hello') {
        if (hello) throw new ProtocolError(`'${callee.host}' sent a second hello`)
        hello = checkHello(piece.event, callee)
        if (hello.offset !== undefined && FOLLOWED.has(request.verb)) limit.end()
      }
      const took = take(piece)
      if (took === 'enough') enough = true
      else if (took !== undefined) waits.push(took)
    }
    if (enough) return 'enough'
    return waits.length > 1 ? Promise.all(waits) : waits[0]
  }
  const takeChunk: Take<Uint8Array> = (chunk) => {
    const took = takePieces(reader.push(chunk))
    if (!hello) noise = Buffer.from(Buffer.concat([noise, chunk]).subarray(-NOISE_BYTES))
    return took
  }
  try {
    await Promise.race([process.read(takeChunk), late.promise])
  } finally {
    limit.end()
  }
  if (enough) return undefined
  const { status, lost } = await exitOf(process, callee)
  if (!hello) {
    const { host, user, environment } = callee
    const ending = { status, lost, stderr: process.stderr(), stdout: noise.toString('utf8') }
    throw await explainSilence({ host, user, environment, ...ending }, connection)
  }
  return { lost, ...defined({ status }) }
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

function checkHello(hello: EventOf<'hello'>, { host, environment }: Callee): EventOf<'hello'> {
  if (hello.protocol === PROTOCOL) return hello
  const older = hello.protocol < PROTOCOL
  throw new ProtocolError(
    `'${host}' speaks protocol ${hello.protocol} (shipit ${hello.version}), this shipit speaks ${PROTOCOL}`,
    {
      suggestions: [
        older
          ? `Have root run a new install script there: ${nameCommand('install --out install.sh', environment)}`
          : 'Update @deploybot/shipit in this project.',
      ],
    },
  )
}

function silent({ host, answerLimitMs = ANSWER_LIMIT_MS }: Callee): ShipitError {
  return new ConnectionError(
    `'${host}' accepted the request and did not answer within ${answerLimitMs / 1000} s`,
    {
      suggestions: [`Try again: the host may be overloaded, or its sudo may wait for a directory service.`],
    },
  )
}
