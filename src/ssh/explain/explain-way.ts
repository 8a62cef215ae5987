// Why the way to a host failed before the host itself was reached: a jump host, or a ProxyCommand.
import { ConnectionError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { HostSettings } from '../settings/host-settings.ts'

/** A way that failed. */
export type FailedWay = { settings: HostSettings; why: string; cause?: unknown }

/** The jump host was logged in to, and can't reach the host. */
export function explainJump({ settings, why, cause }: FailedWay, via: HostSettings): ConnectionError {
  const { name, address, port } = settings
  return new ConnectionError(
    `cannot reach '${name}': '${via.name}' cannot connect to ${address}:${port}: ${cleanQuote(why)}`,
    {
      cause,
      suggestions: [
        `Check from '${via.name}' that sshd listens there, and that '${via.name}' lets '${via.user}' forward (AllowTcpForwarding).`,
      ],
      details: { address, port, via: via.name },
    },
  )
}

/** The command said something and ended. */
export function explainProxyCommand({ settings, why, cause }: FailedWay, command: string): ConnectionError {
  const { name, address, port } = settings
  return new ConnectionError(`cannot reach '${name}': its ProxyCommand says '${cleanQuote(why)}'`, {
    cause,
    suggestions: [`Try the command by itself: \`${command}\`.`],
    details: { address, port },
  })
}
