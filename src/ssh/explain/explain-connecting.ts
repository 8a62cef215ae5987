// Why a host could not be reached, in words: from what the socket and the handshake say, and how far it got.

import { defined } from '../../defined.ts'
import { AlgorithmError, ConnectionError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { shellWord } from '../../words/shell-word.ts'
import { isTurnedAway } from '../connection/turned-away.ts'
import type { Algorithms } from '../settings/algorithms.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { sshCommand } from '../settings/ssh-command.ts'
import { explainNoMatch, lackingOf } from './explain-handshake.ts'

/** How far a connection got. The login has its own words. */
export type Stage = 'connect' | 'greeting' | 'handshake' | 'login'

/** A connection that failed: by an error, by its time limit, or (neither) closed by the host. */
export type FailedConnecting = {
  error?: Error
  timedOut?: true
  settings: HostSettings
  where: string
  stage: Stage
  /** what the host sent so far, if it was not SSH */
  greeting: string
  /** what it offered for the handshake, if that came */
  offered?: Algorithms | undefined
  /** what it said in the login (RFC 4252, 5.4) */
  banner: string
}

const ERRORS: Readonly<Record<string, (host: string) => string>> = {
  ECONNREFUSED: (host) => `${host} refused the connection`,
  ECONNRESET: (host) => `${host} closed the connection`,
  EPIPE: (host) => `${host} closed the connection`,
  EHOSTUNREACH: (host) => `no route to ${host}`,
  ENETUNREACH: (host) => `no route to ${host}`,
  EHOSTDOWN: (host) => `no route to ${host}`,
  ETIMEDOUT: (host) => `${host} does not answer`,
}

type Explanation = readonly [message: string, ...suggestions: string[]]

/** Says why, and what to do. */
export function explainConnecting(failed: FailedConnecting): ConnectionError {
  const { settings } = failed
  const [message, ...suggestions] = describe(failed)
  const lacking = failed.stage === 'handshake' ? lackingOf(failed.error) : undefined
  const Kind = lacking === undefined ? ConnectionError : AlgorithmError
  return new Kind(message, {
    ...defined({ cause: failed.error }),
    suggestions: [...suggestions, `To see where it fails: \`${sshCommand(settings)}\`.`],
    details: { address: settings.address, port: settings.port, ...defined({ lacking }) },
  })
}

function describe(failed: FailedConnecting): Explanation {
  const { error, settings, stage, greeting } = failed
  const { name, address, port } = settings
  const host = `'${name}' (${failed.where})`
  if (failed.timedOut) return describeTimeout(failed, host)
  const code = codeOf(error)
  if (code === 'ENOTFOUND') {
    return [
      `cannot reach '${name}': no address found for '${address}'`,
      'Check the name, or set `address` of the host in the config.',
      `To look the name up: \`getent hosts ${shellWord(address)}\`.`,
    ]
  }
  if (code === 'EAI_AGAIN')
    return [`cannot reach '${name}': the name server does not answer for '${address}'`]
  if (stage === 'greeting' && isTurnedAway(greeting)) return describeTurnedAway(failed, host)
  if (code && Object.hasOwn(ERRORS, code)) {
    return [
      ERRORS[code]?.(host) ?? code,
      ...(code === 'ECONNREFUSED'
        ? [
            `Check that sshd runs there and listens on port ${port}, or set \`port\` of the host in the config.`,
          ]
        : []),
    ]
  }
  if (stage === 'connect') return [`cannot reach ${host}: ${error?.message ?? 'the connection was closed'}`]
  if (stage === 'greeting') return [`${host} does not speak SSH: it says '${cleanQuote(greeting)}'`]
  if (stage === 'login') {
    const why = cleanQuote(failed.banner) || cleanQuote(error?.message ?? '')
    return [
      `${host} closed the connection in the middle of the login as '${settings.user}'${why ? `: ${why}` : ''}`,
    ]
  }
  const noMatch = explainNoMatch(error, host, { ours: settings.algorithms, theirs: failed.offered })
  if (noMatch) return noMatch
  return [
    `the SSH handshake with ${host} failed: ${cleanQuote(error?.message ?? 'the host closed the connection')}`,
  ]
}

/** sshd(8) closes or resets such a connection, as a firewall may; it was tried again until the time was over. */
function describeTurnedAway({ settings, greeting }: FailedConnecting, host: string): Explanation {
  const said = cleanQuote(greeting)
  return [
    `${host} kept closing the connection before the login, for ${settings.connectTimeoutMs / 1000} s${said ? `: it says '${said}'` : ''}`,
    'Try again later: too many people are logging in at once (MaxStartups in sshd_config), or the host is blocking this address for now (PerSourcePenalties, fail2ban).',
  ]
}

function describeTimeout({ settings, stage, greeting }: FailedConnecting, host: string): Explanation {
  const within = `within ${settings.connectTimeoutMs / 1000} s`
  const raise = 'If the host is only slow, raise `ssh.connectTimeout` (seconds) in the config.'
  if (stage === 'connect') return [`cannot reach ${host} ${within}`, raise]
  if (stage === 'login') return [`the login as '${settings.user}' on ${host} did not finish ${within}`, raise]
  if (stage === 'handshake') return [`the SSH handshake with ${host} did not finish ${within}`, raise]
  const said = cleanQuote(greeting)
  return [`${host} did not speak SSH ${within}${said ? `: it says '${said}'` : ''}`, raise]
}

/** Several addresses that failed come as one error; the first that says why speaks for them. */
function codeOf(error: Error | undefined): string | undefined {
  const all = error instanceof AggregateError ? [...error.errors, error] : [error]
  return all
    .map((each) => (each as NodeJS.ErrnoException | undefined)?.code)
    .find((code) => typeof code === 'string')
}
