// Judges the programs of a host, the account that deploys, and the machine: what could make a deploy fail, or be ended.

import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import { nameCommand } from '../../words/command.ts'
import { shellWord } from '../../words/shell-word.ts'
import { examineReleases } from './examine-releases.ts'
import { examineSelinux } from './examine-selinux.ts'
import { examineServices } from './examine-services.ts'
import type { Facts } from './facts.ts'
import { broken, ok, warning } from './finding.ts'

const MIB = 1024
const LEAST_SPACE_KIB = 64 * MIB
const LITTLE_SPACE_KIB = 1024 * MIB
const LEAST_INODES = 1000
const LEAST_FREE_PART = 0.05
const MAX_CLOCK_SECONDS = 60

/** Judges what the runner and the recipe's steps call. */
export function examinePrograms(facts: Facts, { programs }: ExpectedHost): Finding[] {
  const tools = new Map(
    facts.all('tool').map((line) => [line.split(' ')[0] ?? '', line.replace(/^\S+ /, '')]),
  )
  return programs.flatMap((names) => {
    const told = names.filter((name) => tools.has(name))
    if (told.length === 0) return []
    const there = told.find((name) => tools.get(name) !== 'missing')
    const subject = there ?? names.join(' or ')
    if (there !== undefined) return [ok('programs', subject, tools.get(there) ?? '')]
    const todo = `Have root install it with the host's package manager.`
    return [broken('programs', { subject, text: `${subject} is missing, and the recipe needs it`, todo })]
  })
}

/** Judges the account that runs what root installed. */
export function examineAccount(facts: Facts, { account }: ExpectedHost): Finding[] {
  const subject = account
  const [uid, home = '', shell = ''] = (facts.one('account') ?? '').split(':')
  const findings: Finding[] = []
  const bad = (text: string, todo: string) =>
    findings.push(broken('boundary', { subject, text: `${account} ${text}`, todo }))
  if (uid === '0') bad('is root', `Have root create a separate account ${account}.`)
  const groups = (facts.one('groups') ?? account).split(' ')
  const others = groups.filter((group) => group !== account)
  if (others.length > 0)
    bad(
      `is also in the group ${others.join(', ')}: a caller gets any of them with \`sudo -g\``,
      `Have root remove it from them: ${others.map((group) => `\`gpasswd -d ${account} ${shellWord(group)}\``).join(', ')}.`,
    )
  if (shell !== '' && !/\/(?:nologin|false)$/.test(shell))
    bad(`has the shell ${shell}`, `Have root remove it: \`usermod -s /usr/sbin/nologin ${account}\`.`)
  const password = facts.one('password')
  if (password === 'none' || password === 'NP')
    bad('has an empty password', `Have root lock it: \`passwd -l ${account}\`.`)
  else if (password !== undefined && /^PS?$/.test(password))
    bad('has a password', `Have root lock it: \`passwd -l ${account}\`.`)
  // an empty answer is none
  if (facts.one('account') === undefined || facts.one('groups') === undefined) {
    const todo = `Have root check why the host cannot tell: \`id ${account}\`, \`getent passwd ${account}\`.`
    findings.push(
      warning('boundary', {
        subject,
        text: `the host does not tell the groups and shell of ${account}`,
        todo,
      }),
    )
  }
  if (findings.length > 0) return findings
  const locked = password === undefined ? '' : ', its password locked'
  return [
    ok(
      'boundary',
      subject,
      `only the group ${groups.join(', ')}, ${shell || 'no shell'}${locked}, home ${home}`,
    ),
  ]
}

/** Login shells that read no file of their owner's before a forced command; of bash sshd's lines keep it. */
const BARE_SHELLS = /\/(?:sh|dash|ash|mksh|bash|nologin|false)$/

/** Judges the shells of those that have the gate in place of a shell (sshd.forceCommand). */
export function examineForced(facts: Facts): Finding[] {
  return facts.all('forced').map((value) => {
    const [shell = '', names = ''] = value.split(' ')
    const subject = 'forceCommand'
    if (BARE_SHELLS.test(shell)) return ok('boundary', subject, `${shell} runs the gate for ${names}`)
    const text = `${shell} reads a file of its owner before the gate: ${names}`
    const todo = `Have root give each a different shell: \`usermod -s /bin/sh ${shellWord(names.split(',')[0] ?? '')}\`.`
    return broken('boundary', { subject, text, todo })
  })
}

type Asked = {
  /** as whom the host was asked */
  user: string
  /** the app's */
  account: string
  environment: string | undefined
  /** the client's time when the host told its own, in seconds */
  now: number
}

/** Judges the machine. */
export function examineMachine(facts: Facts, { user, account, environment, now }: Asked): Finding[] {
  return [
    ...(facts.one('system')
      ? [ok('host', 'system', `${facts.one('system')}, /bin/sh is ${facts.one('shell') ?? '?'}`)]
      : []),
    ...examineSpace(facts),
    ...examineLock(facts, environment),
    ...examineReleases(facts, { account, environment }),
    ...examineServices(facts),
    ...examineClock(facts, now),
    ...examineSelinux(facts),
    ...examineLogind(facts, user),
    ...examineLinks(facts),
  ]
}

