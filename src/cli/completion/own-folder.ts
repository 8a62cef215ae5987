// Folders of the person's own, below that of the compiled code (bin/shipit.js): where completion keeps what it knows, and where the
// steps of sandboxes work.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'

const PRIVATE_FOLDER = 0o700
const PRIVATE_FILE = 0o600
/** Of configs that are gone nobody tells. */
const MOST_FILES = 200

/** Reads a file of it as JSON; nothing where there is none, or it is broken. */
export function readOwn(name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(cacheFolder(), 'shipit/completion', name), 'utf8'))
  } catch {
    return undefined
  }
}

/** Writes a file of it, whole or not at all. What can't be kept is not: no command fails for it. */
export function writeOwn(name: string, data: unknown): void {
  try {
    const folder = makeOwnFolder('completion')
    if (folder === undefined) return
    const path = join(folder, name)
    if (!existsSync(path)) forgetOldest(folder)
    const staged = `${path}.${process.pid}`
    try {
      writeFileSync(staged, JSON.stringify(data), { mode: PRIVATE_FILE, flag: 'wx' })
      renameSync(staged, path)
    } catch {
      rmSync(staged, { force: true })
    }
  } catch {
    // a home that is somebody else's, or a full disk: nothing is completed
  }
}

function forgetOldest(folder: string): void {
  const files = readdirSync(folder).map((file) => join(folder, file))
  if (files.length < MOST_FILES) return
  const byAge = files.map((file) => ({ file, at: statSync(file).mtimeMs })).toSorted((a, b) => a.at - b.at)
  for (const { file } of byAge.slice(0, MOST_FILES / 2)) rmSync(file, { force: true })
}

/**
 * Makes such a folder. Undefined where it can't be made, or the home, or what lies on the way, is not the person's: root by way of sudo
 * leaves nothing there.
 */
export function makeOwnFolder(name: 'completion' | 'sandbox'): string | undefined {
  try {
    if (!isOwn(homedir())) return undefined
    let folder = cacheFolder()
    for (const next of ['', 'shipit', name]) {
      folder = join(folder, next)
      // one by one: below /proc Node's `recursive` never ends
      if (!existsSync(folder)) mkdirSync(folder, { mode: PRIVATE_FOLDER })
    }
    return isOwn(folder) ? folder : undefined
  } catch {
    return undefined
  }
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME = '', LOCALAPPDATA } = process.env
  const home = homedir()
  return process.platform === 'win32'
    ? LOCALAPPDATA || join(home, 'AppData', 'Local')
    : process.platform === 'darwin'
      ? join(home, 'Library', 'Caches')
      : isAbsolute(XDG_CACHE_HOME)
        ? XDG_CACHE_HOME
        : join(home, '.cache')
}

function isOwn(path: string): boolean {
  return !process.getuid || statSync(path).uid === process.getuid()
}
