// The sandbox's keys: made once, kept beside it, of no use anywhere else.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ssh2 from 'ssh2'

/** A key pair in OpenSSH's formats, and the file of its private half. */
export type SandboxKey = { file: string; private: string; public: string }

/** Loads a key pair of the sandbox, which is made if it is not there. */
export function sandboxKey(folder: string, name: 'host' | 'user'): SandboxKey {
  const file = join(folder, `${name}_ed25519`)
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const made = ssh2.utils.generateKeyPairSync('ed25519')
    try {
      writeFileSync(file, made.private, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      // another shipit was faster
      if (!existsSync(file)) throw error
    }
  }
  const text = readFileSync(file, 'utf8')
  const key = ssh2.utils.parseKey(text)
  if (key instanceof Error) throw key
  const parsed = Array.isArray(key) ? key[0] : key
  return { file, private: text, public: `ssh-ed25519 ${parsed.getPublicSSH().toString('base64')}` }
}
