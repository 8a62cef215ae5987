// What a CI job gives shipit by its environment: a key and known hosts. The variables are taken out of it at the start, so that no
// process that shipit starts has them, and their contents are told to nobody.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CREDENTIAL_VARIABLES } from '../../config/load/start-config.ts'
import { defined } from '../../defined.ts'
import { ConfigError } from '../../errors.ts'
import type { GivenKey } from '../../ssh/keys/given-key.ts'
import type { SettingsOfEnvironment } from '../../ssh/settings/host-settings.ts'

const { key: KEY_VARIABLE, knownHosts: KNOWN_HOSTS_VARIABLE } = CREDENTIAL_VARIABLES

/** What was given; each is contents or a path. */
const given = new Map<string, string>()

/** Takes the variables out of the environment. */
export function takeCredentials(env: NodeJS.ProcessEnv): void {
  for (const name of [KEY_VARIABLE, KNOWN_HOSTS_VARIABLE]) {
    const value = env[name]?.trim()
    delete env[name]
    if (value) given.set(name, value)
  }
}

/** Says which key was given as text. @throws ConfigError when its file can't be read */
export function givenKey(): GivenKey | undefined {
  const value = given.get(KEY_VARIABLE)
  if (value === undefined || keyPath() !== undefined) return undefined
  return { name: KEY_VARIABLE, text: isText(value) ? value : read(KEY_VARIABLE, value) }
}

/** The settings of an environment with what was given in place of what the config names. */
export function withCredentials(ssh: SettingsOfEnvironment): SettingsOfEnvironment {
  const { identityFile, knownHostsFile, ...rest } = ssh
  const path = keyPath()
  const file = path ?? (given.has(KEY_VARIABLE) ? undefined : identityFile)
  const known = knownHostsPath() ?? knownHostsFile
  return {
    ...rest,
    ...defined({ identityFile: file, knownHostsFile: known }),
  }
}

/** A file that ssh must read itself: a certificate lies beside it, or it is the public half of a key of the agent. */
function keyPath(): string | undefined {
  const value = given.get(KEY_VARIABLE)
  if (value === undefined || isText(value)) return undefined
  const isCertified = existsSync(`${value.replace(/\.pub$/, '')}-cert.pub`)
  return isCertified || value.endsWith('.pub') ? value : undefined
}

let written: string | undefined

/** known_hosts is a file to ssh: its contents get one, under a name that messages can show. */
function knownHostsPath(): string | undefined {
  const value = given.get(KNOWN_HOSTS_VARIABLE)
  if (value === undefined) return undefined
  if (!isText(value)) {
    read(KNOWN_HOSTS_VARIABLE, value)
    return value
  }
  if (written === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'shipit-ci-'))
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
    written = join(folder, KNOWN_HOSTS_VARIABLE)
    writeFileSync(written, `${value}\n`, { mode: 0o600 })
  }
  return written
}

/** A path has no blanks in it here; a key or a line of known_hosts has. */
function isText(value: string): boolean {
  return /\s|\\n/.test(value)
}

function read(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    // a mangled key may stand there in place of a path: neither it nor the system's words about it are told
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    throw new ConfigError(`${name} is neither contents nor the path of a file that can be read (${code})`, {
      suggestions: [`Store the contents in ${name}, with their line breaks, or an absolute path.`],
    })
  }
}
