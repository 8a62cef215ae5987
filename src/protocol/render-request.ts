// A request as the line that is sent: its one spelling.
import { MAX_REQUEST_BYTES, MAX_WORDS } from './grammar.ts'
import { judgeRequest } from './judge-request.ts'
import type { AskedFlag, DeclaredFlag, Request } from './request.ts'

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

/** What a deploy that asks is told on stdin, so that it begins. */
export function beginWord(commit: string | undefined): string {
  return commit === undefined ? 'begin now\n' : `begin ${commit} now\n`
}

/** Says whether it is a deploy that waits for a word. */
export function asksFirst(request: Request): boolean {
  return request.verb === 'deploy' && request.ask === true
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
        ...option('ask', request.ask || undefined),
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
