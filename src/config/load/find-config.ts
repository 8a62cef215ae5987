// Finds the config. What else lies in a project may be broken, and is looked at only where there is no config.
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { findOtherForm } from './other-forms.ts'
import { type Starter, trustConfig } from './trust-config.ts'

/** In the order in which they are looked for. */
export const CONFIG_NAMES = ['deploy.config.ts', 'deploy.config.mts', 'deploy.config.js', 'deploy.config.mjs']

/**
 * Finds the config that is named, or the nearest one from a folder upwards.
 * @param from absolute folder
 * @returns its absolute path
 * @throws ConfigError if there is none, or the nearest one may be somebody else's
 */
export function findConfig(
  from: string,
  named?: string,
  starter: Starter = { uid: process.geteuid?.(), env: process.env },
): string {
  const file = named === undefined ? nearestConfig(from) : resolve(from, named)
  if (file === undefined) {
    const message = `no deploy.config.ts in '${from}' or a folder above it`
    const other = findOtherForm(from)
    if (other)
      throw new ConfigError(`${message}: shipit does not read ${other.what}`, {
        suggestions: [other.suggestion],
      })
    throw new ConfigError(message, {
      suggestions: [
        'Go to the folder of your project, or pass the path of the config with --config.',
        'Make one: shipit init',
      ],
    })
  }
  if (!existsSync(file)) {
    throw new ConfigError(`the config file '${file}' does not exist`, {
      suggestions: ['Pass the path of a deploy.config.ts with --config.'],
    })
  }
  if (named === undefined) trustConfig(file, from, starter)
  return file
}

/** Finds the nearest config from a folder upwards, whosever it is. */
export function nearestConfig(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = CONFIG_NAMES.map((name) => join(folder, name)).find((each) => existsSync(each))
    if (file !== undefined || folder === dirname(folder)) return file
  }
}
