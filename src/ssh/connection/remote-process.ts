// A command on a host, whatever speaks SSH behind it.

/** How a command ended: by itself, by a signal, or nobody knows, since the connection died. */
export type RemoteExit = { status?: number; signal?: string; lost?: true }

/**
 * Takes what comes next. A promise is waited for before more comes, which slows the host; 'enough' ends the reading. Called in
 * the midst of receiving, with no promise in between: a step may print a gigabyte.
 */
export type Take<What> = (what: What) => Promise<unknown> | 'enough' | undefined

/** A command that runs on a host. */
export type RemoteProcess = {
  /**
   * Reads its output. Ends when there is no more or it was enough, and when the connection died: `exit` tells. After enough it may be
   * read on, where nothing came meanwhile: that is lost.
   * What `take` throws, or rejects with, ends it as well.
   */
  read: (take: Take<Uint8Array>) => Promise<void>
  /** Sends more to its stdin, if that is open. What the host does not take is told by the end of the output. */
  send: (text: string) => void
  /** Says what it wrote to stderr lately (4 KiB), fit to be shown. */
  stderr: () => string
  /** comes after all output was read */
  exit: Promise<RemoteExit>
}
