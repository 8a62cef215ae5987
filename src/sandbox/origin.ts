// The repository that the sandbox deploys from: a copy of the project's own checkout, or the demo app.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { SandboxOrigin } from '../config/checked-config.ts'
import { ConfigError, MachineError } from '../errors.ts'
import { asNotStarted } from '../programs/why-not-started.ts'
import { demoAppStream } from './demo-app.ts'

/** Says in the repository what it is a copy of; one without it is of the demo app. */
const MARK = 'shipit-copies-a-checkout'
/** The branch that stands for the commit of a checkout that is on no branch. */
export const DETACHED = 'detached-head'

/** strerror(3) of ENOSPC and EDQUOT, in the C locale. */
const NO_ROOM = /No space left on device|Disk quota exceeded/

/**
 * Reads a checkout of another account, too: the person's own git has allowed it before, by the name of its folder. git's
 * upload-pack wants to be told the name of its `.git` as well (safe.directory in git-config(1)).
 */
const UPLOAD_PACK = "--upload-pack=git -c safe.directory='*' upload-pack"

const COPIED = [
  '+refs/heads/*:refs/heads/*',
  '+refs/tags/*:refs/tags/*',
  '+refs/remotes/origin/*:refs/remotes/origin/*',
]

/**
 * Puts the origin in place. What a person pushed to the demo app's stays; that of a checkout has what the checkout has now.
 * @throws ConfigError if git can't; MachineError where this machine has no room for it
 */
export function makeOrigin(path: string, origin: SandboxOrigin): void {
  const isCopy = existsSync(join(path, MARK))
  if (existsSync(path) && isCopy !== (origin !== 'demo')) rmSync(path, { recursive: true })
  if (origin === 'demo') makeDemo(path)
  else copyCheckout(path, origin)
}

/** Says whether what lies in place is the demo app's. */
export function isOfDemo(path: string): boolean {
  return existsSync(path) && !existsSync(join(path, MARK))
}

function makeDemo(path: string): void {
  if (existsSync(path)) return
  const fresh = `${path}.${process.pid}`
  // the person's own settings and templates are not asked
  const env = {
    PATH: process.env.PATH,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    HOME: dirname(path),
  }
  mkdirSync(dirname(path), { recursive: true })
  git(['init', '-q', '--bare', '--template=', fresh], env)
  git(['--git-dir', fresh, 'symbolic-ref', 'HEAD', 'refs/heads/master'], env)
  git(['--git-dir', fresh, 'fast-import', '--quiet', '--done'], env, demoAppStream())
  putInPlace(fresh, path)
}

/** Brings branches and tags of a checkout; a branch that is only at its remote counts as one, too. */
function copyCheckout(path: string, { checkout, isDetached }: Exclude<SandboxOrigin, 'demo'>): void {
  const env = ownEnv()
  if (!existsSync(path)) {
    const fresh = `${path}.${process.pid}`
    mkdirSync(dirname(path), { recursive: true })
    git(['init', '-q', '--bare', '--template=', fresh], env)
    writeFileSync(join(fresh, MARK), `${checkout}\n`)
    putInPlace(fresh, path)
  }
  const here = [
    '--git-dir',
    path,
    '-c',
    'core.hooksPath=/dev/null',
    '-c',
    'gc.auto=0',
    '-c',
    'maintenance.auto=false',
  ]
  const head = isDetached ? [`+HEAD:refs/heads/${DETACHED}`] : []
  const fetch = ['fetch', '-q', '--prune', '--no-tags', '--no-recurse-submodules', UPLOAD_PACK]
  git([...here, ...fetch, checkout, ...COPIED, ...head], env)
  const format = '--format=%(refname) %(objectname)'
  const refs = git([...here, 'for-each-ref', format, 'refs/heads', 'refs/remotes/origin'], env)
  git([...here, 'update-ref', '--stdin'], env, remoteBranches(refs))
}

/** The lines for `git update-ref` that make branches of the remote's, where there is none of that name. */
function remoteBranches(refs: string): string {
  const all = refs.split('\n').map((line) => line.split(' '))
  const own = new Set(all.map(([name = '']) => name))
  return all
    .flatMap(([name = '', commit = '']) => {
      const branch = /^refs\/remotes\/origin\/(?!HEAD$)(.+)$/.exec(name)?.[1]
      const wanted = `refs/heads/${branch}`
      // where git has a branch it can have none below it, nor above it: the person's own counts for more
      const clashes = [...own].some(
        (each) => `${each}/`.startsWith(`${wanted}/`) || wanted.startsWith(`${each}/`),
      )
      return branch === undefined || clashes ? [] : [`create ${wanted} ${commit}\n`]
    })
    .join('')
}

/** Git as the person has it, but for what a hook has set for its own repository. */
function ownEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^GIT_(?!CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$)/.test(name),
  )
  return { ...Object.fromEntries(kept), LC_ALL: 'C' }
}

function putInPlace(fresh: string, path: string): void {
  try {
    renameSync(fresh, path)
  } catch (error) {
    // another shipit was faster
    if (!existsSync(path)) throw error
    rmSync(fresh, { recursive: true, force: true })
  }
}

function git(words: string[], env: NodeJS.ProcessEnv, input = ''): string {
  const { pid, status, stdout, stderr, error } = spawnSync('git', words, { env, input, encoding: 'utf8' })
  if (status === 0) return stdout
  if (pid === 0 && error)
    throw asNotStarted({ program: 'git', lead: "cannot make the sandbox's origin" }, error)
  const Kind = NO_ROOM.test(stderr) ? MachineError : ConfigError
  throw new Kind(`cannot make the sandbox's origin: ${(stderr || (error?.message ?? '')).trim()}`)
}
