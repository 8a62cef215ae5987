// The words of an ssh command line for one host. ssh reads its own config; what deploy.config.ts says stands on the line, so it wins.
import { shellWord } from '../../words/shell-word.ts'
import type { HostSettings } from '../settings/host-settings.ts'

/** Where a connection keeps its files. */
export type SshFiles = {
  /** of the master */
  socket: string
  log: string
  /** the keys that the config pins, as known_hosts */
  pinned: string
  /** the socket of an agent for this login, and the public half of its key */
  agent: string
  key: string
}

/** What a call needs besides the settings. */
export type SshCall = {
  files: SshFiles
  /** the ProxyCommand by way of a jump host: `proxyWords` of its connection */
  way?: string | undefined
  /** the agent at `files.agent` holds a key, to be offered first */
  hasAgent?: boolean
}

/** A master that nobody uses ends by itself, so a client that was killed leaves nothing. */
const PERSIST_SECONDS = 15
/** ssh gives a host up when it would ask a fourth time: after 40 s. */
const KEEPALIVE = { intervalMs: 10_000, count: 3 }

/**
 * What ssh must not do, whatever ssh_config says: ask, forward, run commands here, take an unknown host. A host whose key only DNS
 * vouches for is one, and so is one at a loopback address (VerifyHostKeyDNS, NoHostAuthenticationForLocalhost of ssh_config(5)).
 */
const STRICT = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'VerifyHostKeyDNS=no',
  'NoHostAuthenticationForLocalhost=no',
  'UpdateHostKeys=no',
  'VisualHostKey=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'GSSAPIDelegateCredentials=no',
  'Tunnel=no',
  'EscapeChar=none',
  'RequestTTY=no',
  'SessionType=default',
  'ForkAfterAuthentication=no',
  'StdinNull=no',
  'LogLevel=INFO',
]

/** The options that come before `--` and the name, for all calls of one connection. */
export function sshWords(settings: HostSettings, { files, way, hasAgent = false }: SshCall): string[] {
  const { knownHostsFiles, hostKeys } = settings
  const agent = [
    `IdentityAgent=${quote(files.agent)}`,
    `IdentityFile=${quote(files.key)}`,
    'IdentitiesOnly=yes',
  ]
  return [
    ...(hasAgent ? asOptions(agent) : []),
    ...wordsOf(settings, way),
    ...asOptions([
      ...(hostKeys.length > 0
        ? [
            `UserKnownHostsFile=${quote(files.pinned)}`,
            'GlobalKnownHostsFile=none',
            'HostKeyAlias=pinned',
            'KnownHostsCommand=none',
          ]
        : [`UserKnownHostsFile=${knownHostsFiles.map(quote).join(' ')}`]),
      `ControlPath=${quote(files.socket)}`,
      `ControlPersist=${PERSIST_SECONDS}`,
    ]),
  ]
}

/**
 * The options to have a key written into a file, and to log in by nothing. What comes first on a command line of ssh holds.
 * @param way as in `sshWords`
 */
export function wordsToLook(settings: HostSettings, file: string, way: string | undefined): string[] {
  return [
    ...asOptions([
      'StrictHostKeyChecking=accept-new',
      'HashKnownHosts=no',
      `UserKnownHostsFile=${quote(file)}`,
      'GlobalKnownHostsFile=none',
      'KnownHostsCommand=none',
      'PreferredAuthentications=none',
      'ControlPath=none',
    ]),
    ...wordsOf(settings, way),
  ]
}

/** The ProxyCommand that goes through a master to a jump host, and never past it. */
export function proxyThrough(jump: HostSettings, socket: string): string {
  const words = ['ssh', '-F', 'none', '-S', socket, '-W', '[%h]:%p']
  const options = ['BatchMode=yes', 'ProxyCommand=false', 'LogLevel=ERROR']
  const target = [...asOptions(options), '-l', jump.user, '--', jump.address]
  return [...words, ...target].map((word) => (word === '[%h]:%p' ? word : percent(shellWord(word)))).join(' ')
}

function wordsOf(settings: HostSettings, way: string | undefined): string[] {
  const { user, port, address, identityFiles } = settings
  const seconds = Math.max(1, Math.ceil(settings.connectTimeoutMs / 1000))
  const { intervalMs, count } = settings.keepalive ?? KEEPALIVE
  return [
    ...(settings.configWords ?? []),
    ...['-l', user, '-p', String(port)],
    ...asOptions([
      ...STRICT,
      ...wayOf(settings, way),
      `ConnectTimeout=${seconds}`,
      `ServerAliveInterval=${Math.ceil(intervalMs / 1000)}`,
      `ServerAliveCountMax=${count}`,
      `HostName=${address}`,
      // also where ssh_config names them: a jump host has the config's besides, and ssh takes its home from elsewhere
      ...identityFiles.map((file) => `IdentityFile=${quote(file)}`),
    ]),
  ]
}

/** ssh's own jump would ask at the terminal, and take its strictness from ssh_config: so we write its command. */
function wayOf({ proxyCommand }: HostSettings, way: string | undefined): string[] {
  if (way !== undefined) return ['ProxyJump=none', `ProxyCommand=${way}`, 'ProxyUseFdpass=no']
  return proxyCommand === undefined ? [] : ['ProxyJump=none', `ProxyCommand=${percent(proxyCommand)}`]
}

function asOptions(options: readonly string[]): string[] {
  return options.flatMap((option) => ['-o', option])
}

function percent(text: string): string {
  return text.replaceAll('%', '%%')
}

/** ssh_config(5): arguments with spaces in double quotes. `%` begins a token. */
function quote(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll('"', '\\"')}"`
}
