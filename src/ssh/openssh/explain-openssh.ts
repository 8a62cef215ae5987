// Why ssh did not get in, from what it says on stderr: it tells by words alone.
import { ConnectionError, HostKeyError, LoginError, type ShipitError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { HostSettings } from '../settings/resolve-settings.ts'
import { sshCommand } from '../settings/ssh-command.ts'

/** What ssh has said, its debug lines apart. */
export type SshSaid = { messages: readonly string[]; debug: readonly string[] }

/** Sorts the lines of `ssh -v`. */
export function sortLines(text: string): SshSaid {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  const isDebug = (line: string) => /^(?:debug[1-3]: |OpenSSH_)/.test(line)
  return { messages: lines.filter((line) => !isDebug(line)), debug: lines.filter(isDebug) }
}

/** Says why a connection by ssh failed, and what to do. */
export function explainOpenssh(settings: HostSettings, said: SshSaid, isLate: boolean): ShipitError {
  const { name, user, connectTimeoutMs } = settings
  const text = said.messages.join('\n')
  const details = { address: settings.address, port: settings.port, transport: 'openssh' }
  const see = `See what ssh does: \`${sshCommand(settings)}\`.`
  const hostKey = explainHostKey(settings, text)
  if (hostKey)
    return new HostKeyError(hostKey.message, { suggestions: [...hostKey.suggestions, see], details })
  if (isLate) {
    return new ConnectionError(`cannot log in to '${name}' by ssh within ${connectTimeoutMs / 1000} s`, {
      suggestions: ['If the host is only slow, raise `ssh.connectTimeout` (seconds) in the config.', see],
      details,
    })
  }
  const last = cleanQuote(said.messages.at(-1) ?? 'it ended without a word')
  if (/Permission denied|Too many authentication failures/.test(text)) {
    const offered = said.debug.flatMap((line) => /^debug1: Offering public key: (.*)$/.exec(line)?.[1] ?? [])
    const keys =
      offered.length > 0 ? `offered: ${offered.map(cleanQuote).join(', ')}` : 'it had no key to offer'
    return new LoginError(`login as '${user}' on '${name}' by ssh failed: ${last}; ${keys}`, {
      suggestions: [see, `Ask the administrator of '${name}' to let one of these keys log in as '${user}'.`],
      details,
    })
  }
  return new ConnectionError(`cannot reach '${name}' by ssh: ${last}`, { suggestions: [see], details })
}

type Explained = { message: string; suggestions: readonly string[] }

function explainHostKey({ name }: HostSettings, text: string): Explained | undefined {
  const place = /(?:Offending|revoked).* key in (.*:[0-9]+)/.exec(text)?.[1]
  const ask = `Ask the administrator of '${name}' for the fingerprint of its host key`
  const certificate = /Certificate invalid: (.*)/.exec(text)?.[1]
  if (certificate !== undefined) {
    return {
      message: `the host certificate of '${name}' does not count: ${cleanQuote(certificate)}`,
      suggestions: [
        `Ask the administrator of '${name}' for a certificate with this name (ssh-keygen -L -f shows what it has).`,
      ],
    }
  }
  if (/REVOKED HOST KEY/i.test(text)) {
    return {
      message: `the host key of '${name}' is revoked${place ? ` by ${cleanQuote(place)}` : ''}`,
      suggestions: [`Ask the administrator of '${name}' to give the host a new key.`],
    }
  }
  if (/IDENTIFICATION HAS CHANGED/.test(text)) {
    const key = /\n(SHA256:\S+)/.exec(text)?.[1]
    return {
      message: `the host key of '${name}' has changed${key ? `: it is ${cleanQuote(key)}` : ''}${place ? `, but ${cleanQuote(place)} has another` : ''}`,
      suggestions: [
        `${ask}: if it differs, somebody is intercepting the connection. Nothing was sent to them.`,
      ],
    }
  }
  if (/host key is known for|Host key verification failed/.test(text)) {
    return { message: `the host key of '${name}' is not known`, suggestions: [`${ask}, and compare.`] }
  }
  return undefined
}
