// What became of one host's key when a person was to trust it.
import type { ShipitError } from '../errors.ts'

/** A key that a host showed. */
export type SeenHostKey = {
  /** address and port */
  where: string
  type: string
  /** `SHA256:…` */
  fingerprint: string
  /** as `ssh.hostKeys` of the config takes it */
  publicKey: string
  /** the name under which known_hosts has it */
  name: string
}

/** A host, or one on the way to it. */
export type HostTrust = {
  host: string
  /** the host that is reached by way of this one, if it is a jump host */
  onTheWayTo?: string
  key?: SeenHostKey
} & (
  | {
      /** `pin`: trusted by the person, and for them to put into the config */
      state: 'known' | 'added' | 'pin'
      /** by what it is known: a file and a line, or the config */
      by: string
    }
  | { state: 'declined' | 'not-asked' | 'refused' | 'unreachable'; error: ShipitError }
)
