// What is needed to log in to one host: the config's host and environment first, then what ssh itself would use.

import { accessSync, constants } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import { defined } from '../../defined.ts'
import { ConfigError } from '../../errors.ts'
import { chooseAlgorithms } from './algorithms.ts'
import type { SshAnswers } from './ask-ssh.ts'
import type { HostSettings, SettingsOfEnvironment, SettingsOfHost, SshOnly } from './host-settings.ts'
import { expandPath, expandTokens, type TokenFacts } from './tokens.ts'

/** What the settings take from the machine and the person. */
export type LocalFacts = {
  home: string
  user?: string
  agentSocket?: string
  isReadable: (file: string) => boolean
}

const DEFAULT_PORT = 22
const DEFAULT_TIMEOUT_SECONDS = 10
/** ssh_config(5), ServerAliveCountMax */
const DEFAULT_ALIVE_COUNT = 3
/** ssh(1), -i; the FIDO ones last, since a person has to touch them. */
const DEFAULT_IDENTITIES = ['id_ed25519', 'id_ecdsa', 'id_rsa', 'id_ed25519_sk', 'id_ecdsa_sk']
/** The keys that ssh(1) and its packagers look for by themselves: their names say that nobody chose them. */
const USUAL_IDENTITY = /^~\/\.ssh\/id_(?:rsa|dsa|ecdsa|ecdsa_sk|ed25519|ed25519_sk|xmss)$/
const GLOBAL_KNOWN_HOSTS = ['/etc/ssh/ssh_known_hosts', '/etc/ssh/ssh_known_hosts2']
const WINDOWS_AGENT = '\\\\.\\pipe\\openssh-ssh-agent'
/** A list of paths, which ssh prints without quotes: each begins at a root, a home, a variable or a token. */
const NEXT_PATH = / (?=[/~$%])/

/**
 * Resolves how to log in to a host: its own settings win over its environment's, those over ssh's answers and defaults.
 * @param answers of `askSsh`; none for a host that ssh_config is not for, or where there is no ssh
 * @throws ConfigError when nothing says as whom
 */
export function resolveSettings(
  { host, ssh = {}, answers = new Map() }: ToResolve,
  local: LocalFacts = readLocalFacts(process.env),
): HostSettings {
  const answer = (keyword: string) => answers.get(keyword)?.[0]
  const user = host.user ?? ssh.user ?? answer('user') ?? local.user
  if (!user) {
    throw new ConfigError(`no user name for '${host.name}': your local account has no name`, {
      suggestions: ["Set `user` in the config, for the host or in its environment's `ssh`."],
    })
  }
  const address = host.address ?? answer('hostname') ?? host.name
  const port = host.port ?? ssh.port ?? Number(answer('port') ?? DEFAULT_PORT)
  const hostKeyAlias = answer('hostkeyalias')
  const facts: TokenFacts = {
    name: host.name,
    address,
    port,
    user,
    home: local.home,
    localUser: local.user,
    hostKeyAlias,
    proxyJump: answer('proxyjump'),
  }
  return {
    name: host.name,
    address,
    ...defined({ sshName: host.address === undefined && address !== host.name ? host.name : undefined }),
    port,
    user,
    ...keysOf(ssh, answers, local, facts),
    knownHostsFiles: knownHostsFilesOf(ssh, answers, local, facts),
    hostKeys: ssh.hostKeys ?? [],
    ...defined({ hostKeyAlias, isHashing: answer('hashknownhosts') === 'yes' || undefined }),
    ...wayOf(ssh, answers, facts),
    ...defined({ sshOnly: sshOnlyOf(answers) }),
  }
}

/** A host and all that is said of it. */
export type ToResolve = {
  host: SettingsOfHost
  ssh?: SettingsOfEnvironment
  answers?: SshAnswers | undefined
}

const FAMILIES: Readonly<Record<string, 4 | 6>> = { inet: 4, inet6: 6 }

/** Expands a path of the config, where `~` is the home directory. */
function expandHome(path: string, home: string): string {
  return path.replace(/^~(?=\/|$)/, () => home)
}

/** The keys to log in with. */
function keysOf(ssh: SettingsOfEnvironment, answers: SshAnswers, local: LocalFacts, facts: TokenFacts) {
  const written = answers.get('certificatefile') ?? []
  const certificateFiles = written.flatMap((file) => expandPath(file, facts) ?? [])
  return {
    identityFiles: identityFilesOf(ssh, answers, local, facts),
    ...defined({
      isIdentityNamed: ssh.identityFile === undefined ? undefined : true,
      isIdentityOnly: answers.get('identitiesonly')?.[0] === 'yes' || undefined,
      agentSocket: agentOf(answers.get('identityagent')?.[0], local, facts),
      certificateFiles: certificateFiles.length > 0 ? certificateFiles : undefined,
    }),
  }
}

