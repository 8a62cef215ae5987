// Folders and files of the sandbox, put in place where they are not there already.
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a folder and those above it: not writable by others, whatever the umask, since the runner looks. */
export function makeFolder(path: string): void {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path)
  chmodSync(path, 0o755)
}

/** Writes a file by renaming, since a run of an earlier command may still be reading the old text. */
export function writeIfOther(path: string, text: string, mode: number): void {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return
  writeFileSync(`${path}.new`, text)
  chmodSync(`${path}.new`, mode)
  renameSync(`${path}.new`, path)
}
