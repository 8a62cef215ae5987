// The keys to log in with, for all hosts of one command: every file is read once, every agent asked once, every passphrase
// asked for once.

import type { ParsedKey, SigningRequestOptions } from 'ssh2'
import { defined } from '../../defined.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { type AgentKeys, readAgentKeys } from './agent-keys.ts'
import type { AnswerChallenge } from './challenge.ts'
import { type GivenKey, parseGivenKey } from './given-key.ts'
import {
  type AskPassphrase,
  findCertificate,
  type KeyFile,
  readKeyFile,
  UnusableKey,
  unlockKeyFile,
} from './key-file.ts'
import { loadSsh2, type Ssh2 } from './load-ssh2.ts'
import { oneAtATime } from './one-at-a-time.ts'
import { sign } from './sign.ts'

/** One key to offer to a host. */
export type Identity = {
  /** the file; an agent's keys have the agent's name for it */
  source: { agent: true; comment: string } | { file: string }
  /** missing where only the passphrase gives it */
  publicKey?: ParsedKey
  isEncrypted?: true
  /** Gets the key ready, which may ask a person. @throws UnusableKey */
  unlock: () => Promise<ParsedKey>
  sign: (data: Buffer, options: SigningRequestOptions) => Promise<Buffer>
}

/** The keys for one host in the order to offer them, and what to say about those that are not offered. */
export type Offer = {
  identities: readonly Identity[]
  problems: readonly UnusableKey[]
  /** asks a person what a host wants to know besides; only where there is one */
  answerChallenge?: AnswerChallenge
}

/** The keys of one command. */
export type Identities = {
  offerTo: (settings: HostSettings) => Promise<Offer>
  /** The key that was given as text, if there is one. @throws ConfigError when it is not a key */
  givenKey: () => Promise<ParsedKey | undefined>
  /** Asks a person for the passphrase of a key file; nothing if there is nobody, or it is not encrypted. */
  unlockFile: (file: string) => Promise<ParsedKey | undefined>
  waitForTouch?: WaitForAgent
  answerChallenge?: AnswerChallenge
}

/** Waits for an agent that may ask a person: to touch a token, or to confirm. */
export type WaitForAgent = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>

/** How a person is asked, or told what is waited for. */
export type IdentityIo = {
  askPassphrase?: AskPassphrase
  answerChallenge?: AnswerChallenge
  waitForAgent?: WaitForAgent
  /** for the program ssh: told of the host, whose login may need a touch */
  waitForTouch?: WaitForAgent
  /** a key that is offered before all others */
  given?: GivenKey | undefined
}

/**
 * Makes the keys for one command: give it to every connection of that command.
 * @param io the questions only where there is a terminal
 */
export function createIdentities(io: IdentityIo = {}): Identities {
  const agents = new Map<string, Promise<Identity[] | UnusableKey>>()
  const files = new Map<string, Promise<Identity | UnusableKey>>()
  const inTurn = oneAtATime()
  const ask = io.askPassphrase && inTurn(io.askPassphrase)
  const answerChallenge = io.answerChallenge && inTurn(io.answerChallenge)
  const givenKey = async () =>
    io.given &&
    parseGivenKey((await loadSsh2()).utils.parseKey as Parameters<typeof parseGivenKey>[0], io.given)
  const readFile = (ssh2: Ssh2, file: string) => once(files, file, () => readIdentity(ssh2, file, ask))
  return {
    givenKey,
    async unlockFile(file) {
      const identity = await readFile(await loadSsh2(), file)
      if (!ask || identity instanceof UnusableKey || !identity.isEncrypted) return undefined
      // why it was not opened is said where the login has failed
      return identity.unlock().catch(() => undefined)
    },
    ...defined({ waitForTouch: io.waitForTouch, answerChallenge }),
    async offerTo({ agentSocket, identityFiles, isIdentityNamed, isIdentityOnly }) {
      const ssh2 = await loadSsh2()
      const own = await givenKey()
      const [agent, certificates, ...read] = await Promise.all([
        agentSocket ? once(agents, agentSocket, () => askAgent(ssh2, agentSocket, io.waitForAgent)) : [],
        Promise.all(identityFiles.map(findCertificate)),
        ...identityFiles.map((file) => readFile(ssh2, file)),
      ])
      return {
        identities: [
          ...(own ? [identityOfKey(own, io.given?.name ?? '')] : []),
          ...inOrder({
            agent: agent instanceof UnusableKey ? [] : agent,
            files: read.flatMap((each) => (each instanceof UnusableKey ? [] : [each])),
            areFilesNamed: isIdentityNamed === true,
            isAgentOnlyForFiles: isIdentityOnly === true,
          }),
        ],
        problems: [agent, ...read, ...certificates].filter((each) => each instanceof UnusableKey),
        ...defined({ answerChallenge }),
      }
    },
  }
}

