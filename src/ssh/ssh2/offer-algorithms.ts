// The algorithms of a handshake as ssh2 takes them.
import type { ServerHostKeyAlgorithm, Algorithms as Ssh2Algorithms } from 'ssh2'
import type { Algorithms } from '../settings/algorithms.ts'

/**
 * Puts the algorithms of the keys that a host is known by first: else a known host looks changed.
 * @param chosen by ssh_config; ssh2's own where there is none
 */
export function offerAlgorithms(
  chosen: Algorithms | undefined,
  known: readonly ServerHostKeyAlgorithm[],
): Ssh2Algorithms {
  if (!chosen) {
    // Removed and put in front: ssh2 leaves in its place what is in its list already. ssh-rsa signs with SHA-1.
    return { serverHostKey: { remove: [...known, 'ssh-rsa'], prepend: [...known], append: [] } }
  }
  const first = known.filter((name) => chosen.serverHostKey.includes(name))
  const serverHostKey = [...new Set([...first, ...chosen.serverHostKey])]
  return { ...chosen, serverHostKey } as Ssh2Algorithms
}
