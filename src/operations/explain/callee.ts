// A host as operations see it.

import type { Connection } from '../../ssh/connection/connection.ts'
import type { GateCall } from '../../ssh/gate/call-gate.ts'
import type { Callee } from '../../ssh/gate/callee.ts'
import type { DeployWay } from '../../words/command.ts'
import type { PolicyRule } from './expected-run.ts'

/** A host, and how to get a connection to it. */
export type Target = Callee & {
  /** of the config: whom it lets do what */
  policy?: readonly PolicyRule[]
  /** of the sandbox, how what lies in it is deployed once more */
  ways?: readonly DeployWay[]
  /** where git is asked for the refs that it has */
  origin?: string
  open: () => Promise<Connection>
  /** one that is open already, and that nobody else uses */
  opened?: Connection
  /** a deploy on that connection that waits for the word to begin */
  waiting?: GateCall
  /** logs in as another account by the same keys; not in the sandbox */
  openAs?: (user: string) => Promise<Connection>
}
