// What is needed to reach a host and to log in to it.

import type { Algorithms } from './algorithms.ts'

/** How to reach one host and what it is known by; all paths are absolute. */
export type HostSettings = {
  /** as the developer names it */
  name: string
  address: string
  /** what to type after `ssh` for the same host */
  sshName?: string
  port: number
  user: string
  identityFiles: readonly string[]
  /** the config names the file, so its key is offered before all others */
  isIdentityNamed?: true
  /** no other key than those of `identityFiles` is offered, even if the agent holds it (IdentitiesOnly) */
  isIdentityOnly?: true
  agentSocket?: string
  knownHostsFiles: readonly string[]
  /** names in known_hosts are hashed when one is added (HashKnownHosts) */
  isHashing?: true
  /** pinned keys (`ssh-ed25519 AAAA…`): when there are any, known_hosts is not asked */
  hostKeys: readonly string[]
  /** the one name to look up in known_hosts (HostKeyAlias) */
  hostKeyAlias?: string
  /** for connection, handshake and login together */
  connectTimeoutMs: number
  /** how often an idle connection is tried, and how many answers may be missing (ServerAliveInterval, ServerAliveCountMax) */
  keepalive?: { intervalMs: number; count: number }
  /** the one kind of address to use (AddressFamily) */
  family?: 4 | 6
  /** the address of this machine to connect from (BindAddress) */
  localAddress?: string
  algorithms?: Algorithms
  /** the host to go by way of (ProxyJump) */
  via?: HostSettings
  /** what only the program ssh can do for this host */
  sshOnly?: SshOnly
  /** which program must speak SSH; the one that can, by default */
  transport?: 'ssh2' | 'openssh'
  /** certificates that ssh_config names (CertificateFile) */
  certificateFiles?: readonly string[]
  /** the words by which ssh reads the config that these settings are of: `-F FILE` */
  configWords?: readonly string[]
  /** what ssh_config may have for this host and only ssh can tell, where there is no ssh to ask */
  unread?: readonly UnreadConfig[]
  /** a command that reaches the host (ProxyCommand), its tokens expanded */
  proxyCommand?: string
  /** that command does not carry bytes, but hands over a connected socket, which is ssh's alone to take (ProxyUseFdpass) */
  isSocketPassed?: true
}

/** A file of ssh_config, and the lines in it that were not read, as `line 3 (Match exec "on-vpn")`. */
export type UnreadConfig = { file: string; lines: readonly string[] }

/** What ssh_config asks for and only ssh can do. */
export type SshOnly = {
  /** a file of keys that no host may have (RevokedHostKeys) */
  revokedHostKeys?: string
  /** a command prints more lines of known_hosts (KnownHostsCommand) */
  hasHostsCommand?: true
  /** a library that reaches a token with keys (PKCS11Provider) */
  tokenLibrary?: string
  /** ways to log in besides keys, as SSH names them */
  methods: readonly string[]
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
  /** `user@host:port`, several with commas, or `none` */
  proxyJump?: string
  transport?: 'ssh2' | 'openssh'
}
