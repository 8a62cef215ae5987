// Why a gate does not know a request. This shipit writes none that its own gate refuses, so what root installed there is of another
// version, or its recipe lacks a flag. Which version that is, a second request on the same connection says.
import { ConnectionError, RefusedError } from '../../errors.ts'
import { FrameReader } from '../../protocol/frame-reader.ts'
import { renderRequest } from '../../protocol/render-request.ts'
import { type AskedFlag, makeToken, type Request } from '../../protocol/request.ts'
import { nameCommand } from '../../words/command.ts'
import type { Connection } from '../connection/connection.ts'
import type { Callee } from './callee.ts'
import { readCommand } from './read-command.ts'

/** The sentence of remote/lib/judge.sh for all that the grammar does not admit, in a line of its own. */
const UNKNOWN = /^(?:shipit: )?refused: not a request that the gate knows \(see docs\/protocol\.md\)\r?$/m

/** Says whether a gate has refused a request since it does not know it. @param stderr what it said */
export function isUnknownRequest(stderr: string): boolean {
  return UNKNOWN.test(stderr)
}

/** Says what is older there, and how it is brought up to date. */
export async function explainUnknownRequest(
  request: Request,
  { host, environment, version: own }: Callee,
  connection: Connection,
): Promise<RefusedError> {
  const there = await askVersion(connection)
  const areKnown = there !== undefined && own !== undefined
  const about = areKnown && there !== own ? ` (shipit ${there} there, ${own} here)` : ''
  if (areKnown && isBefore(own, there)) {
    return new RefusedError(
      `'${host}' does not know this request: the install there is newer than this shipit${about}`,
      { suggestions: ['Update @deploybot/shipit in this project.'] },
    )
  }
  const flags = 'flags' in request ? request.flags.map(wordsOf) : []
  const older = `the install there is older than this shipit${about}`
  const without = flags.length === 0 ? [] : [`its recipe has no ${flags.join(' ')}`]
  // of the same version it may still be an earlier build
  const reasons = areKnown && there === own ? [...without, older] : [older, ...without]
  return new RefusedError(`'${host}' does not know this request: ${reasons.join(', or ')}`, {
    suggestions: [
      `Have root run a new install script there: ${nameCommand('install --out install.sh --one-file', environment)}`,
      ...(flags.length === 0
        ? []
        : [`To see what differs in the recipe: ${nameCommand('install --diff', environment)}`]),
    ],
  })
}

function wordsOf({ name, value }: AskedFlag): string {
  return `--${name}${value === undefined ? '' : ` ${value}`}`
}

/** The version of shipit on the host, if it says so. */
async function askVersion(connection: Connection): Promise<string | undefined> {
  const session = makeToken()
  try {
    const { stdout } = await readCommand(
      connection,
      `shipit-gate ${renderRequest({ verb: 'hello' }, session)}`,
    )
    const [first] = new FrameReader(session).push(Buffer.from(stdout))
    return first?.type === 'event' && first.event.event === 'hello' ? first.event.version : undefined
  } catch (error) {
    if (error instanceof ConnectionError) return undefined
    throw error
  }
}

/** Says whether a version comes before another one, by their numbers. */
function isBefore(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) < 0
}
