// What a host should have: made of the recipe (src/install/expected-host.ts), and compared with what the host tells doctor.

/** A file or a folder. `sum`: SHA-256 of its text, where it is known here, or `folder`, or `link:TARGET`. */
export type ExpectedFile = { path: string; mode: string; owner: string; sum?: string }

/** What doctor expects of a host. */
export type ExpectedHost = {
  app: string
  version: string
  digest: string
  /** the account that runs what root installed */
  account: string
  runner: string
  /** the programs in `files` stand here, and nothing else */
  libexec: string
  files: readonly ExpectedFile[]
  /** what sudo lists for the account, in any order, without backslashes: `(root) NOPASSWD: …` */
  sudoLines: readonly string[]
  /** sudo's settings for these commands, as a host tells them */
  sudoSettings: readonly string[]
  /** nobody logs in as one of these */
  closedAccounts: readonly string[]
  /** steps that may run code of the repository as the account */
  ownCode: readonly string[]
  /** programs that the runner and the recipe's steps need; one of each list will do */
  programs: readonly (readonly string[])[]
  /** folders that become the account's */
  published: readonly string[]
  /** folders of the system: none of `published` may lead to one, but for those of `unsafe`, which may not lead to the second list */
  system: { folders: readonly string[]; never: readonly string[]; unsafe: readonly string[] }
  /** the repository, where it is on the host, the account that reads it, and whether the policy names branches or tags */
  repository?: { path: string; reader: string; hasRefRules: boolean }
}
