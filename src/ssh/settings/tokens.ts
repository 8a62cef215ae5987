// The tokens of ssh_config(5), TOKENS: what `ssh -G` prints as it was written.
import { createHash } from 'node:crypto'
import { hostname, userInfo } from 'node:os'

/** What the tokens stand for. */
export type TokenFacts = {
  /** %n: the host as typed */
  name: string
  /** %h */
  address: string
  /** %p */
  port: number
  /** %r */
  user: string
  /** %d, and what `~` stands for */
  home: string
  /** %u */
  localUser?: string | undefined
  /** %k */
  hostKeyAlias?: string | undefined
  /** %j: the jump host as written */
  proxyJump?: string | undefined
}

/** Expands `%` tokens. A token that ssh does not know stays as it is. */
export function expandTokens(text: string, facts: TokenFacts): string {
  return text.replace(/%([%CdhijkLlnpru])/g, (_, token: string) => tokenValue(token, facts))
}

/** Expands a path: `~`, `${VARIABLE}` and tokens. @returns nothing for a variable that is not set */
export function expandPath(
  path: string,
  facts: TokenFacts,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const variables = [...path.matchAll(/\$\{([^}]*)\}/g)].map(([, name = '']) => name)
  if (variables.some((name) => env[name] === undefined)) return undefined
  const known = path.replace(/\$\{([^}]*)\}/g, (_, name: string) => env[name] ?? '')
  return expandTokens(
    known.replace(/^~(?=\/|$)/, () => facts.home),
    facts,
  )
}

function tokenValue(token: string, facts: TokenFacts): string {
  const local = hostname()
  const { name, address, port, user, home } = facts
  switch (token) {
    case '%':
      return '%'
    case 'C':
      return createHash('sha1')
        .update(`${local}${address}${port}${user}${facts.proxyJump ?? ''}`)
        .digest('hex')
    case 'd':
      return home
    case 'h':
      return address
    case 'i':
      return String(process.getuid?.() ?? '')
    case 'j':
      return facts.proxyJump ?? ''
    case 'k':
      return facts.hostKeyAlias ?? name
    case 'L':
      return local.split('.')[0] ?? ''
    case 'l':
      return local
    case 'n':
      return name
    case 'p':
      return String(port)
    case 'r':
      return user
    default:
      return facts.localUser ?? userInfo().username
  }
}
