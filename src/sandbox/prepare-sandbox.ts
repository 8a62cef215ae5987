// Puts a sandbox in place: the bundle as an install script would, but below a folder, owned by the account that runs it, without sudo.
import { accessSync, constants, existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { SandboxOrigin } from '../config/checked-config.ts'
import { ConfigError, MachineError, MissingProgramError } from '../errors.ts'
import { LIBEXEC, STATES, type Target } from '../install/bundle.ts'
import { listHostFiles } from '../install/host-files.ts'
import { PLAIN_HOST } from '../install/host-settings.ts'
import type { RemoteFiles } from '../install/remote-parts.ts'
import { asFull } from '../programs/why-not-started.ts'
import { neededPrograms } from '../recipe/needed-programs.ts'
import type { Recipe } from '../recipe/recipe.ts'
import type { Step } from '../recipe/step.ts'
import { BARRIERS } from './barriers.ts'
import { makeOrigin } from './origin.ts'
import { makeFolder, writeIfOther } from './put-file.ts'
import { placeTrees } from './tree-place.ts'

/** A sandbox on disk. */
export type SandboxHost = {
  /** the folder that stands for the host's root */
  prefix: string
  /** the repository that it deploys from */
  origin: string
  /** the gate's path */
  gate: string
  /** the folder of its keys */
  keys: string
  /** the user that the sandbox's sshd lets in */
  user: string
}

/** Where a program comes from, when it is not called like its package. */
const PACKAGES: Record<string, { debian: string; homebrew: string }> = {
  flock: { debian: 'util-linux', homebrew: 'flock' },
  setsid: { debian: 'util-linux', homebrew: 'util-linux' },
  timeout: { debian: 'coreutils', homebrew: 'coreutils' },
  od: { debian: 'coreutils', homebrew: 'coreutils' },
  awk: { debian: 'mawk', homebrew: 'gawk' },
}

/**
 * Makes or refreshes the sandbox below a project's folder. Its state stays from one command to the next.
 * @param project absolute folder of the config
 * @param work.steps those that the next run will do: what they need is looked for
 * @param work.origin what it deploys; left as it is without one
 * @param work.places the folder of the person's in which steps work; in the sandbox without one
 * @throws MissingProgramError for a program that is not there; MachineError if the folder can't be written
 */
export function prepareSandbox(
  project: string,
  work: {
    recipe: Recipe
    steps: readonly Step[]
    remote: RemoteFiles
    version: string
    origin?: SandboxOrigin | undefined
    places?: string | undefined
  },
): SandboxHost {
  const { recipe, steps, remote, version } = work
  const searchPath = process.env.PATH ?? ''
  // git makes the origin, whatever the steps
  for (const program of new Set([...neededPrograms(steps), 'git'])) findProgram(program, searchPath)
  const prefix = join(project, '.shipit', 'sandbox')
  const origin = `${prefix}/srv/git/${recipe.app}.git`
  const target: Target = { prefix, owner: readOwner(), sudo: '', searchPath }
  try {
    makeFolder(`${prefix}${STATES}/${recipe.app}`)
    placeTrees(prefix, recipe.app, work.places)
    for (const file of listHostFiles(recipe, { remote, version, settings: PLAIN_HOST }, target)) {
      if (file.is === 'folder' || file.is === 'published') makeFolder(prefix + file.path)
      // the run holds the lock, as the same file
      if (file.is === 'file' && (file.text !== '' || !existsSync(prefix + file.path)))
        writeIfOther(prefix + file.path, file.text, Number.parseInt(file.mode, 8))
    }
    writeIfOther(join(project, '.shipit', '.gitignore'), '*\n', 0o644)
    for (const [name, text] of Object.entries(BARRIERS)) writeIfOther(join(prefix, name), text, 0o644)
    makeFolder(dirname(origin))
    // where all is there already, nothing was written so far
    if (work.origin !== undefined) accessSync(dirname(origin), constants.W_OK)
  } catch (error) {
    throw asNotWritten(join(project, '.shipit'), error as NodeJS.ErrnoException)
  }
  if (work.origin !== undefined) makeOrigin(origin, work.origin)
  return {
    prefix,
    origin,
    gate: `${prefix}${LIBEXEC}/gate`,
    keys: join(project, '.shipit', 'keys'),
    user: target.owner,
  }
}

function findProgram(program: string, searchPath: string): void {
  const found = searchPath.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (found) return
  const { debian, homebrew } = PACKAGES[program] ?? { debian: program, homebrew: program }
  throw new MissingProgramError(`the sandbox needs '${program}', and this machine does not have it`, {
    suggestions: [
      `Debian, Ubuntu: apt-get install ${debian} · Fedora: dnf install ${debian} · Alpine: apk add ${debian} · macOS: brew install ${homebrew}`,
    ],
  })
}

function asNotWritten(folder: string, error: NodeJS.ErrnoException): MachineError {
  const { code = '', message } = error
  const suggestions = /^(?:EROFS|EACCES|EPERM)$/.test(code)
    ? [
        `Let your account write '${folder}': in a container, mount a folder there that can be written.`,
        'Or copy the checkout to a folder that you may write, and deploy from there.',
      ]
    : /^(?:ENOSPC|EDQUOT)$/.test(code)
      ? [`Make room on that disk, or remove '${folder}' with all that earlier runs left.`]
      : []
  return (
    asFull(error) ??
    new MachineError(`cannot write the sandbox in '${folder}': ${message}`, { cause: error, suggestions })
  )
}

/** @throws ConfigError for an account without an entry in passwd(5), as containers like to have: the programs compare names */
function readOwner(): string {
  try {
    return userInfo().username
  } catch (cause) {
    throw new ConfigError('the sandbox needs an account with a name, and yours has none', {
      cause,
      suggestions: ['Run it as an account of /etc/passwd.'],
    })
  }
}
