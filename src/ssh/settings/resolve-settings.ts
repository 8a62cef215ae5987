// What is needed to log in to one host: the config's host and environment, then OpenSSH's defaults. ssh_config is not read.
import { accessSync, constants } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../../errors.ts'

/** How to reach one host and what it is known by; all paths are absolute. */
export type HostSettings = {
  /** as the developer names it */
  name: string
  address: string
  port: number
  user: string
  identityFiles: readonly string[]
  /** the config names the file, so its key is offered before all others */
  isIdentityNamed?: true
  agentSocket?: string
  knownHostsFiles: readonly string[]
  /** pinned keys (`ssh-ed25519 AAAA…`): when there are any, known_hosts is not asked */
  hostKeys: readonly string[]
  /** for connection, handshake and login together */
  connectTimeoutMs: number
}

/** A host of the config, as far as logging in goes. */
export type SettingsOfHost = { name: string; address?: string; port?: number; user?: string }

/** The `ssh` of the config's environment; `connectTimeout` in seconds. */
export type SettingsOfEnvironment = {
  user?: string
  port?: number
  identityFile?: string
  knownHostsFile?: string
  hostKeys?: readonly string[]
  connectTimeout?: number
}

/** What the settings take from the machine and the person. */
export type LocalFacts = {
  home: string
  user?: string
  agentSocket?: string
  isReadable: (file: string) => boolean
}

const DEFAULT_PORT = 22
const DEFAULT_TIMEOUT_SECONDS = 10
/** ssh(1), -i: the FIDO ones are left out, since ssh2 can't use them. */
const DEFAULT_IDENTITIES = ['id_ed25519', 'id_ecdsa', 'id_rsa']
const GLOBAL_KNOWN_HOSTS = '/etc/ssh/ssh_known_hosts'
const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent'

/**
 * Resolves how to log in to a host: its own settings win over its environment's, those over OpenSSH's defaults.
 * @throws ConfigError when neither the config nor the system says as whom
 */
export function resolveSettings(
  host: SettingsOfHost,
  ssh: SettingsOfEnvironment = {},
  local: LocalFacts = readLocalFacts(process.env),
): HostSettings {
  const user = host.user ?? ssh.user ?? local.user
  if (!user) {
    throw new ConfigError(`as whom to log in to '${host.name}' is not known: this account has no name`, {
      suggestions: ["Set `user` in the config, for the host or in its environment's `ssh`."],
    })
  }
  const inSsh = (name: string) => join(local.home, '.ssh', name)
  const expand = (path: string) => path.replace(/^~(?=\/|$)/, () => local.home)
  return {
    name: host.name,
    address: host.address ?? host.name,
    port: host.port ?? ssh.port ?? DEFAULT_PORT,
    user,
    identityFiles:
      ssh.identityFile === undefined
        ? DEFAULT_IDENTITIES.map(inSsh).filter(local.isReadable)
        : [expand(ssh.identityFile)],
    ...(ssh.identityFile === undefined ? {} : { isIdentityNamed: true }),
    ...(local.agentSocket ? { agentSocket: local.agentSocket } : {}),
    knownHostsFiles: [
      ...(ssh.knownHostsFile === undefined
        ? [inSsh('known_hosts'), inSsh('known_hosts2')]
        : [expand(ssh.knownHostsFile)]),
      GLOBAL_KNOWN_HOSTS,
    ],
    hostKeys: ssh.hostKeys ?? [],
    connectTimeoutMs: (ssh.connectTimeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
  }
}

/** Reads who runs this process, and where their keys and their agent are. */
export function readLocalFacts(env: Readonly<Record<string, string | undefined>>): LocalFacts {
  const user = readUserName() ?? env.LOGNAME ?? env.USER
  const agentSocket = env.SSH_AUTH_SOCK || (process.platform === 'win32' ? WINDOWS_AGENT : undefined)
  return { home: homedir(), ...(user ? { user } : {}), ...(agentSocket ? { agentSocket } : {}), isReadable }
}

function readUserName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    // An account without an entry in passwd(5), as containers like to have.
    return undefined
  }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}
