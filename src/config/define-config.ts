// What a deploy.config.ts may hold: the types that an editor shows, and the functions that it is written with.
import type { Verb } from '../recipe/recipe.ts'
import type { WrittenSteps } from '../recipe/steps.ts'

/** How to log in, in OpenSSH's words. What is not said here is taken from ssh_config. Relative paths are relative to the config file; `~` is the home directory. */
export type SshOptions = {
  user?: string
  port?: number
  identityFile?: string
  knownHostsFile?: string
  /** pinned keys (`ssh-ed25519 AAAA…`): with them known_hosts is not asked */
  hostKeys?: readonly string[]
  /** seconds until a host counts as out of reach, login included; 10 by default */
  connectTimeout?: number
  /** what speaks SSH: `ssh2` in this process, or `openssh`, the program ssh; by default the first that can do it */
  transport?: 'ssh2' | 'openssh'
  /** hosts to go by way of: `user@host:port`, several with commas, or `none`; those of ssh_config by default */
  proxyJump?: string
}

/** A machine. Its own settings win over those of its environment. */
export type Host = {
  /** as it is shown and chosen with --host */
  name: string
  /** where it is reached; the name by default */
  address?: string
  port?: number
  user?: string
}

/** A named group of hosts. */
export type Environment = {
  hosts: readonly (string | Host)[]
  /** the one that is meant when none is named */
  default?: boolean
  /** what is deployed when neither --branch nor --tag is given; `master` by default */
  branch?: string
  /** ask in a terminal before deploying; elsewhere --yes is needed */
  confirm?: boolean
  ssh?: SshOptions
}

/** The embedded host of `sandbox()`. */
export type Sandbox = { sandbox: true; default?: boolean; branch?: string }

/** A flag of `shipit deploy` that the recipe declares. */
export type Flag = {
  /** one letter: `d` for -d */
  char?: string
  summary: string
  /** without them the flag is a switch */
  choices?: readonly string[]
}

/** Who may deploy what. */
export type AllowRule = {
  /** a Unix group of the host */
  group: string
  /** branches, with `*` for any characters; all by default */
  branches?: readonly string[]
  /** tags, with `*` for any characters; all by default */
  tags?: readonly string[]
  /** deploy, rollback and freeze by default. cancel and unfreeze are for what others began: everybody may end their own. */
  verbs?: readonly Verb[]
  /**
   * Build steps of these branches and tags run under a build account of their own (`build-APP_NAME`), whoever deploys them: for
   * refs that less trusted people may push. Of the rules with it the first that fits counts; all other refs share `build-APP`.
   */
  buildAs?: string
}

/** The keys of a person or a CI job; one line of `ssh-ed25519 AAAA… comment` each. */
export type PersonKeys =
  | readonly string[]
  | {
      keys: readonly string[]
      /** one of the groups of `allow`; the first by default */
      group?: string
    }

/** How git on a host reaches the repository over ssh. */
export type GitAccess = {
  /** have each host make a key pair of its own, for a read-only deploy key */
  deployKey?: boolean
  /** the git server's keys, as lines of known_hosts: `git.example.com ssh-ed25519 AAAA…` */
  knownHosts?: readonly string[]
}

export type SshdSettings = {
  /**
   * give everybody in a group of `allow` the gate in place of a shell: for accounts that only deploy, whose login shell reads
   * no file of theirs first (sh, dash, ash, mksh; bash where sshd is 7.8 or newer)
   */
  forceCommand?: boolean
}

export type Config = {
  /** the app's name on the host: lower-case letters, digits, hyphens; 24 at most */
  app: string
  /** where the host fetches from: a path on the host, ssh://, https:// or user@host:path */
  repository: string
  environments: Readonly<Record<string, Environment | Sandbox>>
  /** the account of the host that runs this app's steps, and no other app's; `deploybot` by default, `deploy-APP` for the next app of a host */
  account?: string
  /**
   * let other apps of a host, which must say so too, run as the same account: each of them can then rewrite the others' trees, history and
   * logs, and use their root lines
   */
  sharedAccount?: boolean
  flags?: Readonly<Record<string, Flag>>
  /** the group `deployers` may deploy everything by default */
  allow?: readonly AllowRule[]
  /** who may come in by which key, by the account's name; an account that a host lacks is made, for deploys alone */
  people?: Readonly<Record<string, PersonKeys>>
  git?: GitAccess
  sshd?: SshdSettings
  steps: WrittenSteps
}

/** Types a config; it is checked when it is loaded. */
export function defineConfig(config: Config): Config {
  return config
}

/** An environment whose one host is embedded in shipit: the same gate, runner and recipe, without server, root or account. */
export function sandbox(options: { default?: boolean; branch?: string } = {}): Sandbox {
  return { sandbox: true, ...options }
}
