// A host's key by the program ssh, which writes down what it is shown in a file of ours. Nobody logs in.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostSettings } from '../settings/host-settings.ts'
import { parseKnownHosts, type ShownBytes, shownKey } from '../trust/known-hosts.ts'
import { explainOpenssh } from './explain-openssh.ts'
import { knownOptions } from './known-options.ts'
import { readOrNothing, runSsh } from './run-ssh.ts'
import { wordsToLook } from './ssh-words.ts'

/**
 * Asks a host for its key.
 * @param way the ProxyCommand by way of a jump host
 * @throws ConnectionError when it can't be reached
 */
export async function readHostKeyBySsh(
  settings: HostSettings,
  way?: string,
): Promise<{ key: ShownBytes; where: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'shipit-key-'))
  const file = join(folder, 'known_hosts')
  try {
    const words = await knownOptions(wordsToLook(settings, file, way))
    const ended = await runSsh(settings, ['-T', ...words, '--', settings.name], {
      log: join(folder, 'log'),
    })
    const [entry] = parseKnownHosts(readOrNothing(file), file)
    if (!entry) throw await explainOpenssh(settings, ended)
    return {
      key: { ...shownKey(entry.key), bytes: entry.key },
      where: `${settings.address}:${settings.port}`,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
