// The ssh command that an error suggests: to be copied into a shell as it stands.
import { shellWord } from '../../words/shell-word.ts'
import type { HostSettings } from './host-settings.ts'

/** The command that logs in as shipit does, and tells how it goes. */
export function sshCommand(settings: HostSettings): string {
  const { user, address, sshName = address, port, identityFiles, isIdentityNamed } = settings
  const words = ['ssh', '-v', ...(port === 22 ? [] : ['-p', String(port)])]
  // One file can be the config's wish; several are what ssh tries anyway.
  if (identityFiles.length === 1) words.push('-i', identityFiles[0] as string)
  // ssh(1) would offer the agent's other keys before a file that the agent does not hold
  if (isIdentityNamed) words.push('-o', 'IdentitiesOnly=yes')
  return [...words, `${user}@${sshName}`].map(shellWord).join(' ')
}
