// Why ssh did not get in, from what it says on stderr: it tells by words alone.
import { ConnectionError, HostKeyError, LoginError, type ShipitError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { HostSettings } from '../settings/resolve-settings.ts'
import { sshCommand } from '../settings/ssh-command.ts'
import { describeKey, explainCertificate } from '../trust/explain-host-key.ts'
import { loadHostKeyCheck } from '../trust/host-key.ts'
import type { EndedSsh } from './run-ssh.ts'
import { findFact, readHostKeyOf, type SshLog } from './ssh-log.ts'

/** Says why a connection by ssh failed, and what to do. */
export async function explainOpenssh(settings: HostSettings, ended: EndedSsh): Promise<ShipitError> {
  const { log: said, isLate } = ended
  const { name, user, connectTimeoutMs } = settings
  const text = said.messages.join('\n')
  const details = { address: settings.address, port: settings.port, transport: 'openssh' }
  const see = `See what ssh does: \`${sshCommand(settings)}\`.`
  const hostKey = await explainKey(settings, said)
  if (hostKey) return hostKey
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

/** Says why ssh does not trust the host's key, in the words that shipit has for it. */
async function explainKey(settings: HostSettings, log: SshLog): Promise<HostKeyError | undefined> {
  const key = readHostKeyOf(log)
  const failed = log.own.some((line) => /^Host key verification failed\./.test(line))
  if (!key || !failed) return undefined
  const where = whereOf(settings, log)
  const invalid = findFact(log, /Certificate invalid: (.*)/)
  if (invalid !== undefined) return explainCertificate(invalid, { settings, where, key })
  const { refuse } = await loadHostKeyCheck(settings)
  const byAuthority = key.authority && refuse(key.authority, where)
  if (byAuthority?.message.includes(' is revoked ')) return byAuthority
  return (
    refuse(key, where) ??
    new HostKeyError(
      `ssh does not trust the host key of '${settings.name}' (${where}): ${describeKey(key)}`,
      { suggestions: [`See what ssh does: \`${sshCommand(settings)}\`.`] },
    )
  )
}

/** The address and the port that ssh connected to. */
export function whereOf({ address, port }: HostSettings, log: SshLog): string {
  const at = findFact(log, /^debug1: Connecting to \S+ \[([^\]]+)\] port [0-9]+\.$/) ?? address
  return at.includes(':') ? `[${at}]:${port}` : `${at}:${port}`
}