/** How to reach the host: by what, from where, and how long that may take. */
function wayOf(ssh: SettingsOfEnvironment, answers: SshAnswers, facts: TokenFacts) {
  const answer = (keyword: string) => answers.get(keyword)?.[0]
  const command = answer('proxycommand')
  const seconds = ssh.connectTimeout ?? secondsOf(answer('connecttimeout')) ?? DEFAULT_TIMEOUT_SECONDS
  return {
    connectTimeoutMs: seconds * 1000,
    ...keepaliveOf(answers),
    ...defined({
      family: FAMILIES[answer('addressfamily') ?? ''],
      localAddress: answer('bindaddress'),
      algorithms: answers.size === 0 ? undefined : chooseAlgorithms(answers),
      transport: ssh.transport,
      proxyCommand: command === undefined || command === 'none' ? undefined : expandTokens(command, facts),
      isSocketPassed: answer('proxyusefdpass') === 'yes' || undefined,
    }),
  }
}

/** The keyword that allows a way to log in, and its name in SSH (RFC 4462, RFC 4252). */
const METHODS: Readonly<Record<string, string>> = {
  gssapiauthentication: 'gssapi-with-mic',
  hostbasedauthentication: 'hostbased',
}

function sshOnlyOf(answers: SshAnswers): SshOnly | undefined {
  const chosen = (keyword: string) => answers.get(keyword)?.find((value) => value !== 'none')
  const only = defined({
    revokedHostKeys: chosen('revokedhostkeys'),
    hasHostsCommand: chosen('knownhostscommand') === undefined ? undefined : (true as const),
    tokenLibrary: chosen('pkcs11provider'),
  })
  const methods = Object.entries(METHODS).flatMap(([keyword, name]) =>
    chosen(keyword) === 'yes' ? [name] : [],
  )
  return methods.length === 0 && Object.keys(only).length === 0 ? undefined : { ...only, methods }
}

function identityFilesOf(
  { identityFile }: SettingsOfEnvironment,
  answers: SshAnswers,
  local: LocalFacts,
  facts: TokenFacts,
): string[] {
  if (identityFile !== undefined) return [expandHome(identityFile, local.home)]
  const written = answers.get('identityfile') ?? []
  const isChosen = written.length > 0 && !written.every((file) => USUAL_IDENTITY.test(file))
  const files = isChosen
    ? written.flatMap((file) => (file === 'none' ? [] : (expandPath(file, facts) ?? [])))
    : DEFAULT_IDENTITIES.map((name) => join(local.home, '.ssh', name))
  // ssh passes over a file that is not there; where the agent has the key, its public half is enough
  return [...new Set(files)].filter(
    (file) => local.isReadable(file) || (isChosen && local.isReadable(`${file}.pub`)),
  )
}

function knownHostsFilesOf(
  { knownHostsFile }: SettingsOfEnvironment,
  answers: SshAnswers,
  local: LocalFacts,
  facts: TokenFacts,
): string[] {
  const inSsh = (name: string) => join(local.home, '.ssh', name)
  const listed = (keyword: string) => {
    const value = answers.get(keyword)?.[0]
    if (value === undefined) return undefined
    if (value === 'none') return []
    return value.split(NEXT_PATH).flatMap((path) => expandPath(path, facts) ?? [])
  }
  const ofUser = listed('userknownhostsfile')
  const usual = [inSsh('known_hosts'), inSsh('known_hosts2')]
  const chosen = ofUser && !(ofUser.length > 0 && ofUser.every(isUsualKnownHosts)) ? ofUser : undefined
  return [
    ...(knownHostsFile === undefined ? (chosen ?? usual) : [expandHome(knownHostsFile, local.home)]),
    ...(listed('globalknownhostsfile') ?? GLOBAL_KNOWN_HOSTS),
  ]
}

function isUsualKnownHosts(path: string): boolean {
  return /\/\.ssh\/known_hosts2?$/.test(path)
}

/** ssh_config(5), IdentityAgent: `none`, `SSH_AUTH_SOCK`, `$VARIABLE` or a path. */
function agentOf(written: string | undefined, local: LocalFacts, facts: TokenFacts): string | undefined {
  if (written === undefined || written === 'SSH_AUTH_SOCK') return local.agentSocket
  if (written === 'none') return undefined
  const variable = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(written)?.[1]
  return variable === undefined ? expandPath(written, facts) : process.env[variable]
}

function secondsOf(value: string | undefined): number | undefined {
  return value !== undefined && /^[1-9][0-9]*$/.test(value) ? Number(value) : undefined
}

function keepaliveOf(answers: SshAnswers): Pick<HostSettings, 'keepalive'> {
  const seconds = secondsOf(answers.get('serveraliveinterval')?.[0])
  const written = answers.get('serveralivecountmax')?.[0]
  const count = written === undefined ? DEFAULT_ALIVE_COUNT : secondsOf(written)
  return seconds === undefined || count === undefined
    ? {}
    : { keepalive: { intervalMs: seconds * 1000, count } }
}

/** Reads who runs this process, and where their keys and their agent are. */
export function readLocalFacts(env: Readonly<Record<string, string | undefined>>): LocalFacts {
  const user = readUserName() ?? env.LOGNAME ?? env.USER
  const agentSocket = env.SSH_AUTH_SOCK || (process.platform === 'win32' ? WINDOWS_AGENT : undefined)
  return { home: homedir(), ...defined({ user, agentSocket }), isReadable }
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
