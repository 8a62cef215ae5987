// The key of one host, for a person to look at before they trust it. The hosts on the way to it are trusted already: one logs in there.
import { canShowKey } from './choose-transport.ts'
import { bySsh, type Dial, goThrough } from './dial.ts'
import { readHostKey, type SeenKey } from './open-connection.ts'
import { readHostKeyBySsh } from './openssh/read-host-key-by-ssh.ts'
import type { HostSettings } from './settings/host-settings.ts'
import { openProxyCommand } from './ssh2/proxy-command.ts'

/**
 * Asks a host for its key; nobody logs in there.
 * @throws ConnectionError when the host or one on the way can't be reached
 * @throws HostKeyError when a host on the way is not trusted
 */
export async function showHostKey(settings: HostSettings, dial: Dial): Promise<SeenKey> {
  const { transport, via, proxyCommand } = settings
  const isBySsh = transport === 'openssh' || !canShowKey(settings)
  if (isBySsh && !via) return readHostKeyBySsh(settings)
  if (proxyCommand !== undefined && !via) {
    return readHostKey(settings, async () => (await openProxyCommand(settings.name, proxyCommand)).stream)
  }
  if (!via) return readHostKey(settings)
  const connection = await dial(isBySsh ? bySsh(via) : via)
  try {
    if (isBySsh) return await readHostKeyBySsh(settings, connection.proxyCommand)
    return await readHostKey(settings, () => goThrough(connection, settings, via))
  } finally {
    connection.close()
  }
}
