// Which algorithms to offer where ssh_config names some. ssh prints whole lists; ours are those of them that ssh2 has, in ssh2's
// order, which is the one that costs least.
import type { SshAnswers } from './ask-ssh.ts'

/** Lists for the handshake, best first. */
export type Algorithms = {
  kex: readonly string[]
  cipher: readonly string[]
  hmac: readonly string[]
  serverHostKey: readonly string[]
}

/** What ssh2 1.17 has and what it offers by default, less ssh-rsa, which signs with SHA-1 (lib/protocol/constants.js). */
export const OFFERED: Algorithms = {
  kex: [
    'curve25519-sha256@libssh.org',
    'curve25519-sha256',
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group-exchange-sha256',
    'diffie-hellman-group14-sha256',
    'diffie-hellman-group15-sha512',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group17-sha512',
    'diffie-hellman-group18-sha512',
  ],
  cipher: [
    'aes128-gcm@openssh.com',
    'aes256-gcm@openssh.com',
    'aes128-ctr',
    'aes192-ctr',
    'aes256-ctr',
    'chacha20-poly1305@openssh.com',
  ],
  hmac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha1-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
    'hmac-sha1',
  ],
  serverHostKey: [
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
    'ecdsa-sha2-nistp384',
    'ecdsa-sha2-nistp521',
    'rsa-sha2-512',
    'rsa-sha2-256',
  ],
}

/** What ssh2 has besides, for a host that is so old that ssh_config names it. */
export const OLD: Algorithms = {
  kex: ['diffie-hellman-group-exchange-sha1', 'diffie-hellman-group14-sha1', 'diffie-hellman-group1-sha1'],
  cipher: ['aes256-cbc', 'aes192-cbc', 'aes128-cbc', '3des-cbc'],
  hmac: ['hmac-md5', 'hmac-sha1-96', 'hmac-md5-96'],
  serverHostKey: ['ssh-rsa', 'ssh-dss'],
}

const KEYWORDS: Readonly<Record<keyof Algorithms, string>> = {
  kex: 'kexalgorithms',
  cipher: 'ciphers',
  hmac: 'macs',
  serverHostKey: 'hostkeyalgorithms',
}

/** Chooses from ssh's lists. A list may come out empty: then ssh2 can't speak to this host. */
export function chooseAlgorithms(answers: SshAnswers): Algorithms {
  const choose = (kind: keyof Algorithms) => {
    const names = answers.get(KEYWORDS[kind])?.[0]?.split(',')
    if (!names) return OFFERED[kind]
    const has = (name: string) => names.includes(name)
    return [...OFFERED[kind].filter(has), ...OLD[kind].filter(has)]
  }
  return {
    kex: choose('kex'),
    cipher: choose('cipher'),
    hmac: choose('hmac'),
    serverHostKey: choose('serverHostKey'),
  }
}
