// What the tests of doctor share: a host that is expected, facts that it tells, and what is said of them.
import { Facts } from '../../../src/operations/doctor/facts.ts'
import type { ExpectedHost } from '../../../src/results/expected-host.ts'
import type { Finding } from '../../../src/results/finding.ts'

export const TIME = '2026-11-22T12:00:00Z'
export const RUNNER = '/usr/local/libexec/shipit/runner'
export const GATE = '/usr/local/libexec/shipit/gate'
export const SUM = 'a'.repeat(64)
export const RESTART =
  '(root) NOPASSWD: /usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/sbin/apachectl restart'
export const OURS = `(deploybot) NOPASSWD: ${RUNNER}`

/** A host of one file. */
export const EXPECTED: ExpectedHost = {
  app: 'codebase',
  version: '0.1.0',
  digest: SUM,
  account: 'deploybot',
  runner: RUNNER,
  libexec: '/usr/local/libexec/shipit',
  files: [{ path: GATE, mode: '0755', owner: 'root:root', sum: SUM }],
  sudoLines: [RESTART],
  ownCode: [],
  sudoSettings: ['env_reset', 'setenv', 'secure_path=/usr/sbin:/usr/bin:/sbin:/bin'],
  closedAccounts: ['deploybot', 'build-codebase'],
  programs: [['git'], ['curl', 'wget']],
  published: [],
  system: { folders: ['/etc', '/var/lib'], never: ['/etc/ssh'], unsafe: [] },
}

/** Facts as a host would tell them. */
export function facts(...told: [string, string][]): Facts {
  const all = new Facts()
  for (const [name, value] of told) all.take({ event: 'fact', time: TIME, name, value })
  return all
}

/** The findings as doctor shows them. */
export function said(findings: readonly Finding[]): string[] {
  return findings.map(({ verdict, subject, text }) =>
    verdict === 'ok' ? `ok ${subject}: ${text}` : `${verdict} ${text}`,
  )
}
