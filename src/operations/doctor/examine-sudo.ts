// Judges sudo: its version, what it lets the deploying account do, and what it lets the person do who asks.

import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import { asFact, type Facts } from './facts.ts'
import { broken, ok, warning } from './finding.ts'
import { type Decision, findDecision } from './last-rule.ts'

/** What `sudo -n -l` of a person says (sudo(8), sudoers(5)). */
export type SudoList = {
  lines: readonly string[]
  /** its `Matching Defaults entries` */
  defaults: string
  /** what it said instead of a list */
  error?: string
}

type Hole = { cve: string; from: string; before: string; what: string }

/** Holes that give more than sudoers says, whatever it says; `before` is the first version without it (sudo.ws/security/advisories). */
const HOLES: readonly Hole[] = [
  {
    cve: 'CVE-2021-3156',
    from: '1.8.2',
    before: '1.9.5p2',
    what: 'any local user can become root with sudoedit -s',
  },
  {
    cve: 'CVE-2025-32463',
    from: '1.9.14',
    before: '1.9.17p1',
    what: 'any local user can become root with sudo -R',
  },
  {
    cve: 'CVE-2023-28486',
    from: '1.0.0',
    before: '1.9.13',
    what: 'control characters of a command reach the log unescaped',
  },
]

const SEE_SUDOERS = 'Have root find it in /etc/sudoers and /etc/sudoers.d, and remove it.'

/** Judges the version that `sudo -V` says, with the holes that the package says it has closed under an older number. */
export function examineSudoVersion(facts: Facts): Finding[] {
  const said = facts.one('sudo')
  const subject = 'sudo'
  if (said === undefined) {
    const todo = 'Have root install sudo, or check why it does not start: `sudo -V`.'
    return [warning('programs', { subject, text: 'sudo does not tell its version', todo })]
  }
  const parcel = facts.one('sudo-package')
  const name = `${said.replace(/^Sudo version /i, '')}${parcel ? ` (package ${parcel})` : ''}`
  if (/^sudo-rs/i.test(said)) return [ok('programs', subject, name)]
  const version = /^Sudo version (\d+\.\d+\.\d+(?:p\d+)?)/i.exec(said)?.[1]
  const closed = facts.one('sudo-closed')?.split(' ') ?? []
  const holes = HOLES.filter((hole) => version && isBetween(version, hole) && !closed.includes(hole.cve))
  if (holes.length === 0) return [ok('programs', subject, name)]
  return holes.map(({ cve, before, what }) =>
    warning('programs', {
      subject: `sudo, ${cve}`,
      text: `sudo ${name} has a known vulnerability (${cve}), unless your distribution patched it: ${what}`,
      todo: `Check whether the distribution's package has the fix for ${cve}; sudo itself has it since ${before}.`,
    }),
  )
}

/** Judges what sudo lets the deploying account do: the recipe's lines, word for word. */
export function examineOwnLines(facts: Facts, { account, sudoLines }: ExpectedHost): Finding[] {
  const subject = `sudo rules of ${account}`
  const says = facts.all('sudo-says').filter((line) => !/^Matching|requiretty,/.test(line))
  if (sudoLines.length === 0) return [ok('boundary', subject, 'no step needs it')]
  const found = facts.all('sudo-line').map(withoutTags)
  if (found.length === 0) {
    // sudo(8): of an account that has expired
    if (says.some((line) => /account validation failure/.test(line))) {
      const todo = 'Have root run `sh install.sh --check`: it says what locked the account, and what to do.'
      return [
        broken('boundary', { subject: account, text: `${account} is locked: nothing can run as it`, todo }),
      ]
    }
    const tty = says.some((line) => /tty/.test(line))
    const todo = tty
      ? 'Deploy to see whether it works; if not, have root run the install script again, which lifts requiretty for its commands.'
      : 'Have root run the install script again: its root and build steps cannot run.'
    const text = tty
      ? `what sudo allows ${account} cannot be listed without a terminal (requiretty)`
      : `sudo allows ${account} nothing${says[0] ? `: ${says[0]}` : ''}`
    return [tty ? warning('boundary', { subject, text, todo }) : broken('boundary', { subject, text, todo })]
  }
  // an app of the same host has lines of its own in a file of its own
  const known = new Set(sudoLines.map(asFact))
  const lacking = sudoLines.filter((line) => !found.includes(asFact(line)))
  const overruled = sudoLines.flatMap((line) => {
    if (lacking.includes(line)) return []
    const [, target = '', command = ''] = /^\(([^)]*)\) NOPASSWD: (.*)$/.exec(asFact(line)) ?? []
    const decision = findDecision(facts.all('sudo-line'), { target, command })
    return decision?.fault === undefined ? [] : [overruledBy(decision, line, subject)]
  })
  const wide = found.filter((line) => !known.has(line) && isWide(line))
  const findings = [
    ...lacking.map((line) =>
      broken('boundary', {
        subject,
        text: `the ${subject} lack '${line}'`,
        todo: 'Have root run the install script again: this step of the recipe cannot run.',
      }),
    ),
    ...overruled,
    ...wide.map((line) =>
      broken('boundary', {
        subject,
        text: `the ${subject} have '${line}', which no recipe needs`,
        todo: SEE_SUDOERS,
      }),
    ),
  ]
  if (findings.length > 0) return findings
  const count = sudoLines.length === 1 ? 'one command' : `${sudoLines.length} commands`
  return [ok('boundary', subject, `the ${count} of the recipe, word for word`)]
}

