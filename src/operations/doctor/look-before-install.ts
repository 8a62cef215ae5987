// A host that has no shipit yet: what matters before an install, as a person with a shell can see it. Nothing is tried there: nobody would
// judge it.

import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import type { Connection } from '../../ssh/connection/connection.ts'
import { readCommand } from '../../ssh/gate/read-command.ts'
import { shellWord } from '../../words/shell-word.ts'
import { foldersAbove, octal } from './facts.ts'
import { broken, ok, warning } from './finding.ts'
import { parseListing } from './parse-listing.ts'

/** What the install script itself needs, beside what the recipe does. */
const FOR_INSTALL = ['sudo', 'visudo', 'getent', 'stat', 'sha256sum', 'mktemp', 'sshd']
/** A repository and the logs of its runs want more than this; a host with less is close to full. */
const ENOUGH_MIB = 64
const OTHERS_WRITE = 0o022

/** Looks at programs, room, SELinux, and at folders that would stand in the way. */
export async function lookBeforeInstall(
  connection: Connection,
  { programs, published, account }: ExpectedHost,
): Promise<Finding[]> {
  const names = [...new Set([...programs.flat(), ...FOR_INSTALL])]
  const paths = [...new Set(published.flatMap((path) => [...foldersAbove(path), path]))]
  const { stdout } = await readCommand(connection, `LC_ALL=C sh -c ${shellWord(ask(names, paths))} 2>&1`)
  const told = stdout.split('\n')
  const valuesOf = (name: string) =>
    told.flatMap((line) => (line.startsWith(`${name} `) ? [line.slice(name.length + 1)] : []))
  return [
    ...judgePrograms([...programs, ...FOR_INSTALL.map((name) => [name])], valuesOf('has')),
    ...judgeRoom(valuesOf('room')[0]),
    ...valuesOf('selinux').map((mode) =>
      ok('host', 'SELinux', mode === 'Disabled' ? 'off' : `${mode}: the install labels what is published`),
    ),
    ...judgeFolders(parseListing(stdout), published, account),
  ]
}

function ask(names: readonly string[], paths: readonly string[]): string {
  const listed = paths.length > 0 ? `ls -ld ${paths.map(shellWord).join(' ')}` : ':'
  return [
    'PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin',
    `for p in ${names.join(' ')}; do command -v $p >/dev/null && echo "has $p"; done`,
    `df -Pk /var/lib 2>/dev/null | awk 'NR == 2 { print "room", $4 }'`,
    'command -v getenforce >/dev/null && echo "selinux $(getenforce)"',
    listed,
  ].join('; ')
}

function judgePrograms(wanted: readonly (readonly string[])[], has: readonly string[]): Finding[] {
  const missing = wanted.filter((names) => !names.some((name) => has.includes(name)))
  const subject = 'programs'
  if (missing.length === 0)
    return [ok('programs', subject, `all ${wanted.length} that install and deploys need`)]
  const text = `missing programs: ${missing.map((names) => names.join(' or ')).join(', ')}`
  return [broken('programs', { subject, text, todo: 'Have root install them first.' })]
}

function judgeRoom(kib: string | undefined): Finding[] {
  if (kib === undefined || !/^\d+$/.test(kib)) return []
  const mib = Math.floor(Number(kib) / 1024)
  const text = `${mib} MiB free for /var/lib`
  if (mib >= ENOUGH_MIB) return [ok('host', 'space', text)]
  return [
    warning('host', {
      subject: 'space',
      text: `only ${text}`,
      todo: 'Make room: the repository and the logs of runs go there.',
    }),
  ]
}

function judgeFolders(
  found: ReturnType<typeof parseListing>,
  published: readonly string[],
  account: string,
): Finding[] {
  const told = new Set<string>()
  const findings = published.flatMap((folder): Finding[] => [
    ...foldersAbove(folder).flatMap((above) => {
      const seen = found.get(above)
      if (seen?.sum !== 'folder' || told.has(above)) return []
      told.add(above)
      const owner = seen.owner.split(':')[0] ?? ''
      const subject = above
      if (owner !== 'root' && owner !== account)
        return [inTheWay(subject, `belongs to '${owner}', and ${folder} lies in it`, `chown root: ${above}`)]
      if ((seen.mode & OTHERS_WRITE) !== 0)
        return [
          inTheWay(
            subject,
            `is writable by others (${octal(seen.mode)}), and ${folder} lies in it`,
            `chmod go-w ${above}`,
          ),
        ]
      return []
    }),
    ...judgeTarget(found.get(folder), folder, account),
  ])
  if (findings.length > 0 || published.length === 0) return findings
  return [ok('host', 'folders', `nothing stands in the way of ${published.join(', ')}`)]
}

function judgeTarget(
  seen: { sum: string; owner: string } | undefined,
  folder: string,
  account: string,
): Finding[] {
  if (!seen || seen.sum === 'missing') return []
  const owner = seen.owner.split(':')[0] ?? ''
  if (seen.sum !== 'folder') return [inTheWay(folder, 'is not a folder', `mv ${folder} ${folder}.old`)]
  if (owner === 'root' || owner === account) return []
  return [inTheWay(folder, `belongs to '${owner}', and would become ${account}'s`, `chown root: ${folder}`)]
}

function inTheWay(subject: string, text: string, command: string): Finding {
  const todo = `Publish elsewhere or, if it is meant for the app, have root run: ${command}`
  return broken('host', { subject, text: `${subject} ${text}`, todo })
}
