// The keywords of ssh_config that shipit follows, and their values as `ssh -G` prints them.
import { type Algorithms, OFFERED, OLD } from './algorithms.ts'
import type { ConfigLine } from './config-lines.ts'
import { matches } from './patterns.ts'

/** Keywords whose values add up; of all others the first one counts. */
export const REPEATED: ReadonlySet<string> = new Set(['identityfile', 'certificatefile'])

type ReadValue = (line: ConfigLine) => string | undefined

/** What one word may be. */
const one =
  (read: (word: string) => string | undefined): ReadValue =>
  ({ words, rest }) => {
    const [word, ...more] = words ?? []
    // the package keeps all that follows in one word
    const isOne = /^(?:"[^"]*"|[^\s"]+)(?:[ \t]+#.*)?$/.test(rest)
    return word === undefined || more.length > 0 || !isOne ? undefined : read(word)
  }

const text = one((word) => word)
const list: ReadValue = ({ words }) => words?.join(' ')
/** Read by the person's shell: ssh takes the whole line. */
const command: ReadValue = ({ rest }) => (/^none$/i.test(rest) ? 'none' : rest)
const flag = one(
  (word) => (/^(?:yes|true)$/i.test(word) ? 'yes' : /^(?:no|false)$/i.exec(word) && 'no') ?? undefined,
)
const family = one((word) => /^(?:any|inet6?)$/i.exec(word)?.[0].toLowerCase())
const number = one((word) => /^[0-9]{1,9}$/.exec(word)?.[0])
const port = one((word) => (/^[0-9]{1,5}$/.test(word) && Number(word) < 65536 ? word : undefined))
/** `%h` and `%%` alone (ssh_config(5), HostName). */
const hostName = one((word) => (/%(?![%h])/.test(word.replaceAll('%%', '')) ? undefined : word))
const jump = one((word) => (/^none$/i.test(word) ? 'none' : word))
const alias = one((word) => word.toLowerCase())

/** A name that can't be told still says that there are such keys: then nothing but ssh will do. */
const revoked: ReadValue = (line) => text(line) ?? line.rest

const UNIT_SECONDS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400, w: 604800 }

/** sshd_config(5), TIME FORMATS, in seconds. */
const duration = one((word) => {
  if (/^none$/i.test(word)) return 'none'
  if (!/^(?:[0-9]{1,6}[smhdw]?)+$/i.test(word)) return undefined
  const parts = [...word.matchAll(/([0-9]+)([smhdw]?)/gi)]
  return String(
    parts.reduce(
      (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_SECONDS[unit.toLowerCase()] ?? 0),
      0,
    ),
  )
})

/** A list of algorithms: all there are, or `+` more, `-` less, `^` these first, which changes nothing here. */
function algorithms(kind: keyof Algorithms): ReadValue {
  return one((word) => {
    const [, how = '', names = ''] = /^([-+^]?)(.*)$/.exec(word) ?? []
    const patterns = names.split(',')
    const isNamed = (name: string) => patterns.some((pattern) => matches(pattern, name))
    const usual = OFFERED[kind]
    const named = [...usual, ...OLD[kind]].filter(isNamed)
    if (how === '') return named.join(',')
    return (how === '-' ? usual.filter((name) => !isNamed(name)) : [...usual, ...named]).join(',')
  })
}

/** How each keyword is read: to what ssh prints, or to nothing where that can't be told. */
export const READERS: ReadonlyMap<string, ReadValue> = new Map(
  Object.entries({
    addressfamily: family,
    bindaddress: text,
    certificatefile: text,
    ciphers: algorithms('cipher'),
    connecttimeout: duration,
    globalknownhostsfile: list,
    gssapiauthentication: flag,
    hashknownhosts: flag,
    hostbasedauthentication: flag,
    hostkeyalgorithms: algorithms('serverHostKey'),
    hostkeyalias: alias,
    hostname: hostName,
    identitiesonly: flag,
    identityagent: text,
    identityfile: text,
    kexalgorithms: algorithms('kex'),
    knownhostscommand: command,
    macs: algorithms('hmac'),
    pkcs11provider: text,
    port,
    proxycommand: command,
    proxyjump: jump,
    proxyusefdpass: flag,
    revokedhostkeys: revoked,
    serveralivecountmax: number,
    serveraliveinterval: duration,
    user: text,
    userknownhostsfile: list,
  }),
)
