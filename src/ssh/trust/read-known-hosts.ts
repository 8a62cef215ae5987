// The known_hosts files of a command: each is parsed once for as long as it stays the same, since hundreds of hosts are looked up in it.
import { readFile, stat } from 'node:fs/promises'
import { ConfigError } from '../../errors.ts'
import { shellWord } from '../../words/shell-word.ts'
import { lately } from '../settings/lately.ts'
import { KnownHosts, parseKnownHosts } from './known-hosts.ts'

/** What was read last of each file, for as long as it is the same file. An error is not kept: it may pass. */
const parsed = new Map<string, { stamp: string; known: Promise<KnownHosts> }>()

const recent = lately(read)

/**
 * Reads a file.
 * @returns nothing when there is no such file
 * @throws ConfigError when it can't be read
 */
export function readKnownHosts(file: string): Promise<KnownHosts | undefined> {
  return recent.ask(file)
}

/** A line was added here. */
export function forgetKnownHosts(file: string): void {
  recent.forget(file)
}

async function read(file: string): Promise<KnownHosts | undefined> {
  try {
    const { ino, size, mtimeMs } = await stat(file)
    const stamp = `${ino} ${size} ${mtimeMs}`
    const last = parsed.get(file)
    if (last?.stamp === stamp) return await last.known
    const known = readFile(file, 'utf8').then((text) => new KnownHosts(parseKnownHosts(text, file)))
    parsed.set(file, { stamp, known })
    return await known
  } catch (error) {
    parsed.delete(file)
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new ConfigError(`cannot read the known hosts in '${file}': ${(error as Error).message}`, {
      cause: error,
      suggestions: [`Make it readable, since it may list a revoked key: \`chmod u+r ${shellWord(file)}\`.`],
    })
  }
}
