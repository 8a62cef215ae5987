// Has a person look at the key of a host, and writes it down if they trust it.
import { defined } from '../defined.ts'
import { HostKeyError, ShipitError } from '../errors.ts'
import type { HostTrust, SeenHostKey } from '../results/host-trust.ts'
import type { Dial } from '../ssh/dial.ts'
import type { HostSettings } from '../ssh/settings/host-settings.ts'
import { showHostKey } from '../ssh/show-host-key.ts'
import { addKnownHost } from '../ssh/trust/add-known-host.ts'
import type { KeyFinding } from '../ssh/trust/explain-host-key.ts'
import { loadHostKeyCheck, writtenNameOf } from '../ssh/trust/host-key.ts'
import { say } from '../ui/output/print-lines.ts'
import { askShown, canAsk } from '../ui/output/prompt.ts'
import { formatQuestion } from '../ui/views/trust-view.ts'
import { isCi } from '../words/ci-system.ts'

/** What there is to know before a host is asked. */
export type ToTrust = {
  settings: HostSettings
  dial: Dial
  /** the host that is reached by way of this one */
  onTheWayTo?: string | undefined
}

/** Shows a host's key and asks. Never rejects for what a host does. @throws ConfigError when a file can't be read or written */
export async function trustHost({ settings, dial, onTheWayTo }: ToTrust): Promise<HostTrust> {
  const about = { host: settings.name, ...defined({ onTheWayTo }) }
  try {
    const { key: seen, where } = await showHostKey(settings, dial)
    const key: SeenHostKey = {
      where,
      type: seen.type,
      fingerprint: seen.fingerprint,
      publicKey: `${seen.type} ${seen.bytes.toString('base64')}`,
      name: writtenNameOf(settings),
    }
    const check = await loadHostKeyCheck(settings)
    const finding = check.judge(seen)
    const refusal = check.refuse(seen, where)
    if (!refusal) return { ...about, key, state: 'known', by: check.knownBy(seen) }
    if (finding.verdict === 'changed' || finding.verdict === 'revoked')
      return { ...about, key, state: 'refused', error: refusal }
    return { ...about, key, ...(await decide({ settings, key, finding, onTheWayTo }, refusal)) }
  } catch (error) {
    if (error instanceof ShipitError && error.kind === 'unreachable')
      return { ...about, state: 'unreachable', error }
    throw error
  }
}

type Decision = {
  settings: HostSettings
  key: SeenHostKey
  finding: KeyFinding
  onTheWayTo: string | undefined
}

type Decided =
  | { state: 'added' | 'pin'; by: string }
  | { state: 'declined' | 'not-asked'; error: HostKeyError }

async function decide(
  { settings, key, finding, onTheWayTo }: Decision,
  refusal: HostKeyError,
): Promise<Decided> {
  const { name } = settings
  if (!canAsk()) {
    const why = isCi(process.env) ? 'in CI' : 'without a terminal'
    return {
      state: 'not-asked',
      error: new HostKeyError(`${refusal.message}; ${why} nobody can be asked whether to trust it`, {
        suggestions: [
          `Ask the administrator of '${name}' for the fingerprint of its host key.`,
          `If it is the same, pin the key in the config, in the environment's \`ssh\`: hostKeys: ['${key.publicKey}'].`,
        ],
        details: refusal.details,
      }),
    }
  }
  const file = finding.verdict === 'not-pinned' ? undefined : fileOf(settings)
  say(formatQuestion({ host: name, key, finding, onTheWayTo, files: settings.knownHostsFiles }))
  if (!(await isTrusted(name, key))) {
    return {
      state: 'declined',
      error: new HostKeyError(
        `the host key of '${name}' (${key.where}) was not trusted, and nothing was written`,
      ),
    }
  }
  if (file === undefined) return { state: 'pin', by: '`ssh.hostKeys` of the config' }
  const { publicKey } = key
  const line = addKnownHost({ file, name: key.name, publicKey, isHashed: settings.isHashing === true })
  return { state: 'added', by: `'${file}' line ${line}` }
}

/** The first file of the person's own, as ssh takes it. Those of the machine are root's. */
function fileOf({ knownHostsFiles }: HostSettings): string | undefined {
  return knownHostsFiles.find((file) => !file.startsWith('/etc/'))
}

/** ssh takes the fingerprint for a yes as well: it is compared by the program then, and not by eye. */
async function isTrusted(name: string, { fingerprint }: SeenHostKey): Promise<boolean> {
  const answer = await askShown(
    `Is this the fingerprint that the administrator of '${name}' gave you? [y/N, or paste theirs] `,
  )
  const said = answer?.trim() ?? ''
  return said.startsWith('SHA256:') ? said === fingerprint : /^y(?:es)?$/i.test(said)
}
