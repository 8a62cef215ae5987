// Opens the connections of one command. Hosts behind the same jump host share one connection to it, which ends with the last.
import type { Duplex } from 'node:stream'
import { ConnectionError, HostKeyError, LoginError } from '../errors.ts'
import { type WhyOpenssh, whyOpenssh } from './choose-transport.ts'
import type { Connection } from './connection/connection.ts'
import { explainJump, explainProxyCommand } from './explain/explain-way.ts'
import { openConnection } from './open-connection.ts'
import { askSpecialKeys } from './openssh/agent-special-keys.ts'
import { openOpenssh } from './openssh/open-openssh.ts'
import type { HostSettings } from './settings/host-settings.ts'
import type { Identities } from './ssh2/identities.ts'
import { startPrivateAgent } from './ssh2/private-agent.ts'
import { openProxyCommand } from './ssh2/proxy-command.ts'

/** Opens a connection to a host, by way of its jump hosts where it has any. Its errors are those of `openConnection`. */
export type Dial = (settings: HostSettings) => Promise<Connection>

type Jump = { connection: Promise<Connection>; users: number }

/** @param identities of the whole command: `createIdentities` */
export function createDial(identities: Identities): Dial {
  const jumps = new Map<string, Jump>()

  const take = (via: HostSettings): { jump: Jump; leave: () => void } => {
    const key = JSON.stringify(via)
    const jump = jumps.get(key) ?? { connection: dial(via), users: 0 }
    jumps.set(key, jump)
    jump.users++
    let left = false
    const leave = () => {
      if (left) return
      left = true
      if (--jump.users > 0) return
      if (jumps.get(key) === jump) jumps.delete(key)
      jump.connection.then((connection) => connection.close()).catch(() => {})
    }
    return { jump, leave }
  }

  const dial: Dial = async (settings) => {
    const why = await whyOpenssh(settings)
    if (why !== undefined) return dialByOpenssh(settings, why)
    try {
      return await dialBySsh2(settings)
    } catch (error) {
      // the agent's keys are known when all others have failed; ssh2 can't offer these
      const { agentSocket, transport } = settings
      const isLogin = error instanceof LoginError && agentSocket !== undefined && transport === undefined
      if (!isLogin) throw error
      const { hasCertificate, hasFido } = await askSpecialKeys(agentSocket)
      if (!hasCertificate && !hasFido) throw error
      return dialByOpenssh(settings, { words: 'the agent has certificates or FIDO keys' })
    }
  }

  /** Opens a connection by way of a jump host, which is left when it ends. */
  const dialBehind = async (
    { name }: HostSettings,
    via: HostSettings,
    open: (jump: Connection) => Promise<Connection>,
  ): Promise<Connection> => {
    const { jump, leave } = take(via)
    try {
      const connection = await open(await jump.connection.catch((error) => throwOnTheWay(error, name, via)))
      return {
        ...connection,
        close() {
          connection.close()
          leave()
        },
      }
    } catch (error) {
      leave()
      throw error
    }
  }

  const dialBySsh2: Dial = (settings) => {
    const { via, proxyCommand } = settings
    if (via) {
      return dialBehind(settings, via, (jump) =>
        openConnection(settings, identities, () => goThrough(jump, settings, via)),
      )
    }
    return proxyCommand === undefined
      ? openConnection(settings, identities)
      : openThrough(settings, identities, proxyCommand)
  }

  /** A person who has to touch a key is told, wherever the key is. */
  const touchOf = async ({ agentSocket }: HostSettings, isTouched = false) => {
    const { waitForTouch } = identities
    if (!waitForTouch || isTouched || agentSocket === undefined) return isTouched ? waitForTouch : undefined
    return (await askSpecialKeys(agentSocket)).hasFido ? waitForTouch : undefined
  }

  const dialByOpenssh = async (settings: HostSettings, { words, isTouched }: WhyOpenssh) => {
    const { via } = settings
    const key = await identities.givenKey()
    const startAgent = key && ((socket: string) => startPrivateAgent(key, socket))
    const call = { why: words, startAgent, waitForTouch: await touchOf(settings, isTouched) }
    if (!via) return openOpenssh(settings, call)
    return dialBehind(settings, bySsh(via), ({ proxyCommand }) =>
      openOpenssh(settings, { ...call, way: proxyCommand }),
    )
  }
  return dial
}

/** A failure of a jump host is one of the host behind it, and says so. @throws its kind of error */
function throwOnTheWay(error: unknown, name: string, via: HostSettings): never {
  if (!(error instanceof ConnectionError || error instanceof HostKeyError)) throw error
  const { message, suggestions, details } = error
  const Same = error.constructor as new (...args: ConstructorParameters<typeof HostKeyError>) => Error
  throw new Same(`cannot reach '${name}' by way of '${via.name}': ${message}`, {
    cause: error,
    suggestions,
    details: { ...details, via: via.name },
  })
}

/** ssh goes through ssh alone. */
export function bySsh(via: HostSettings): HostSettings {
  return { ...via, transport: 'openssh', ...(via.via ? { via: bySsh(via.via) } : {}) }
}

async function openThrough(
  settings: HostSettings,
  identities: Identities,
  proxyCommand: string,
): Promise<Connection> {
  let said = () => ''
  const ended = (cause?: unknown) => explainProxyCommand({ settings, why: said(), cause }, proxyCommand)
  try {
    return await openConnection(settings, identities, () => {
      // a host that turns away many at once says nothing, and is asked again
      if (said() !== '') throw ended()
      const proxy = openProxyCommand(proxyCommand)
      said = proxy.said
      return proxy.stream
    })
  } catch (error) {
    throw error instanceof ConnectionError && !(error instanceof LoginError) && said() !== ''
      ? ended(error)
      : error
  }
}

/** Opens the way to a host by a connection to its jump host. @throws ConnectionError when that can't reach it */
export async function goThrough(
  connection: Connection,
  settings: HostSettings,
  via: HostSettings,
): Promise<Duplex> {
  try {
    return await connection.forward(settings.address, settings.port)
  } catch (error) {
    throw explainJump({ settings, why: (error as Error).message, cause: error }, via)
  }
}
