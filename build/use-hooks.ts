// Has git use the hooks in build/hooks, in a checkout of shipit.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** Relative, so that each work tree of the repository uses its own. */
const HOOKS = 'build/hooks'

/**
 * Sets core.hooksPath, unless `root` is no checkout (a package, a folder of another repository), has hooks of its owner's, or is one
 * of a CI job.
 * @returns whether git uses the hooks now
 */
export function useHooks(root: string, env: NodeJS.ProcessEnv): boolean {
  if (env.CI || !existsSync(join(root, '.git'))) return false
  const git = (...words: string[]) => spawnSync('git', ['-C', root, ...words], { encoding: 'utf8', env })
  const answer = (...words: string[]) => git(...words).stdout?.trim() ?? ''
  const top = answer('rev-parse', '--show-toplevel')
  if (top === '' || realpathSync(top) !== realpathSync(root)) return false
  const used = answer('config', '--get', 'core.hooksPath')
  if (used !== '') return used === HOOKS
  const own = resolve(root, answer('rev-parse', '--git-path', 'hooks'))
  if (existsSync(own) && readdirSync(own).some((name) => !name.endsWith('.sample'))) return false
  return git('config', 'core.hooksPath', HOOKS).status === 0
}

if (import.meta.main) useHooks(join(import.meta.dirname, '..'), process.env)