function examineSpace(facts: Facts): Finding[] {
  const [free, all, mount] = (facts.one('space') ?? '').split(' ')
  const findings: Finding[] = []
  if (mount !== undefined) {
    const text = `${mebibytes(Number(free))} of ${mebibytes(Number(all))} free on ${mount}`
    const todo = `Make space on ${mount}: old runs and logs are below /var/lib/shipit.`
    const what = { subject: 'space', text: `only ${text}`, todo }
    const small = Number(free) < Number(all) * LEAST_FREE_PART && Number(free) < LITTLE_SPACE_KIB
    if (Number(free) < LEAST_SPACE_KIB) findings.push(broken('host', what))
    else findings.push(small ? warning('host', what) : ok('host', 'space', text))
  }
  const [inodes, allInodes, inodeMount] = (facts.one('inodes') ?? '').split(' ')
  // file systems without a fixed number of them say 0
  if (inodeMount !== undefined && Number(allInodes) > 0 && Number(inodes) < LEAST_INODES) {
    const text = `only ${inodes} of ${allInodes} inodes free on ${inodeMount}`
    findings.push(
      broken('host', { subject: 'inodes', text, todo: `Delete unneeded files on ${inodeMount}.` }),
    )
  }
  return findings
}

function mebibytes(kib: number): string {
  return kib >= 10 * 1024 * MIB ? `${Math.round(kib / MIB / 1024)} GiB` : `${Math.round(kib / MIB)} MiB`
}

function examineLock(facts: Facts, environment: string | undefined): Finding[] {
  const subject = 'lock'
  const state = facts.one('lock')
  const todo = 'Have root run the install script again: until then, no deploy can start.'
  const count = Number(facts.one('waiting') ?? 0)
  const waiting = count > 0 ? `, ${count} waiting in line` : ''
  if (state === 'free') return [ok('host', subject, `free${waiting}`)]
  if (state === 'held') {
    const text = `held: a deploy is running${waiting} (${nameCommand('status', environment)})`
    return [ok('host', subject, text)]
  }
  if (state === 'missing')
    return [broken('host', { subject, text: 'the lock file of the app is missing', todo })]
  return state === undefined
    ? []
    : [broken('host', { subject, text: 'the runner cannot read the lock file of the app', todo })]
}

function examineClock(facts: Facts, now: number): Finding[] {
  const told = Number(facts.one('clock'))
  if (!(told > 0)) return []
  // whole seconds, cut off
  const off = Math.round(told + 0.5 - now)
  const text = off === 0 ? 'as here' : `${Math.abs(off)} s ${off > 0 ? 'ahead of' : 'behind'} this machine`
  if (Math.abs(off) <= MAX_CLOCK_SECONDS) return [ok('host', 'clock', text)]
  const todo = 'Use NTP on both: otherwise times in history and logs do not match.'
  return [warning('host', { subject: 'clock', text: `the clock is ${text}`, todo })]
}

/** logind.conf(5): with it on, a run ends with the session of the person who started it. */
function examineLogind(facts: Facts, user: string): Finding[] {
  const settings = new Map(
    facts
      .all('logind')
      .map((line) => [line.split(' ')[0], line.split(' ').slice(1).filter(Boolean)] as const),
  )
  const kill = settings.get('KillUserProcesses')?.[0]
  if (kill === undefined) return []
  const subject = 'KillUserProcesses'
  if (!/^(?:yes|true|on|1|y|t)$/i.test(kill)) return [ok('host', subject, 'no')]
  const only = settings.get('KillOnlyUsers') ?? []
  const spared = settings.get('KillExcludeUsers') ?? []
  if ((only.length > 0 && !only.includes(user)) || spared.includes(user))
    return [ok('host', subject, `yes, but not for '${user}'`)]
  const text = `KillUserProcesses is on: when the session of '${user}' ends, logind ends the run that it started`
  const todo =
    'Have root set KillUserProcesses=no in /etc/systemd/logind.conf, or name the deployers in KillExcludeUsers, and restart systemd-logind.'
  return [broken('host', { subject, text, todo })]
}

function examineLinks(facts: Facts): Finding[] {
  const value = facts.one('hardlinks')
  const subject = 'fs.protected_hardlinks'
  if (value === undefined) return []
  if (value !== '0') return [ok('host', subject, 'on')]
  const todo = 'Have root set it: `sysctl -w fs.protected_hardlinks=1`, and in /etc/sysctl.d.'
  const text =
    'fs.protected_hardlinks is off: users may make hard links to files of others, and so keep files that a build leaves'
  return [broken('host', { subject, text, todo })]
}
