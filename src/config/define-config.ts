// What a deploy.config.ts may hold: the types that an editor shows, and the functions that it is written with.
import type { Verb } from '../recipe/recipe.ts'
import type { WrittenSteps } from '../recipe/steps.ts'
import type { Notified } from '../results/notified.ts'

/**
 * How to log in, in OpenSSH's words. ssh_config says what is left out here. A relative path starts at the config file, and `~` is
 * your home.
 */
export type SshOptions = {
  /** The account to log in as; by default what ssh_config says, else the name of your account here. */
  user?: string
  /** The port of sshd; 22 by default. */
  port?: number
  /** A key file. It is offered first, then the keys of the agent. It may be the public half of a key in the agent. */
  identityFile?: string
  /** A file of known host keys, instead of `~/.ssh/known_hosts`. */
  knownHostsFile?: string
  /** Pinned host keys (`ssh-ed25519 AAAA…`). A host must have one of them, and known_hosts is not used. */
  hostKeys?: readonly string[]
  /** Seconds to connect, check the host key and log in; 10 by default. */
  connectTimeout?: number
  /** What speaks SSH: `ssh2` in this process, or `openssh`, the program ssh; by default ssh2, where it can reach the host. */
  transport?: 'ssh2' | 'openssh'
  /** Hosts to go through: `user@host:port`, several with commas, or `none`; by default those of ssh_config. */
  proxyJump?: string
}

/** A machine. Its own settings override those of its environment. */
export type Host = {
  /** The name on screen and in `--host`. */
  name: string
  /** The address to connect to; the name by default. */
  address?: string
  /** The port of sshd on this host. */
  port?: number
  /** The account to log in as on this host. */
  user?: string
}

/** A named group of hosts. */
export type Environment = {
  /** The hosts, each a name or an object. A deploy goes to all of them at once. */
  hosts: readonly (string | Host)[]
  /** Makes this the environment of commands that name none. A config's only environment needs no `default`. */
  default?: boolean
  /** The branch that is deployed without `--branch` and `--tag`; `master` by default. */
  branch?: string
  /** Asks before a deploy. In CI or without a terminal, `--yes` is needed. */
  confirm?: boolean
  /**
   * Another environment: a deploy must be of the commit that is live on all of its hosts. This is a rule of this config, which every
   * deploy with it obeys. The hosts do not know it.
   */
  after?: string
  /** How to log in to the hosts. */
  ssh?: SshOptions
}

/** The environment that `sandbox()` makes: a host that is built into shipit. */
export type Sandbox = {
  /** Marks the environment as the sandbox. */
  sandbox: true
  /** Makes the sandbox the environment of commands that name none. */
  default?: boolean
  /** The branch that is deployed without `--branch` and `--tag`; `master` by default. */
  branch?: string
}

/** A flag of `shipit deploy` that the recipe declares. */
export type Flag = {
  /** One letter for the short form: `d` for `-d`. */
  char?: string
  /** The sentence that `shipit deploy --help` shows. */
  summary: string
  /** The values that the flag takes. Without them it is a switch. */
  choices?: readonly string[]
}

/** The flags of a config, by name. */
export type Flags = Readonly<Record<string, Flag>>

/** What `when` of a step may be: `docs`, `!docs`, `colour=red`, for the flags of this config. */
export type When<F extends Flags> = {
  [Name in keyof F & string]: F[Name] extends { choices: readonly (infer Choice extends string)[] }
    ? `${'' | '!'}${Name}=${Choice}`
    : `${'' | '!'}${Name}`
}[keyof F & string]

/** A rule of the policy: who may deploy what. */
export type AllowRule = {
  /** A Unix group of the host. */
  group: string
  /** Branches, with `*` for any characters. By default all, or none if the rule names tags. */
  branches?: readonly string[]
  /** Tags, with `*` for any characters. By default all, or none if the rule names branches. */
  tags?: readonly string[]
  /** What the group may do: by default deploy, rollback and freeze. cancel and unfreeze apply to what others began. */
  verbs?: readonly Verb[]
  /**
   * A build account of their own (`build-APP_NAME`) for the build steps of these branches and tags, no matter who deploys them. Use it
   * for refs that less trusted people may push. The first rule with it that fits a ref counts. All other refs share `build-APP`.
   */
  buildAs?: string
}

/** The keys of a person or a CI job: one line `ssh-ed25519 AAAA… comment` each, or an object that also names the group. */
export type PersonKeys =
  | readonly string[]
  | {
      /** The public keys, one line each. */
      keys: readonly string[]
      /** One of the groups of `allow`. It can be left out where there is only one. */
      group?: string
    }

