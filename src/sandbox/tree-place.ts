// Where steps and builds of a sandbox work. The sandbox lies in a person's checkout, and tools look upwards for a workspace, for
// installed packages, for settings: what they find there would be the checkout's, and no host has it. So the trees lie elsewhere.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { BUILDS, STATES } from '../install/bundle.ts'
import { BARRIERS } from './barriers.ts'
import { makeFolder, writeIfOther } from './put-file.ts'

const PRIVATE = 0o700
/** Says in a place whose it is: the prefix of the sandbox. Written by each command. */
const MARK = 'sandbox'
/** A checkout that is not there for so long is gone, and was not only unmounted, or seen from within a container. */
const GONE_MS = 24 * 60 * 60 * 1000
const MOUNTS = '/proc/self/mountinfo'

/**
 * Puts them below a folder of the person's own, by links in the sandbox. Where that can't be, they lie in the sandbox.
 * @param places the folder of all sandboxes; undefined where the person has none
 */
export function placeTrees(prefix: string, app: string, places: string | undefined): void {
  const linked = linkedPlace(prefix)
  const place = keepUp(prefix, linked ?? ownPlace(prefix, places)) ?? linked
  putAt(prefix + BUILDS, place && join(place, 'build'))
  putAt(`${prefix}${STATES}/${app}/tree`, place && join(place, 'tree', app))
}

/** Where the trees lie already: a run may be in progress there. The link in a copied sandbox leads to the place of the original, and is not used. */
function linkedPlace(prefix: string): string | undefined {
  try {
    const place = dirname(readlinkSync(prefix + BUILDS))
    return readFileSync(join(place, MARK), 'utf8') === `${prefix}\n` ? place : undefined
  } catch {
    return undefined
  }
}

function ownPlace(prefix: string, places: string | undefined): string | undefined {
  const name = createHash('sha256').update(prefix).digest('hex').slice(0, 16)
  return places === undefined ? undefined : join(places, name)
}

function keepUp(prefix: string, place: string | undefined): string | undefined {
  if (place === undefined) return undefined
  try {
    if (!existsSync(place)) mkdirSync(place, { mode: PRIVATE })
    for (const [name, text] of Object.entries(BARRIERS)) writeIfOther(join(place, name), text, 0o644)
    writeFileSync(join(place, MARK), `${prefix}\n`)
    for (const each of readdirSync(dirname(place))) forget(join(dirname(place), each))
    return place
  } catch {
    // a home that can't be written, or a full disk
    return undefined
  }
}

/** Removes a place whose checkout is gone. */
function forget(place: string): void {
  try {
    const mark = join(place, MARK)
    const prefix = readFileSync(mark, 'utf8').trimEnd()
    if (existsSync(prefix) || Date.now() - statSync(mark).mtimeMs < GONE_MS) return
    if (hasMount(place)) return
    openFolders(place)
    rmSync(place, { recursive: true, force: true })
  } catch {
    // what is not ours, or can't be removed, stays
  }
}

/** What is mounted in a place is not part of it, and may be somebody's data. */
function hasMount(place: string): boolean {
  if (!existsSync(MOUNTS)) return false
  const within = `${realpathSync(place)}/`
  // a blank stands there in octal: proc_pid_mountinfo(5)
  const points = readFileSync(MOUNTS, 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
  return points.some((point) => point.replaceAll('\\040', ' ').startsWith(within))
}

/** Some tools make folders that can't be written, Go's module cache for one: nothing could be removed from them. */
function openFolders(folder: string): void {
  chmodSync(folder, PRIVATE)
  for (const each of readdirSync(folder, { withFileTypes: true }))
    if (each.isDirectory()) openFolders(join(folder, each.name))
}

/** A folder of the sandbox is a link to this place. One that an earlier shipit made stays where something is in it. */
function putAt(path: string, place: string | undefined): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found?.isSymbolicLink()) {
    if (place !== undefined && readlinkSync(path) === place && existsSync(path)) return
    unlinkSync(path)
  } else if (found && (place === undefined || !isEmptied(path))) {
    return
  }
  if (place === undefined) return
  makeFolder(place)
  makeFolder(dirname(path))
  try {
    symlinkSync(place, path)
  } catch (error) {
    // another shipit was faster
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Removes a folder, and empty ones in it: says whether it is gone. */
function isEmptied(path: string): boolean {
  try {
    for (const name of readdirSync(path)) rmdirSync(join(path, name))
    rmdirSync(path)
    return true
  } catch {
    return false
  }
}
