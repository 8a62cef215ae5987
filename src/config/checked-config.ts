// A config that was checked: what a host needs of it, and what the client needs.

import type { Recipe } from '../recipe/recipe.ts'
import type { Pattern } from '../redact/pattern.ts'
import type { Notified } from '../results/notified.ts'
import type { Host, SshOptions } from './define-config.ts'

/** An environment as it is used: its paths are absolute, its defaults are filled in. */
export type CheckedEnvironment = { name: string; branch: string } & (
  | { kind: 'hosts'; hosts: readonly Host[]; confirm: boolean; after?: string; ssh: SshOptions }
  /** `isBranchNamed`: the config says which branch; else it is the one that the checkout is on */
  | { kind: 'sandbox'; isBranchNamed: boolean; origin?: SandboxOrigin }
)

/** What the sandbox deploys: the app that shipit brings, or the commits of the project's checkout. */
export type SandboxOrigin = 'demo' | { checkout: string /** it is on no branch */; isDetached: boolean }

/** What the config asks of a host besides the recipe. */
export type CheckedAccess = {
  people: readonly { name: string; group: string; keys: readonly string[] }[]
  git: { deployKey: boolean; knownHosts: readonly string[] }
  sshd: { forceCommand: boolean }
  sharedAccount: boolean
}

/** What is never shown. */
export type CheckedRedaction = {
  patterns: readonly Pattern[]
  /** names of variables whose values these are */
  env: readonly string[]
}

/** A webhook or a program to notify when a deploy has ended. */
export type CheckedNotify = {
  /** of which outcomes */
  on: readonly Notified[]
  /** of runs on the sandbox as well */
  sandbox: boolean
  to: { url: string } | { urlEnv: string } | { command: readonly string[] }
}

/** The apps of a file, in order: one at least. */
export type CheckedApps = readonly [CheckedConfig, ...CheckedConfig[]]

/** A config that was checked: one app. */
export type CheckedConfig = {
  /** absolute */
  file: string
  recipe: Recipe
  /** what root sets up besides the recipe; no part of its digest */
  access: CheckedAccess
  environments: readonly CheckedEnvironment[]
  redaction: CheckedRedaction
  notify: readonly CheckedNotify[]
  /** the one that is meant when none is named */
  defaultEnvironment?: string
  /** folders and files of the repository that belong to this app; empty if the config does not say */
  paths: readonly string[]
  /** the names of all apps of the file, in order; this one alone where it exports no list */
  apps: readonly string[]
  /** sentences for people: allowed, and better otherwise */
  warnings: readonly string[]
  /** key paths: of all that the file says, and of each step of the recipe; in a list they begin below `entry`: `[1]` */
  sources?: { written: readonly string[]; steps: readonly string[]; entry?: string }
}
