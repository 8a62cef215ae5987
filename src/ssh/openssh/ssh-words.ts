// The words of an ssh command line for one host. ssh reads its own config; what deploy.config.ts says stands on the line, so it wins.
import { shellWord } from '../../words/shell-word.ts'
import type { HostSettings } from '../settings/resolve-settings.ts'

/** Where a connection keeps its files: the socket of the master, and the pinned keys. */
export type SshFiles = { socket: string; pinned: string }

/** A master that nobody uses ends by itself, so a client that was killed leaves nothing. */
const PERSIST_SECONDS = 15

/** What ssh must not do, whatever ssh_config says: ask, forward, run commands here, take an unknown host. */
const STRICT = [
  'BatchMode=yes',
  'StrictHostKeyChecking=yes',
  'UpdateHostKeys=no',
  'VisualHostKey=no',
  'PermitLocalCommand=no',
  'RemoteCommand=none',
  'ClearAllForwardings=yes',
  'ForwardAgent=no',
  'ForwardX11=no',
  'EscapeChar=none',
  'RequestTTY=no',
  'SessionType=default',
  'LogLevel=INFO',
]

/** The options that come before `--` and the name, for all calls of one connection. */
export function sshWords(settings: HostSettings, files?: SshFiles): string[] {
  const { user, port, address, identityFiles, isIdentityNamed, knownHostsFiles, hostKeys } = settings
  const seconds = Math.max(1, Math.ceil(settings.connectTimeoutMs / 1000))
  const { intervalMs, count } = settings.keepalive ?? { intervalMs: 15_000, count: 3 }
  const options = [
    ...STRICT,
    ...wayOf(settings),
    `ConnectTimeout=${seconds}`,
    `ServerAliveInterval=${Math.ceil(intervalMs / 1000)}`,
    `ServerAliveCountMax=${count}`,
    `HostName=${address}`,
    ...(isIdentityNamed ? identityFiles.map((file) => `IdentityFile=${quote(file)}`) : []),
    ...(files && hostKeys.length > 0
      ? [
          `UserKnownHostsFile=${quote(files.pinned)}`,
          'GlobalKnownHostsFile=none',
          'HostKeyAlias=pinned',
          'KnownHostsCommand=none',
        ]
      : [`UserKnownHostsFile=${knownHostsFiles.map(quote).join(' ')}`]),
    ...(files
      ? [`ControlPath=${quote(files.socket)}`, `ControlPersist=${PERSIST_SECONDS}`]
      : ['ControlPath=none']),
  ]
  return [
    ...(settings.configWords ?? []),
    ...['-l', user, '-p', String(port)],
    ...options.flatMap((option) => ['-o', option]),
  ]
}

/** ssh's own jump would ask at the terminal, and take its strictness from ssh_config: so we write its command. */
function wayOf({ via, proxyCommand }: HostSettings): string[] {
  if (!via)
    return proxyCommand === undefined ? [] : ['ProxyJump=none', `ProxyCommand=${percent(proxyCommand)}`]
  const words = [
    'ssh',
    '-W',
    '[%h]:%p',
    ...[...sshWords(via), '--', via.name].map((word) => percent(shellWord(word))),
  ]
  return ['ProxyJump=none', `ProxyCommand=${words.join(' ')}`]
}

function percent(text: string): string {
  return text.replaceAll('%', '%%')
}

/** ssh_config(5): arguments with spaces in double quotes. `%` begins a token. */
function quote(path: string): string {
  return `"${path.replaceAll('%', '%%').replaceAll('"', '\\"')}"`
}
