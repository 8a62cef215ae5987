// What the log of ssh says of a login: which keys were offered, what the host answered, and which keys could not be used.
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { FailedLogin, KeyProblem, OfferedKey } from '../explain/explain-login.ts'
import type { SshLog } from './ssh-log.ts'

/** What is known of a login that failed. */
export type LoggedLogin = Pick<FailedLogin, 'offered' | 'problems' | 'methods' | 'said' | 'refusal'>

const OFFERED =
  /^debug1: Offering public key: (.*) \S+ SHA256:\S+((?: (?:explicit|token|agent|authenticator))*)$/
const ACCEPTED =
  /^debug1: Server accepts key: (.*) (\S+) (SHA256:\S+)((?: (?:explicit|token|agent|authenticator))*)$/
/** Other types ssh writes without their size, or as they are known. */
const TYPES: Readonly<Record<string, string>> = { ED25519: 'ssh-ed25519', RSA: 'ssh-rsa' }
const DENIED = /Permission denied \(([a-z0-9,@.-]*)\)/
const DISCONNECTED = /^Received disconnect from \S+ port [0-9]+:[0-9]+: (.*)$/
const TOO_OPEN = /^Permissions ([0-7]+) for '(.*)' are too open/
const MISSING = /^(?:debug1: )?no such identity: (.*): No such file or directory$/
/** A token that wants a PIN shows no keys to an ssh that may not ask for it (BatchMode). */
const PIN_REQUIRED = /^(?:debug1: )?pin required$/
const NO_TOKEN_KEYS = /^debug1: pkcs11_add_provider: provider (.*) returned no keys$/
const PARTIAL = /^(?:debug1: )?Authenticated using "publickey" with partial success/

/** Reads the login out of a log; nothing where it did not come to one. */
export function readLogin(log: SshLog, refusal?: string): LoggedLogin | undefined {
  const lines = [...log.debug, ...log.messages]
  const all = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line) ?? [])
  const rows = (pattern: RegExp) =>
    lines.flatMap((line) => [pattern.exec(line)].filter((row) => row !== null))
  const denied = rows(DENIED).at(-1)?.[1]
  const said = rows(DISCONNECTED).at(-1)?.[1]
  const isPartial = all(PARTIAL).length > 0
  if (denied === undefined && !isPartial && (said === undefined || rows(OFFERED).length === 0))
    return undefined
  const methods = denied?.split(',').filter(Boolean)
  return {
    offered: rows(OFFERED).map(([, name, flags]) => keyOf(name, flags)),
    problems: [
      ...rows(TOO_OPEN).map(([, mode, file = '']) => ({
        message: `the key '${cleanQuote(file)}' can be read by others (mode ${mode}), so ssh does not use it`,
        suggestion: `Make it private: chmod 600 ${shellWord(cleanQuote(file))}`,
      })),
      ...(all(PIN_REQUIRED).length > 0 ? rows(NO_TOKEN_KEYS).map(lockedToken) : []),
      ...rows(MISSING).map(([, file = '']) => ({ message: `there is no key file '${cleanQuote(file)}'` })),
      ...(!isPartial ? rows(ACCEPTED).slice(-1).map(unsigned) : []),
    ],
    methods,
    said,
    refusal: isPartial ? refusal : undefined,
  }
}

/** Says whether the host took the key and wants more. */
export function isKeyTaken({ debug, messages }: SshLog): boolean {
  return [...debug, ...messages].some((line) => PARTIAL.test(line))
}

/** Names the key that the host took. */
export function describeTakenKey({ debug }: SshLog): string {
  const [, name, type = '', fingerprint = '', flags] =
    debug.map((line) => ACCEPTED.exec(line)).findLast((row) => row !== null) ?? []
  if (name === undefined) return 'not by a key'
  const key = keyOf(name, flags)
  const words = `${cleanQuote(TYPES[type] ?? type)} ${cleanQuote(fingerprint)}`
  return 'file' in key ? `${words} of '${key.file}'` : `${words} ('${key.agent}') of the agent`
}

function keyOf(name = '', flags = ''): OfferedKey {
  return flags.includes('agent') ? { agent: cleanQuote(name) } : { file: cleanQuote(name) }
}

function lockedToken([, library = '']: RegExpExecArray): KeyProblem {
  const file = cleanQuote(library)
  return {
    message: `the keys of the token behind '${file}' need a PIN, and there is no terminal to ask for it`,
    needsPerson: true,
    suggestion: `Add them to an agent: ssh-add -s ${shellWord(file)}`,
  }
}

/** The host takes the key, and nobody was logged in by it. */
function unsigned([, name, , , flags]: RegExpExecArray): KeyProblem {
  const key = keyOf(name, flags)
  return 'agent' in key
    ? {
        message: `the host accepts the key '${key.agent}', but the agent did not sign with it`,
        isTaken: true,
        suggestion: 'Touch it if it is a FIDO key, or confirm it where the agent asks.',
      }
    : {
        message: `the host accepts the key '${key.file}', but ssh could not sign with it: it is encrypted, or its token was not touched`,
        isTaken: true,
        lockedFile: key.file,
        suggestion: `Add it to an agent: ssh-add ${shellWord(key.file)}`,
      }
}
