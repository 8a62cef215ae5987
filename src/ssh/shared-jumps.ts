// The jump hosts of one command: the hosts behind one share a connection to it, which ends with the last of them.
import type { Connection } from './connection/connection.ts'
import type { HostSettings } from './settings/host-settings.ts'

type Jump = { connection: Promise<Connection>; users: number }

/** The connections to jump hosts, each opened once. */
export class SharedJumps {
  readonly #jumps = new Map<string, Jump>()
  readonly #dial: (via: HostSettings) => Promise<Connection>

  /** @param dial opens the connection to a jump host */
  constructor(dial: (via: HostSettings) => Promise<Connection>) {
    this.#dial = dial
  }

  /** Takes a share of the connection to a jump host, until `leave`. */
  take(via: HostSettings): { jump: Promise<Connection>; leave: () => void } {
    const key = JSON.stringify(via)
    const jump = this.#jumps.get(key) ?? { connection: this.#dial(via), users: 0 }
    this.#jumps.set(key, jump)
    jump.users++
    let isLeft = false
    const leave = () => {
      if (isLeft) return
      isLeft = true
      if (--jump.users > 0) return
      if (this.#jumps.get(key) === jump) this.#jumps.delete(key)
      jump.connection.then((connection) => connection.close()).catch(() => {})
    }
    return { jump: jump.connection, leave }
  }
}
