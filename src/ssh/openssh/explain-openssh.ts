// Why ssh did not get in, in the words that shipit has for it whatever speaks SSH. ssh tells by words alone: they are read here.
import { HostKeyError, type ShipitError } from '../../errors.ts'
import { cleanLines } from '../../safe-text/clean-text.ts'
import { isTurnedAway } from '../connection/turned-away.ts'
import { explainConnecting, type FailedConnecting, type Stage } from '../explain/explain-connecting.ts'
import { explainLogin } from '../explain/explain-login.ts'
import { explainJump, explainProxyCommand } from '../explain/explain-way.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { sshCommand } from '../settings/ssh-command.ts'
import { describeKey, explainCertificate, explainRevokedBy } from '../trust/explain-host-key.ts'
import { loadHostKeyCheck } from '../trust/host-key.ts'
import { readLogin } from './read-login.ts'
import type { EndedSsh } from './run-ssh.ts'
import { findFact, readHostKeyOf, type SshLog } from './ssh-log.ts'

/** Says why a connection by ssh failed, and what to do. */
export async function explainOpenssh(settings: HostSettings, ended: EndedSsh): Promise<ShipitError> {
  const { log } = ended
  const where = whereOf(settings, log)
  const hostKey = await explainKey(settings, log)
  if (hostKey) return hostKey
  const login = stageOf(log) === 'login' ? readLogin(log, ended.refusal) : undefined
  if (login) return explainLogin({ settings, where, ...login })
  const way = explainWay(settings, ended)
  if (way) return way
  return explainConnecting({
    settings,
    where,
    stage: stageOf(log),
    greeting: greetingOf(log),
    banner: ended.stderr,
    ...reasonOf(ended),
  })
}

/** Says whether the host closed the connection as sshd does to those who are too many. */
export function isTurningAway({ isLate, log, stderr }: EndedSsh): boolean {
  return !isLate && stderr === '' && stageOf(log) === 'greeting' && isTurnedAway(greetingOf(log))
}

/** The address and the port that ssh connected to. */
export function whereOf({ address, port }: HostSettings, log: SshLog): string {
  const at = findFact(log, /^debug1: Connecting to \S+ \[([^\]]+)\] port [0-9]+\.$/) ?? address
  return at.includes(':') ? `[${at}]:${port}` : `${at}:${port}`
}

/** Says why ssh does not trust the host's key. */
async function explainKey(settings: HostSettings, log: SshLog): Promise<HostKeyError | undefined> {
  const key = readHostKeyOf(log)
  const isRefused = log.own.some((line) => /^Host key verification failed\./.test(line))
  if (!key || !isRefused) return undefined
  const where = whereOf(settings, log)
  const invalid = findFact(log, /Certificate invalid: (.*)/)
  const { judge, refuse, findAuthority } = await loadHostKeyCheck(settings)
  const { authority } = key
  const revokedBy = findFact(log, /^Host key \S+ \S+ revoked by file (.+)$/)
  if (revokedBy !== undefined) return explainRevokedBy(revokedBy, { settings, where, key })
  if (invalid !== undefined) {
    const entry = authority && findAuthority(authority)
    return explainCertificate(invalid, { settings, where, key }, entry)
  }
  if (authority && judge(authority).verdict === 'revoked') return refuse(authority, where)
  return (
    refuse(key, where) ??
    new HostKeyError(
      `ssh does not trust the host key of '${settings.name}' (${where}): ${describeKey(key)}`,
      { suggestions: [`See what ssh does: \`${sshCommand(settings)}\`.`] },
    )
  )
}

/** A master says so of a port that it can't open, and keeps the reason to itself. */
const MUX_REFUSED = /Stdio forwarding request failed/
const REFUSED = 'nothing listens there, or it is not allowed'

/** What a jump host or a ProxyCommand says stands on stderr. */
function explainWay(settings: HostSettings, { log, stderr }: EndedSsh): ShipitError | undefined {
  const { via, proxyCommand } = settings
  const why = cleanLines(stderr).filter(Boolean).join(' ')
  if (why === '' || stageOf(log) !== 'greeting') return undefined
  if (via) return explainJump({ settings, why: MUX_REFUSED.test(why) ? REFUSED : why }, via)
  return proxyCommand === undefined ? undefined : explainProxyCommand({ settings, why }, proxyCommand)
}

/** What ssh's log has once a stage is reached. */
const REACHED: readonly (readonly [stage: Stage, line: RegExp])[] = [
  ['login', /^debug1: SSH2_MSG_NEWKEYS received/],
  ['handshake', /^debug1: Remote protocol version /],
  ['greeting', /^debug1: (?:Connection established\.|Executing proxy command: )/],
]

function stageOf({ own }: SshLog): Stage {
  return REACHED.find(([, reached]) => own.some((line) => reached.test(line)))?.[0] ?? 'connect'
}

/** What a host says before it speaks SSH, or instead. */
function greetingOf({ debug }: SshLog): string {
  return debug
    .flatMap(
      (line) => /^debug1: kex_exchange_identification: banner line [0-9]+: (.*)$/.exec(line)?.[1] ?? [],
    )
    .map((line) => `${line}\r\n`)
    .join('')
}

/** Symptoms in ssh's words, and the code that Node has for them. */
const CODES: readonly (readonly [symptom: RegExp, code: string])[] = [
  [/Connection refused/, 'ECONNREFUSED'],
  [/No route to host|Network is unreachable|Host is down/, 'EHOSTUNREACH'],
  [/Could not resolve hostname .*: (?:Temporary failure|Try again)/, 'EAI_AGAIN'],
  [/Could not resolve hostname/, 'ENOTFOUND'],
]
const LATE = /timed out/i
const NO_MATCH = /(no matching .*) found\. Their offer: (\S+)/

function reasonOf({ isLate, log }: EndedSsh): Pick<FailedConnecting, 'error' | 'timedOut' | 'offered'> {
  // the last one: others may be of addresses that were tried before it
  const last = log.messages.at(-1) ?? ''
  if (isLate || LATE.test(last)) return { timedOut: true }
  const [, noMatch, offer = ''] = log.messages.map((line) => NO_MATCH.exec(line)).find(Boolean) ?? []
  if (noMatch !== undefined) {
    const names = offer.split(',')
    const offered = { kex: names, serverHostKey: names, cipher: names, hmac: names }
    return { error: new Error(noMatch), offered }
  }
  if (/Connection (?:closed|reset) by|Connection to .* closed/.test(last)) return {}
  const code = CODES.find(([symptom]) => symptom.test(last))?.[1]
  const error = new Error(last === '' ? 'ssh ended without a word' : last)
  return { error: code === undefined ? error : Object.assign(error, { code }) }
}
