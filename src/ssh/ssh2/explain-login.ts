// Says why a login failed: which keys the host did not take, what it asked for besides, and what a person can do.
import { LoginError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { HostSettings } from '../settings/resolve-settings.ts'
import { sshCommand } from '../settings/ssh-command.ts'
import { fingerprint } from '../trust/known-hosts.ts'
import type { Identity } from './identities.ts'
import type { UnusableKey } from './key-file.ts'

/** A login that failed, or is about to. */
export type FailedLogin = {
  settings: HostSettings
  where: string
  offered: readonly Identity[]
  problems: readonly UnusableKey[]
  methods: readonly string[] | undefined
  said: string | undefined
  /** why nothing came of what the host asked for after the key */
  refusal: string | undefined
}

/** Makes the error of it. */
export function explainLogin({
  settings,
  where,
  offered,
  problems,
  methods,
  said,
  refusal,
}: FailedLogin): LoginError {
  const why = [whyNot(offered, methods, refusal), ...problems.map(({ message }) => message)]
  if (said) why.push(`the host says '${cleanQuote(said)}'`)
  const suggestions = [
    ...problems.flatMap(({ suggestion }) => suggestion ?? []),
    ...(offered.length === 0 && problems.length === 0 ? NO_KEY : []),
    `To see the host's answer to each key: \`${sshCommand(settings)}\`.`,
    ...(offered.length > 0
      ? [`Ask the administrator of '${settings.name}' to let one of these keys log in as '${settings.user}'.`]
      : []),
  ]
  if (said && /too many/i.test(said)) {
    suggestions.unshift(
      settings.isIdentityNamed
        ? `The key of '${settings.identityFiles[0]}', which the config names, was offered first: it is not a key of '${settings.user}'.`
        : "Name the right key, so that it is offered first: `ssh: { identityFile: '~/.ssh/NAME' }` in the config. The public key is enough if the agent has the private one; `ssh-add -l` lists what the agent has.",
    )
  }
  return new LoginError(
    `login as '${settings.user}' on '${settings.name}' (${where}) failed: ${why.join('; ')}`,
    {
      suggestions: [...new Set(suggestions)],
      details: {
        user: settings.user,
        address: settings.address,
        agentKeys: offered.filter(({ source }) => 'agent' in source).length,
        files: offered.flatMap(({ source }) => ('file' in source ? source.file : [])),
      },
    },
  )
}

/** Neither an agent nor a file. */
const NO_KEY = [
  'Make one: `ssh-keygen -t ed25519`, and give its public half to the administrator.',
  "Or start your agent: `ssh-add -l` lists its keys. Or name the file: `ssh: { identityFile: '~/.ssh/NAME' }` in the config.",
]

function whyNot(
  offered: readonly Identity[],
  methods: readonly string[] | undefined,
  refusal: string | undefined,
): string {
  const others = cleanQuote(methods?.filter((method) => method !== 'publickey').join(', ') ?? '')
  if (refusal !== undefined) return `it took the key, and asks for more (${others}): ${refusal}`
  const byKey = methods === undefined || methods.includes('publickey')
  if (!byKey && offered.length > 0)
    return `besides a key it requires what shipit can't do (${others || 'nothing'})`
  if (!byKey) return `it accepts no keys (${others || 'nothing'})`
  if (offered.length === 0) return 'no key to log in with'
  return `the host accepted none of the keys (${listKeys(offered)})`
}

/** `2 of the agent, '/home/alice/.ssh/id_rsa'` */
function listKeys(offered: readonly Identity[]): string {
  const ofAgent = offered.filter(({ source }) => 'agent' in source).length
  const files = offered.flatMap(({ source }) => ('file' in source ? `'${source.file}'` : []))
  return [...(ofAgent > 0 ? [`${ofAgent} of the agent`] : []), ...files].join(', ')
}

/** Names a key by its type, its fingerprint and where it comes from. */
export function describeIdentity(identity: Identity | undefined): string {
  if (!identity) return 'no key'
  const { source, publicKey } = identity
  const key = publicKey ? `${publicKey.type} ${fingerprint(publicKey.getPublicSSH())}` : 'key'
  return 'file' in source ? `${key} of '${source.file}'` : `${key} ('${source.comment}') of the agent`
}
