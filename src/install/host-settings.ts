// What a config asks of a host besides the recipe: people, git's keys, sshd. It is not part of the digest.

/** A person, or a CI job, who may deploy by these keys. An account that the host does not have is made, for deploys alone. */
export type Person = {
  /** the account's name on the host */
  name: string
  /** a group of the policy */
  group: string
  /** public keys: `ssh-ed25519 AAAA… comment` */
  keys: readonly string[]
}

export type HostSettings = {
  people: readonly Person[]
  /** deployKey: the host makes a key pair; knownHosts: the git servers' keys as lines of known_hosts */
  git: { deployKey: boolean; knownHosts: readonly string[] }
  /** forceCommand: members of the policy's groups get the gate, and no shell */
  sshd: { forceCommand: boolean }
  /** other apps, which say so too, may run as the same account */
  sharedAccount: boolean
}

/** Of a config that asks for nothing. */
export const PLAIN_HOST: HostSettings = {
  people: [],
  git: { deployKey: false, knownHosts: [] },
  sshd: { forceCommand: false },
  sharedAccount: false,
}
