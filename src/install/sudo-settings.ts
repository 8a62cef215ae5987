// The settings in an app's sudoers file: which of them a host's sudo knows, the install script tries there. Pure.
import type { Recipe } from '../recipe/recipe.ts'
import { HOST } from './bundle.ts'
import { renderSudoers } from './render-sudoers.ts'

/** What sudo must do for our commands, whatever the host's own Defaults say (sudoers(5)). The programs set their umask themselves. */
const SETTINGS = [
  'env_reset',
  '!setenv',
  // a library that the caller names (LD_PRELOAD) would run before our first line
  '!env_keep',
  '!env_check',
  `secure_path="${HOST.searchPath}"`,
  'use_pty',
  // a caller who may choose the root folder (sudo -R) chooses what our programs are
  '!runchroot',
  '!runcwd',
  // nor may its descriptors and groups go to what root starts
  'closefrom=3',
  '!closefrom_override',
  '!preserve_groups',
]

/** The settings as a host tells them (docs/protocol.md): without quotes and the sign that switches one off. */
export const TOLD_SETTINGS: readonly string[] = SETTINGS.map((setting) => setting.replace(/[!"]/g, ''))

/** What the app's settings are for: the runner with any words, every other command with the words that it has. */
function commandAlias(app: string): string {
  return `SHIPIT_${app.replaceAll('-', '_').toUpperCase()}`
}

/** Renders the alias of all commands in an app's sudoers file; it comes before the settings. */
export function renderAlias(recipe: Recipe): string {
  const commands = renderSudoers(recipe)
    .text.split('\n')
    .flatMap((line) => /^[^#].* NOPASSWD: (.*)$/.exec(line)?.[1] ?? [])
  return `Cmnd_Alias ${commandAlias(recipe.app)} = ${[...new Set(commands)].join(', ')}\n`
}

/** Renders the settings, one a line, since sudo-rs drops a line that has one it does not know. */
export function renderSettings({ app }: Recipe): string {
  return SETTINGS.map((setting) => `Defaults!${commandAlias(app)} ${setting}\n`).join('')
}

/**
 * What a host may ask of all commands and ours can't do (sudoers(5)): a terminal, being asked for each program that they start.
 * Only where the host sets it do ours say no.
 */
const FREED_OF = ['requiretty', 'intercept']

/** Renders a line for each of them: its name, and the setting for a host that has set it. */
export function renderFreedom({ app }: Recipe): string {
  return FREED_OF.map((name) => `${name} Defaults!${commandAlias(app)} !${name}\n`).join('')
}
