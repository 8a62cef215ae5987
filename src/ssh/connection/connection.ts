// A connection as the rest of shipit sees it, whatever speaks SSH behind it.

import type { Duplex } from 'node:stream'
import type { AttemptKind, AttemptResult } from './forbidden.ts'
import type { RemoteProcess } from './remote-process.ts'

/** How a connection came about, for a person who wants to know. */
export type ConnectionFacts = {
  /** address and port */
  where: string
  /** what speaks SSH here */
  transport: string
  user: string
  /** the key that the host took */
  key: string
  /** the host's own key, with its type */
  hostKey: string
  /** where it is known: file and line, or the config */
  hostKeyKnownBy: string
  /** of the TCP connection; the program ssh does not tell it */
  roundTripMs?: number
}

/** A host that we are logged in to. */
export type Connection = {
  facts: ConnectionFacts
  /** the fingerprint of the host's key: `SHA256:…` */
  serverKey: string
  /**
   * Starts a command.
   * @param stdin `open` if it is to be sent something later; else its stdin ends at once
   * @throws ConnectionError when the host does not start it, within the time limit
   */
  exec: (command: string, stdin?: 'open') => Promise<RemoteProcess>
  /** Tries something that an account for deploys alone must not have. Never rejects. */
  attempt: (kind: AttemptKind) => Promise<AttemptResult>
  /** Opens a stream from the host to a port that the host can reach. @throws Error when it can't */
  forward: (address: string, port: number) => Promise<Duplex>
  /** a ProxyCommand by way of this host, if ssh has the connection */
  proxyCommand?: string
  /** Ends the connection, at once; a command on it ends as lost. */
  close: () => void
}
