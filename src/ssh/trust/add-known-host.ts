// Writes a host's key down as ssh does: one line more at the end of known_hosts.
import { createHmac, randomBytes } from 'node:crypto'
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { forgetKnownHosts } from './read-known-hosts.ts'

/** A line to write. */
export type NewKnownHost = {
  file: string
  /** as `writtenNameOf` has it */
  name: string
  /** type and base64 */
  publicKey: string
  /** HashKnownHosts of ssh_config(5): the file does not tell who is known */
  isHashed: boolean
}

/** Adds a line. @returns its number, counted from 1 @throws ConfigError when the file can't be written */
export function addKnownHost({ file, name, publicKey, isHashed }: NewKnownHost): number {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const text = readIfThere(file)
    const isOpen = text !== '' && !text.endsWith('\n')
    appendFileSync(file, `${isOpen ? '\n' : ''}${isHashed ? hashName(name) : name} ${publicKey}\n`, {
      mode: 0o600,
    })
    forgetKnownHosts(file)
    return text.split('\n').length + (isOpen ? 1 : 0)
  } catch (error) {
    throw new ConfigError(`cannot add a host key to '${file}': ${(error as Error).message}`, {
      cause: error,
      suggestions: [`Make the file writable, or pin the key in the config: hostKeys: ['${publicKey}'].`],
    })
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

/** sshd(8): `|1|salt|hash`, the hash being HMAC-SHA1 of the name. */
function hashName(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}
