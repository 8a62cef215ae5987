// Looks at a project for `shipit init`: names, and the texts of files that may say how it is deployed. Nothing of it is run.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { MissingProgramError } from '../../errors.ts'
import type { Project } from '../../init/found/project.ts'
import { fingerprint, keyType, lookUpKey, parseKnownHosts } from '../../ssh/trust/known-hosts.ts'
import { needCheckout } from '../checkout/ask-checkout.ts'

/** Not the project's own. */
const FOREIGN = new Set(['.git', '.shipit', 'node_modules', 'vendor', '.venv', 'venv', 'target'])
/** Folders that are looked into, though their names begin with a dot. */
const HIDDEN = /^\.(?!github$|gitlab-ci\.yml$)/
/** A file that a person wrote is shorter. */
const MOST_BYTES = 200_000
/** Names in one folder. */
const MOST_NAMES = 2000
/** Files that may say something, by their path. */
const TELLING =
  /^(?:package\.json|composer\.json|pyproject\.toml|docs?\/Makefile|Makefile|Capfile|config\/deploy\.rb|config\/deploy\/production\.rb|deploy\.php|deploy\.ya?ml|shipitfile\.[cm]?[jt]s|fabfile\.py|\.gitlab-ci\.yml|\.github\/workflows\/[^/]+\.ya?ml|(?:[\w.-]+\/)?[\w.-]*deploy[\w.-]*)$/i
const LIMIT_MS = 5000

/** Looks at a folder. @param script a file that the person named, whatever its name */
export async function surveyProject(folder: string, script?: string): Promise<Project> {
  const paths = listPaths(folder)
  const texts = new Map<string, string>()
  for (const path of [...paths, ...(script === undefined ? [] : [script])]) {
    if (path !== script && (path.endsWith('/') || !TELLING.test(path))) continue
    const text = readText(join(folder, path))
    if (text !== undefined) texts.set(path, text)
  }
  const git = await surveyCheckout(folder)
  return { name: basename(folder), paths, texts, ...(git ? { git } : {}) }
}

/** The names in a folder and in the folders in it; workflows lie one deeper. */
function listPaths(folder: string): Set<string> {
  const paths = new Set<string>()
  const visit = (below: string, depth: number) => {
    for (const { name, isFolder } of namesIn(join(folder, below))) {
      if (FOREIGN.has(name) || (depth === 0 && HIDDEN.test(name))) continue
      paths.add(`${below}${name}${isFolder ? '/' : ''}`)
      const isDeep =
        depth === 0 || (depth === 1 && /^(?:\.github\/workflows|config\/deploy)$/.test(below + name))
      if (isFolder && isDeep) visit(`${below}${name}/`, depth + 1)
    }
  }
  visit('', 0)
  return paths
}

function namesIn(folder: string): { name: string; isFolder: boolean }[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).slice(0, MOST_NAMES)
    return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
  } catch {
    return []
  }
}

function readText(file: string): string | undefined {
  try {
    const stats = statSync(file)
    return stats.isFile() && stats.size <= MOST_BYTES ? readFileSync(file, 'utf8') : undefined
  } catch {
    return undefined
  }
}

/** @throws MachineError if git is there and can't be started, or refuses the checkout: it would be taken for a folder without a repository */
async function surveyCheckout(folder: string): Promise<Project['git']> {
  const ask = (...words: string[]) =>
    needCheckout(folder, words, LIMIT_MS).catch((error) => {
      if (!(error instanceof MissingProgramError)) throw error
      return undefined
    })
  const top = await ask('rev-parse', '--show-toplevel')
  if (top === undefined) return undefined
  const listed = await ask('config', '--get-regexp', '^remote\\..*\\.url$')
  const remotes = (listed ?? '').split('\n').flatMap((line) => {
    const [, name, url] = /^remote\.(\S+)\.url (.*)$/.exec(line) ?? []
    return name === undefined || url === undefined ? [] : [{ name, url }]
  })
  const main = await ask('symbolic-ref', '--short', 'refs/remotes/origin/HEAD')
  const current = await ask('symbolic-ref', '--short', 'HEAD')
  const branch = main?.replace(/^origin\//, '') ?? current
  const prefix = await ask('rev-parse', '--show-prefix')
  return { remotes, below: prefix ?? relative(top, folder), ...(branch === undefined ? {} : { branch }) }
}

/** The key of a git server that this account trusts already, as a line of known_hosts; an ed25519 key if there is one. */
export function knownKeysOf(server: string, home = homedir()): string[] {
  const file = join(home, '.ssh', 'known_hosts')
  const entries = parseKnownHosts(readText(file) ?? '', file)
  const own = entries.filter((entry) => {
    const key = { type: keyType(entry.key), fingerprint: fingerprint(entry.key) }
    return lookUpKey([entry], { hosts: [server], port: 22 }, key).verdict === 'ok'
  })
  const best = own.find(({ type }) => type === 'ssh-ed25519') ?? own[0]
  return best ? [`${server} ${best.type} ${best.key.toString('base64')}`] : []
}