type Keys = {
  agent: readonly Identity[]
  files: readonly Identity[]
  areFilesNamed: boolean
  /** ssh_config(5), IdentitiesOnly */
  isAgentOnlyForFiles: boolean
}

/**
 * The order of ssh(1): keys of the files that the agent holds, the agent's others, then files. A file whose key the agent holds
 * is not offered again, so nobody is asked for its passphrase. A file that the config names comes before the agent's others: a host takes
 * few tries (sshd_config(5), MaxAuthTries), and the agent may hold more keys than that. Where only the passphrase gives its public half
 * it comes last, since a person would be asked for nothing.
 */
function inOrder({ agent: agentKeys, files, areFilesNamed, isAgentOnlyForFiles }: Keys): Identity[] {
  const isSame = (a: Identity, b: Identity) =>
    a.publicKey !== undefined &&
    b.publicKey !== undefined &&
    a.publicKey.getPublicSSH().equals(b.publicKey.getPublicSSH())
  const held = (file: Identity) => agentKeys.filter((key) => isSame(key, file))
  return [
    ...new Set([
      ...files.flatMap(held),
      ...(areFilesNamed ? files.filter((file) => file.publicKey && held(file).length === 0) : []),
      ...(isAgentOnlyForFiles ? [] : agentKeys),
      ...files.filter((file) => held(file).length === 0),
    ]),
  ]
}

async function readIdentity(
  ssh2: Ssh2,
  file: string,
  ask: AskPassphrase | undefined,
): Promise<Identity | UnusableKey> {
  try {
    return identityOfFile(await readKeyFile(ssh2, file), ask)
  } catch (error) {
    if (error instanceof UnusableKey) return error
    throw error
  }
}

function identityOfFile(key: KeyFile, ask: AskPassphrase | undefined): Identity {
  let unlocked: Promise<ParsedKey> | undefined
  const unlock = () => {
    unlocked ??= loadSsh2().then((ssh2) => unlockKeyFile(ssh2, key, ask))
    return unlocked
  }
  return {
    source: { file: key.file },
    ...defined({ publicKey: key.publicKey, isEncrypted: key.encrypted ? (true as const) : undefined }),
    unlock,
    sign: async (data, options) => sign(await unlock(), data, options.hash),
  }
}

function identityOfKey(key: ParsedKey, name: string): Identity {
  return {
    source: { file: name },
    publicKey: key,
    unlock: async () => key,
    sign: async (data, options) => sign(key, data, options.hash),
  }
}

async function askAgent(
  ssh2: Ssh2,
  agentSocket: string,
  wait: WaitForAgent | undefined,
): Promise<Identity[] | UnusableKey> {
  try {
    const agent = await readAgentKeys(ssh2, agentSocket)
    // a locked one (ssh-add -x) says that it has none
    if (agent.keys.length === 0) {
      return new UnusableKey(
        `the agent at '${agentSocket}' (SSH_AUTH_SOCK) has no key that shipit can use: it is empty or locked, or has only certificates and FIDO keys`,
        'See what it has: `ssh-add -l`. Add your key: `ssh-add`. Unlock it: `ssh-add -X`.',
      )
    }
    return agent.keys.map((key) => identityOfAgent(agent, key, wait))
  } catch {
    return new UnusableKey(
      `no agent answers at '${agentSocket}' (SSH_AUTH_SOCK)`,
      'Start one, with your key: `eval "$(ssh-agent)"; ssh-add`.',
    )
  }
}

function identityOfAgent(
  agent: AgentKeys,
  key: ParsedKey,
  wait: WaitForAgent = (_key, work) => work(),
): Identity {
  const comment = cleanQuote(key.comment)
  let waiting = 0
  return {
    source: { agent: true, comment },
    publicKey: key,
    unlock: async () => key,
    async sign(data, options) {
      const sign = () => agent.sign(key, data, options)
      waiting += 1
      try {
        // a person who is told of one host need not be told of each
        return await (waiting === 1 ? wait(comment, sign) : sign())
      } finally {
        waiting -= 1
      }
    },
  }
}

function once<Value>(
  made: Map<string, Promise<Value>>,
  name: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const value = made.get(name) ?? make()
  made.set(name, value)
  return value
}