/** How git on a host reaches the repository over ssh. */
export type GitAccess = {
  /** Has each host make a key pair of its own, for a read-only deploy key of the repository. */
  deployKey?: boolean
  /** The git server's keys, as lines of known_hosts: `git.example.com ssh-ed25519 AAAA…`. */
  knownHosts?: readonly string[]
}

/** What the install changes in sshd. */
export type SshdSettings = {
  /**
   * Gives everybody in a group of `allow` the gate instead of a shell, administrators included. It is for accounts that only
   * deploy and whose login shell reads no file of theirs first: sh, dash, ash, mksh, or bash where sshd is 7.8 or newer.
   */
  forceCommand?: boolean
}

/** What to notify when a deploy or a rollback has ended: one of `url`, `urlEnv` and `command`. */
export type Notify = {
  /** A webhook, `https://…`: it gets the outcome as JSON, with a `text` that Slack and others show. Keep one with a token in `urlEnv`. */
  url?: string
  /** The name of an environment variable with the URL of a webhook. Where it is not set, nothing is sent. */
  urlEnv?: string
  /** A program and its words, run without a shell on your machine: it gets the same JSON on stdin. A path starts at the config. */
  command?: readonly string[]
  /** The outcomes to send; all by default. */
  on?: readonly NotifyOutcome[]
  /** Also sends runs on the sandbox, to try it out. */
  sandbox?: boolean
}

/** How a deploy or a rollback ended, on all of its hosts. */
export type NotifyOutcome = Notified

/** A pattern as data, for a config that was generated. */
export type RedactPattern = {
  /** The source of a regular expression. */
  pattern: string
  /** Of `i`, `m`, `s` and `u`. */
  flags?: string
}

/** What a `deploy.config.ts` exports, alone or as one of a list. */
export type Config<F extends Flags = Flags> = {
  /** The app's name on the host: lower-case letters, digits and hyphens, a letter first, at most 24 characters. */
  app: string
  /** Where the host fetches from: a path on the host, `ssh://…`, `https://…` or `user@host:path`. */
  repository: string
  /**
   * The folders and files of the repository that belong to this app: `apps/web/`. A deploy with `--changed` leaves out the hosts
   * where none of them differs from what is live. In such a folder commands need no `--app`.
   */
  paths?: readonly string[]
  /** The groups of hosts, by name. */
  environments: Readonly<Record<string, Environment | Sandbox>>
  /** The account of the host that runs this app's steps and no other app's; `deploybot` by default. */
  account?: string
  /**
   * Lets other apps of a host, which must say so too, run as the same account. Each of them can then rewrite the others' trees,
   * history and logs, and use their root lines.
   */
  sharedAccount?: boolean
  /** Flags of `shipit deploy`, by name; at most 8. */
  flags?: F
  /** The policy. By default the group `deployers` may deploy every branch and tag. */
  allow?: readonly AllowRule[]
  /** Who may log in with which keys, by the name of the account. An account that a host lacks is made, for deploys only. */
  people?: Readonly<Record<string, PersonKeys>>
  /** How git on the host reaches the repository over ssh. */
  git?: GitAccess
  /** What the install changes in sshd. */
  sshd?: SshdSettings
  /**
   * What is never shown on a screen or in a file that shipit writes: texts, and patterns that are matched line by line. With
   * brackets in a pattern only what they match is hidden: `/token=(\\S+)/`. The log on a host stays as it is.
   */
  redact?: readonly (string | RegExp | RedactPattern)[]
  /** Names of environment variables whose values are never shown: `DEPLOY_TOKEN`. A variable that is not set hides nothing. */
  redactEnv?: readonly string[]
  /** The webhooks and programs to notify when a deploy or a rollback has ended. It takes at most 5 seconds, and changes no exit code. */
  notify?: Notify | readonly Notify[]
  /** The steps, in order; at most 40. The first one that fails ends the run. */
  steps: WrittenSteps<When<F>>
}

/**
 * Types a config. It is checked when it is loaded. A file with several apps exports a list of such configs.
 * @example
 * export default defineConfig({
 *   app: 'shop',
 *   repository: 'git@git.example.com:shop.git',
 *   environments: { production: { hosts: ['web1.example.com'], branch: 'main' } },
 *   steps: [git(), rsync({ from: 'public/', to: '/var/shop/public/', delete: true })],
 * })
 */
export function defineConfig<const F extends Flags = Record<never, never>>(config: Config<F>): Config<F> {
  return config
}

/**
 * Makes an environment whose one host is built into shipit: the same gate, runner and recipe, without server, root or account.
 * @example environments: { sandbox: sandbox() }
 */
export function sandbox(options: Omit<Sandbox, 'sandbox'> = {}): Sandbox {
  return { sandbox: true, ...options }
}
