// Keys of hosts, for the person who decides whether to trust them.
import { defined } from '../../defined.ts'
import type { HostTrust, SeenHostKey } from '../../results/host-trust.ts'
import { errorData, renderJsonLine } from '../../safe-text/json-line.ts'

/** What a person is to decide about. */
export type TrustQuestion = {
  host: string
  key: SeenHostKey
  finding: { verdict: string }
  onTheWayTo?: string | undefined
  /** the known_hosts files that were asked */
  files: readonly string[]
}

/** The lines above the question. */
export function formatQuestion({ host, key, finding, onTheWayTo, files }: TrustQuestion): string[] {
  const known = {
    'not-pinned': 'the config pins other keys',
    'cert-only': 'a certificate authority only, and the host shows no certificate that shipit can check',
  }[finding.verdict]
  return [
    '',
    titleOf({ host, onTheWayTo }),
    `  address      ${key.where}`,
    `  key          ${key.type}`,
    `  fingerprint  ${key.fingerprint}`,
    `  known by     ${known ?? `nothing in ${files.map((file) => `'${file}'`).join(', ')}`}`,
  ]
}

/** One line for each host that is trusted, and what to put into the config instead. */
export function formatTrust(trusts: readonly HostTrust[]): string[] {
  return trusts.flatMap((trust) => {
    const { key } = trust
    if (!key || !('by' in trust)) return []
    const title = titleOf(trust)
    const what = `${key.type} ${key.fingerprint}`
    if (trust.state === 'known') return [`${title}: ${what} is known by ${trust.by}`]
    const pin = `hostKeys: ['${key.publicKey}']`
    if (trust.state === 'pin')
      return [`${title}: nothing was written; put this into ${trust.by}, with the others:`, `  ${pin}`]
    return [
      `${title}: ${what} was added to ${trust.by}`,
      "To pin it for everybody, put this into the environment's `ssh` of the config, with the keys of its other hosts:",
      `  ${pin}`,
    ]
  })
}

/** One object for each host, those on the way before it. */
export function formatTrustJson(trusts: readonly HostTrust[]): string[] {
  return trusts.map((trust) => {
    const { host, onTheWayTo, key } = trust
    const seen = { host, ...defined({ onTheWayTo }), ...key }
    return renderJsonLine(
      'error' in trust
        ? { event: 'host-key', ...seen, state: trust.state, error: errorData(trust.error) }
        : { event: 'host-key', ...seen, state: trust.state, by: trust.by },
    )
  })
}

function titleOf({ host, onTheWayTo }: { host: string; onTheWayTo?: string | undefined }): string {
  return onTheWayTo === undefined ? host : `${host}, on the way to ${onTheWayTo}`
}
