// Runs oclif without what it would take from the person's account and environment unasked: docs/library-defaults.md has the list.
import { Config, run, settings } from '@oclif/core'

/** What oclif looks up only to have it: nobody here uses its shell, its folders or their files. */
const EMPTY_ENVIRONMENT = { SHELL: '', HOME: '/', SHIPIT_DISABLE_THEME: '1', SHIPIT_DEBUG: '' }

/**
 * Runs one command line.
 * @param root the absolute folder of shipit's package.json
 */
export async function runOclif(argv: readonly string[], root: string): Promise<void> {
  // sources are never loaded in place of the bundle, whatever NODE_ENV says
  settings.enableAutoTranspile = false
  const loaded = Config.prototype.load
  Config.prototype.load = function load() {
    return withEnvironment(EMPTY_ENVIRONMENT, () => loaded.call(this))
  }
  try {
    // ~/.local/share/shipit/package.json may name plugins, whose code would be run
    await run([...argv], { root, userPlugins: false, devPlugins: false })
  } finally {
    Config.prototype.load = loaded
  }
}

/** Does something under other variables, and puts back those that were there. */
async function withEnvironment(
  wanted: Readonly<Record<string, string>>,
  work: () => Promise<void>,
): Promise<void> {
  const { env } = process
  const before = Object.keys(wanted).map((name) => [name, env[name]] as const)
  Object.assign(env, wanted)
  try {
    await work()
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete env[name]
      else env[name] = value
    }
  }
}
