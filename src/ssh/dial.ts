// Opens the connections of one command, each by the transport that can do it, and by way of its jump hosts.
import type { Duplex } from 'node:stream'
import type { ParsedKey } from 'ssh2'
import { defined } from '../defined.ts'
import { AlgorithmError, ConnectionError, HostKeyError, LoginError, MissingProgramError } from '../errors.ts'
import { type WhyOpenssh, whyOpenssh, whyOpensshAfter } from './choose-transport.ts'
import type { Connection } from './connection/connection.ts'
import { explainJump, explainProxyCommand } from './explain/explain-way.ts'
import type { AnswerChallenge } from './keys/challenge.ts'
import type { Identities } from './keys/identities.ts'
import { startPrivateAgent } from './keys/private-agent.ts'
import { openConnection } from './open-connection.ts'
import { askSpecialKeys } from './openssh/agent-special-keys.ts'
import { openOpenssh } from './openssh/open-openssh.ts'
import type { HostSettings } from './settings/host-settings.ts'
import { SharedJumps } from './shared-jumps.ts'
import { openProxyCommand } from './ssh2/proxy-command.ts'

/** Opens a connection to a host, by way of its jump hosts where it has any. Its errors are those of `openConnection`. */
export type Dial = (settings: HostSettings) => Promise<Connection>

/** @param identities of the whole command: `createIdentities` */
export function createDial(identities: Identities): Dial {
  const dialler = new Dialler(identities)
  return (settings) => dialler.dial(settings)
}

/** What a person has to do with a login by ssh. */
type Help = { key: ParsedKey | undefined; answer?: AnswerChallenge }

/** Of a thousand at once most would run out of time while others are served, and a jump host would refuse them. */
const MOST_AT_ONCE = 100

class Dialler {
  readonly #identities: Identities
  readonly #jumps = new SharedJumps((via) => this.#dialNow(via))
  #dialling = 0
  readonly #waiting: (() => void)[] = []

  constructor(identities: Identities) {
    this.#identities = identities
  }

  /** Waits for its turn, where many are being opened. */
  async dial(settings: HostSettings): Promise<Connection> {
    if (this.#dialling < MOST_AT_ONCE) this.#dialling++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await this.#dialNow(settings)
    } finally {
      const next = this.#waiting.shift()
      // who is next takes over this turn
      if (next) next()
      else this.#dialling--
    }
  }

  async #dialNow(settings: HostSettings): Promise<Connection> {
    const why = await whyOpenssh(settings)
    if (why !== undefined) return this.#dialByOpenssh(settings, why)
    try {
      return await this.#dialBySsh2(settings)
    } catch (error) {
      if (settings.transport !== undefined) throw error
      const after = await whyOpensshAfter(error, settings)
      if (after === undefined) throw error
      return this.#dialByOpenssh(settings, after).catch((second) => {
        throw isNoHelp(second) ? error : second
      })
    }
  }

  #dialBySsh2(settings: HostSettings): Promise<Connection> {
    const { via, proxyCommand } = settings
    if (via) {
      return this.#dialBehind(settings, via, (jump) =>
        openConnection(settings, this.#identities, () => goThrough(jump, settings, via)),
      )
    }
    return proxyCommand === undefined
      ? openConnection(settings, this.#identities)
      : openThrough(settings, this.#identities, proxyCommand)
  }

  async #dialByOpenssh(settings: HostSettings, { words, isTouched }: WhyOpenssh): Promise<Connection> {
    const { via } = settings
    const waitForTouch = await this.#touchOf(settings, isTouched)
    const open = (way?: string) => (help: Help) => {
      const { key, answer } = help
      const startAgent = key && ((socket: string) => startPrivateAgent(key, socket))
      return openOpenssh(settings, { why: words, way, answer, startAgent, waitForTouch })
    }
    if (!via) return this.#tryHelp(open())
    return this.#dialBehind(settings, bySsh(via), ({ proxyCommand }) => this.#tryHelp(open(proxyCommand)))
  }

  /** ssh asks nothing at first. If the host takes an encrypted key, or wants a code after the key, a person is asked, and it is called again. */
  async #tryHelp(open: (help: Help) => Promise<Connection>): Promise<Connection> {
    const { givenKey, unlockFile, answerChallenge } = this.#identities
    const help: Help = { key: await givenKey() }
    for (;;) {
      try {
        return await open(help)
      } catch (error) {
        if (!(error instanceof LoginError)) throw error
        const { lockedFile, needsPerson } = error.details
        const key = !help.key && typeof lockedFile === 'string' ? await unlockFile(lockedFile) : undefined
        if (key) help.key = key
        else if (needsPerson && answerChallenge && !help.answer) help.answer = answerChallenge
        else throw error
      }
    }
  }

  /** Opens a connection by way of a jump host, which is left when it ends. */
  async #dialBehind(
    { name }: HostSettings,
    via: HostSettings,
    open: (jump: Connection) => Promise<Connection>,
  ): Promise<Connection> {
    const { jump, leave } = this.#jumps.take(via)
    try {
      const connection = await open(await jump.catch((error) => throwOnTheWay(error, name, via)))
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

  /** A person who has to touch a key is told, wherever the key is. */
  async #touchOf({ agentSocket }: HostSettings, isTouched = false) {
    const { waitForTouch } = this.#identities
    if (!waitForTouch || isTouched || agentSocket === undefined) return isTouched ? waitForTouch : undefined
    return (await askSpecialKeys(agentSocket)).hasFido ? waitForTouch : undefined
  }
}

/** The program ssh has nothing in common with the host either, or is not there: ssh2's error says more. */
function isNoHelp(error: unknown): boolean {
  const isMissing = error instanceof ConnectionError && error.cause instanceof MissingProgramError
  return error instanceof AlgorithmError || isMissing
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
  return { ...via, transport: 'openssh', ...defined({ via: via.via && bySsh(via.via) }) }
}

async function openThrough(
  settings: HostSettings,
  identities: Identities,
  proxyCommand: string,
): Promise<Connection> {
  let said = () => ''
  const ended = (cause?: unknown) => explainProxyCommand({ settings, why: said(), cause }, proxyCommand)
  try {
    return await openConnection(settings, identities, async () => {
      // a host that turns away many at once says nothing, and is asked again
      if (said() !== '') throw ended()
      const proxy = await openProxyCommand(settings.name, proxyCommand)
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
