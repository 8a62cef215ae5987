// A host as operations see it.
import type { Callee } from '../ssh/call-gate.ts'
import type { Connection } from '../ssh/open-connection.ts'

/** A host, and how to get a connection to it. `origin` is where git is asked for the refs that it has. */
export type Target = Callee & { origin?: string; open: () => Promise<Connection> }
