// Why a host let nobody in, in words: the same whatever speaks SSH.
import { defined } from '../../defined.ts'
import { LoginError } from '../../errors.ts'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { HostSettings } from '../settings/host-settings.ts'
import { sshCommand } from '../settings/ssh-command.ts'

/** As sshd(8) says it when it hangs up. */
const TOO_MANY = /too many authentication failures/i

/** A key that a host was shown: its file, or the agent's name for it. */
export type OfferedKey = { file: string } | { agent: string }

/** A key that did not do. */
export type KeyProblem = {
  message: string
  suggestion?: string | undefined
  /** the host would have let somebody in by it */
  isTaken?: true
  /** its file, where that may be encrypted */
  lockedFile?: string
  /** somebody who can answer ssh would get in by it */
  needsPerson?: true
}

/** A login that failed. */
export type FailedLogin = {
  settings: HostSettings
  where: string
  offered: readonly OfferedKey[]
  /** keys that could not be offered, or gave no signature */
  problems: readonly KeyProblem[]
  /** by what one could log in */
  methods: readonly string[] | undefined
  /** the host saw each key at least once */
  areAllTried?: boolean
  /** the reason that the host gave */
  said?: string | undefined
  /** why nothing came of what the host asked for after the key */
  refusal?: string | undefined
}

/** Says why, and what to do. */
export function explainLogin({
  settings,
  where,
  offered,
  problems,
  methods,
  areAllTried = false,
  said,
  refusal,
}: FailedLogin): LoginError {
  const isCounted = said !== undefined && TOO_MANY.test(said)
  const areTooMany = isCounted && !areAllTried
  const isTaken = refusal === undefined && problems.some((problem) => problem.isTaken)
  const why = [
    ...(areTooMany ? [tooMany(offered)] : isTaken ? [] : [whyNot(offered, methods, refusal)]),
    ...problems.map(({ message }) => message),
  ]
  if (said && (areTooMany || !isCounted)) why.push(`the host says '${cleanQuote(said)}'`)
  const suggestions = [
    ...problems.flatMap(({ suggestion }) => suggestion ?? []),
    ...(offered.length === 0 && problems.length === 0 ? NO_KEY : []),
    `To see the host's answer to each key: \`${sshCommand(settings)}\`.`,
    ...(offered.length > 0
      ? [`Ask the administrator of '${settings.name}' to let one of these keys log in as '${settings.user}'.`]
      : []),
  ]
  if (areTooMany) {
    suggestions.unshift(
      settings.isIdentityNamed
        ? `The key of '${settings.identityFiles[0]}', which the config names, was offered first: '${settings.user}' does not accept it.`
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
        ...(refusal !== undefined || problems.some((problem) => problem.needsPerson)
          ? { needsPerson: true }
          : {}),
        ...defined({ lockedFile: problems.find((problem) => problem.lockedFile)?.lockedFile }),
        ...(methods ? { methods: methods.map(cleanQuote) } : {}),
        agentKeys: offered.filter((key) => 'agent' in key).length,
        files: offered.flatMap((key) => ('file' in key ? key.file : [])),
      },
    },
  )
}

/** Neither an agent nor a file. */
const NO_KEY = [
  'Create one: `ssh-keygen -t ed25519`, and give its public half to the administrator.',
  "Or start your agent: `ssh-add -l` lists its keys. Or name the file: `ssh: { identityFile: '~/.ssh/NAME' }` in the config.",
]

function whyNot(
  offered: readonly OfferedKey[],
  methods: readonly string[] | undefined,
  refusal: string | undefined,
): string {
  const others = cleanQuote(methods?.filter((method) => method !== 'publickey').join(', ') ?? '')
  if (refusal !== undefined) return `it accepted the key, and asks for more (${others}): ${refusal}`
  const byKey = methods === undefined || methods.includes('publickey')
  if (!byKey && offered.length > 0)
    return `it requires more than a key, which shipit can't give (${others || 'nothing'})`
  if (!byKey) return `it accepts no keys (${others || 'nothing'})`
  if (offered.length === 0) return 'no key to log in with'
  return `the host accepted none of the keys (${listKeys(offered)})`
}

/** sshd(8) hangs up after MaxAuthTries keys, whatever comes next. */
function tooMany(offered: readonly OfferedKey[]): string {
  return `the host accepts no more than ${offered.length} ${offered.length === 1 ? 'key' : 'keys'} in one login (MaxAuthTries), and none of these was right (${listKeys(offered)})`
}

/** `2 of the agent, '/home/alice/.ssh/id_rsa'` */
function listKeys(offered: readonly OfferedKey[]): string {
  const ofAgent = offered.filter((key) => 'agent' in key).length
  const files = offered.flatMap((key) => ('file' in key ? `'${key.file}'` : []))
  return [...(ofAgent > 0 ? [`${ofAgent} of the agent`] : []), ...files].join(', ')
}