/** Judges what sudo does with our commands, whatever else is set there; sudo-rs lists no settings, and always does the same. */
export function examineSettings(facts: Facts, { account, sudoLines, sudoSettings }: ExpectedHost): Finding[] {
  if (sudoLines.length === 0 || facts.all('sudo-line').length === 0) return []
  if (/^sudo-rs/i.test(facts.one('sudo') ?? '')) return []
  const subject = `sudo's settings for ${account}`
  const found = facts.all('sudo-setting')
  const lacking = sudoSettings.filter((setting) => !found.includes(asFact(setting)))
  if (lacking.length === 0) return [ok('boundary', subject, 'no environment or search path from a caller')]
  return [
    warning('boundary', {
      subject,
      text: `sudo does not list ${lacking.join(', ')} for the commands that ${account} runs`,
      todo: 'Have root run the install script again, and run `visudo -c` if that does not help.',
    }),
  ]
}

/** Judges what sudo lets the person do who asks: our one line, and nothing that goes around it. */
export function examineList(list: SudoList, user: string, { account, runner }: ExpectedHost): Finding[] {
  const subject = `sudo rules of ${user}`
  const ours = `(${account}) NOPASSWD: ${runner}`
  const findings: Finding[] = []
  const lines = list.lines.map(withoutTags)
  if (list.error !== undefined && list.lines.length === 0) {
    const tty = /\btty\b/.test(list.error)
    return [
      (tty ? warning : broken)('boundary', {
        subject,
        text: `\`sudo -n -l\` says: ${list.error}`,
        todo: tty
          ? `sudo on this host requires a terminal: look at the list by hand, with \`ssh -t\` and \`sudo -l\`.`
          : `Have root run \`sh install.sh --check\`: if the files are in order, it shows what stops '${user}'.`,
      }),
    ]
  }
  if (!lines.includes(ours)) {
    findings.push(
      broken('boundary', {
        subject,
        text: `the ${subject} do not have '${ours}'`,
        todo: `Have root run the install script again. Then '${user}' must be in a group of the policy, and log in again.`,
      }),
    )
  }
  const asks = !/!authenticate\b/.test(list.defaults)
  const setenv = /(?:^|[ ,])setenv\b/.test(list.defaults)
  const decision = findDecision(list.lines, { target: account, command: runner, asks, setenv })
  if (lines.includes(ours) && decision?.fault !== undefined)
    findings.push(overruledBy(decision, ours, subject))
  for (const line of new Set(lines)) {
    if (line === ours) continue
    const finding = judgeLine(line, subject, account)
    if (finding) findings.push(finding)
  }
  if (/(?:^|[ ,])!env_reset\b/.test(list.defaults)) {
    const text = "sudo keeps the caller's environment (!env_reset in Defaults)"
    findings.push(warning('boundary', { subject, text, todo: SEE_SUDOERS }))
  }
  const only = lines.every((line) => line === ours)
  if (findings.length > 0) return findings
  return [ok('boundary', subject, only ? `nothing but '${ours}'` : `'${ours}', and nothing that bypasses it`)]
}

/** Of a line that is there, and that a later one takes the place of. */
function overruledBy({ rule, fault }: Decision, line: string, subject: string): Finding {
  return broken('boundary', {
    subject,
    text: `the ${subject} have '${line}', which is not in force: '${rule}' comes later and ${fault}`,
    todo: 'Have root run `sh install.sh --check`, which names its file, and move that rule before shipit-*.',
  })
}

function judgeLine(line: string, subject: string, account: string): Finding | undefined {
  const [, runas = '', rest = ''] = /^\(([^)]*)\) (.*)$/.exec(line) ?? []
  const [users = ''] = runas.split(' : ')
  const names = users.split(',').map((name) => name.trim())
  const reaches = ['ALL', 'root', account].filter((name) => names.includes(name))
  const text = `the ${subject} also have '${line}'`
  const needsNone = /\bNOPASSWD:/.test(rest)
  if (reaches.length > 0 && needsNone) {
    const how = wayAround(rest, reaches[0] === account ? account : undefined)
    return broken('boundary', { subject, text: `${text}, without a password: ${how}`, todo: SEE_SUDOERS })
  }
  if (reaches.length === 0 && !isWide(line)) return undefined
  const todo = 'Nothing, if this is an administrator; otherwise have root remove it from sudoers.'
  return warning('boundary', { subject, text: needsNone ? text : `${text}, with a password`, todo })
}

function wayAround(rest: string, account: string | undefined): string {
  if (/\bSETENV:/.test(rest)) return 'the caller chooses the environment'
  return account
    ? `it runs as ${account}, past the runner`
    : 'its user could change everything that root installed'
}

/** An install adds the tags that the host's sudo knows and needs. */
function withoutTags(line: string): string {
  return line.replace(/\b(?:EXEC|NOSETENV): /g, '')
}

/** Any command, any argument, any environment: what no recipe makes. */
function isWide(line: string): boolean {
  return /(?:^|[ :,])ALL(?:$|[ ,])|[*?]|\bSETENV:/.test(line.replace(/^\([^)]*\) /, ''))
}

function isBetween(version: string, { from, before }: Hole): boolean {
  return compareVersions(version, from) >= 0 && compareVersions(version, before) < 0
}

/** Compares versions of sudo, `1.9.5p2`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(/[.p]/).map(Number))
  for (let at = 0; at < 4; at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
