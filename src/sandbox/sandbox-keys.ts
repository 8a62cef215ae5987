// The sandbox's keys: made once, kept beside it, of no use anywhere else.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ssh2, { type ParsedKey } from 'ssh2'

/** A key pair in OpenSSH's formats, and the file of its private half. */
export type SandboxKey = { file: string; private: string; public: string }

/** Loads a key pair of the sandbox, which is made if it is not there, or can't be read. */
export function sandboxKey(folder: string, name: 'host' | 'user'): SandboxKey {
  const file = join(folder, `${name}_ed25519`)
  if (existsSync(file) && !parse(readFileSync(file, 'utf8'))) rmSync(file)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    try {
      writeFileSync(file, makePrivate(), { mode: 0o600, flag: 'wx' })
    } catch (error) {
      // another shipit was faster
      if (!existsSync(file)) throw error
    }
  }
  const text = readFileSync(file, 'utf8')
  const key = parse(text)
  if (!key) throw new Error(`cannot read the key in ${file}`)
  return { file, private: text, public: `ssh-ed25519 ${key.getPublicSSH().toString('base64')}` }
}

/** Of ssh2's keys one in some 300 has a byte too few, and can't be read. */
function makePrivate(): string {
  for (;;) {
    const made = ssh2.utils.generateKeyPairSync('ed25519').private
    if (parse(made)) return made
  }
}

function parse(text: string): ParsedKey | undefined {
  const key = ssh2.utils.parseKey(text)
  if (key instanceof Error) return undefined
  return Array.isArray(key) ? key[0] : key
}
