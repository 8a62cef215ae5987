// Commands that an error suggests: to be copied into a shell as they stand.
import type { HostSettings } from '../ssh/settings/resolve-settings.ts'

/** Quotes a word for a POSIX shell where it needs it. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9@%_+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** The command that logs in as shipit does, and tells how it goes. */
export function sshCommand({ user, address, port, identityFiles }: HostSettings): string {
  const words = ['ssh', '-v', ...(port === 22 ? [] : ['-p', String(port)])]
  // One file can be the config's wish; several are what ssh tries anyway.
  if (identityFiles.length === 1) words.push('-i', identityFiles[0] as string)
  return [...words, `${user}@${address}`].map(shellWord).join(' ')
}
