// Says why a handshake found nothing in common: both lists, and the way out.
import { cleanQuote } from '../../safe-text/clean-text.ts'
import { type Algorithms, OFFERED, OLD } from '../settings/algorithms.ts'

type Kind = keyof Algorithms

/** As ssh2 names them in its errors, people in words, and sshd_config(5) and ssh_config(5). */
const KINDS: readonly { kind: Kind; symptom: RegExp; words: string; keyword: string }[] = [
  { kind: 'kex', symptom: /key exchange/i, words: 'key exchange', keyword: 'KexAlgorithms' },
  { kind: 'serverHostKey', symptom: /host key/i, words: 'kind of host key', keyword: 'HostKeyAlgorithms' },
  { kind: 'cipher', symptom: /cipher/i, words: 'cipher', keyword: 'Ciphers' },
  { kind: 'hmac', symptom: /\bMAC$/i, words: 'MAC', keyword: 'MACs' },
]

/**
 * Explains an error of ssh2's that says that nothing matched.
 * @param host as messages name it
 * @param lists what shipit offered, and what the host did, as far as it was seen
 * @returns nothing for any other error
 */
export function explainNoMatch(
  error: Error | undefined,
  host: string,
  lists: { ours: Algorithms | undefined; theirs: Algorithms | undefined },
): readonly [message: string, suggestion: string] | undefined {
  const found = findKind(error)
  if (!found) return undefined
  const { kind, words, keyword } = found
  const ours = (lists.ours ?? OFFERED)[kind]
  const theirs = lists.theirs?.[kind].map(cleanQuote)
  const old = theirs?.find((name) => OLD[kind].includes(name) && name !== 'ssh-rsa')
  const oldWay =
    old === undefined
      ? ''
      : ` If it is too old for that, name one of its own for this host in ~/.ssh/config: '${keyword} +${old}'.`
  return [
    `${host} and shipit have no ${words} in common: the host has ${theirs?.join(', ') ?? 'others'}, and shipit has ${ours.join(', ')}`,
    `Have its administrator allow one of shipit's: '${keyword}' in /etc/ssh/sshd_config.${oldWay}`,
  ]
}

/** @returns of which algorithms nothing matched, in words: `key exchange`; nothing for any other error */
export function lackingOf(error: Error | undefined): string | undefined {
  return findKind(error)?.words
}

function findKind(error: Error | undefined) {
  const said = error?.message ?? ''
  return /no matching/i.test(said) ? KINDS.find(({ symptom }) => symptom.test(said)) : undefined
}
