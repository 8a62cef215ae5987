// Renders the files of an app that come of its host settings: whom it lets in, and how git reaches the repository. Pure.
import { buildAccounts, servedRepository } from '../recipe/compile.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { kindOf } from '../recipe/step.ts'
import { APPS, type BundleFile, publishedFolders, readAccount } from './bundle.ts'
import type { HostSettings } from './host-settings.ts'

/** The groups of the policy, each once. */
export function policyGroups(recipe: Recipe): string[] {
  return [...new Set(recipe.allow.map(({ group }) => group))]
}

/**
 * Renders what the install script and other apps on the host need to know of this one, and what can be given back when it
 * goes: one fact on a line.
 */
export function renderGrants(recipe: Recipe, settings: HostSettings): BundleFile {
  const labels = recipe.steps.flatMap((step) => kindOf(step).label?.(step) ?? [])
  const files = recipe.steps.flatMap((step) => kindOf(step).sharedFiles?.(step) ?? [])
  const services = recipe.steps.flatMap((step) => kindOf(step).service?.(step) ?? [])
  const served = servedRepository(recipe)
  const lines = [
    ...policyGroups(recipe).map((group) => `group ${group}`),
    `deploys-as ${recipe.account} ${settings.sharedAccount ? 'shared' : 'alone'}`,
    ...buildAccounts(recipe).map((name) => `account ${name}`),
    ...(served ? [`account ${readAccount(recipe.app)}`] : []),
    ...settings.people.map(({ name, group }) => `person ${name} ${group}`),
    ...(settings.sshd.forceCommand ? policyGroups(recipe).map((group) => `force ${group}`) : []),
    ...publishedFolders(recipe).map((folder) => `published ${folder}`),
    ...services.map(({ unit, verb }) => `service ${verb} ${unit}`),
    ...files.map(({ root, path }) => `shared-file ${root} ${path}`),
    ...(served ? [`repository ${served.path}`] : []),
    ...labels.map(({ type, path }) => `label ${type} ${path}`),
  ]
  return {
    path: `${APPS}/${recipe.app}/grants`,
    // doctor's answer needs it, and nobody else
    mode: '0640',
    group: recipe.account,
    text: lines.map((line) => `${line}\n`).join(''),
  }
}

/** Renders the keys of each person; the host joins those of all apps. */
export function renderKeys(app: string, { people }: HostSettings): BundleFile[] {
  return people.map(({ name, keys }) => ({
    path: `${APPS}/${app}/people/${name}`,
    mode: '0600',
    text: keys.map((key) => `${key}\n`).join(''),
  }))
}

/** Renders ssh's settings for git, where the config has any: a step uses them when they are there. */
export function renderGitAccess(app: string, { git }: HostSettings): BundleFile[] {
  if (!git.deployKey && git.knownHosts.length === 0) return []
  const folder = `${APPS}/${app}/git`
  const settings = [
    '# How git on this host reaches the repository; only root may change it.',
    'Host *',
    '    BatchMode yes',
    '    StrictHostKeyChecking yes',
    '    UpdateHostKeys no',
    `    UserKnownHostsFile ${folder}/known_hosts`,
    '    GlobalKnownHostsFile /etc/ssh/ssh_known_hosts',
    '    IdentitiesOnly yes',
    ...(git.deployKey ? [`    IdentityFile ${folder}/key`] : []),
  ]
  const wrapper = [
    '#!/bin/sh',
    '# For git before 2.3, which does not know GIT_SSH_COMMAND.',
    `exec ssh -F ${folder}/ssh_config "$@"`,
  ]
  return [
    { path: `${folder}/known_hosts`, mode: '0644', text: git.knownHosts.map((line) => `${line}\n`).join('') },
    { path: `${folder}/ssh_config`, mode: '0644', text: `${settings.join('\n')}\n` },
    { path: `${folder}/ssh`, mode: '0755', text: `${wrapper.join('\n')}\n` },
  ]
}
