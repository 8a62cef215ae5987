// Judges the files of a host: what root installed is there unchanged, and nobody else could have put something in its place.
import { defined } from '../../defined.ts'
import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import { nameCommand } from '../../words/command.ts'
import { shellWord } from '../../words/shell-word.ts'
import { type Facts, type FoundFile, foldersAbove, octal } from './facts.ts'
import { broken, ok, warning } from './finding.ts'

type Wanted = { sum?: string; mode: number; owner: string }

function installAgain(): string {
  const command = nameCommand('install --out install.sh', undefined)
  return `Have root check and fix it with the script that \`${command}\` writes: \`sh install.sh --check\`, then \`sh install.sh\`.`
}

/** Judges files against the host's manifests, what this shipit would install, and the rules that hold for all. */
export function examineFiles(facts: Facts, expected: ExpectedHost): Finding[] {
  const found = facts.files('file')
  const manifest = facts.files('manifest')
  const published = facts.all('published')
  const noManifest =
    manifest.size === 0
      ? [warning('boundary', { subject: 'manifest', text: NO_MANIFEST, todo: installAgain() })]
      : []
  const findings = [
    ...[...manifest.values()].flatMap((wanted) => compareWith(wanted, found.get(wanted.path))),
    ...compareExpected(found, manifest, expected),
    ...facts.all('leads').flatMap((value) => judgeLinks(value, published, expected)),
    ...published.flatMap((path) => judgePublished(path, found.get(path), expected.account)),
    ...judgeFolders(found, published, expected),
    ...strangers(found, manifest, expected),
    ...judgeKept(found, expected),
  ]
  const named = new Set(findings.map(({ subject }) => subject))
  const good = manifest.size > 0 ? [...manifest.keys()].filter((path) => !named.has(path)).length : 0
  const whole =
    good > 0
      ? [
          ok(
            'boundary',
            'files',
            `${good} files and folders are as root installed them (checksum, owner, mode)`,
          ),
        ]
      : []
  const walls =
    findings.length === 0 && published.length > 0
      ? [
          ok(
            'boundary',
            'folders',
            `only root and ${expected.account} may write ${published.join(', ')}, and the folders above`,
          ),
        ]
      : []
  return [...whole, ...walls, ...noManifest, ...unique(findings)]
}

/** Judges files seen without the runner's help: only what is wrong. */
export function examineSeen(found: ReadonlyMap<string, FoundFile>, expected: ExpectedHost): Finding[] {
  return expected.files.flatMap(({ path, mode, owner }) =>
    compare(path, { mode: Number.parseInt(mode, 8), owner }, found.get(path)),
  )
}

const NO_MANIFEST =
  'the host has no list of what was installed, so only the files that this version of shipit writes are compared'

function compareWith(wanted: FoundFile, found: FoundFile | undefined): Finding[] {
  return compare(wanted.path, wanted, found)
}

function compare(path: string, wanted: Wanted, found: FoundFile | undefined): Finding[] {
  if (!found || found.sum === 'hidden') return []
  if (found.sum === 'missing') return [bad(path, 'is missing', installAgain())]
  const isLink = wanted.sum?.startsWith('link:') === true
  const why = [
    ...(differ(wanted.sum, found.sum) ? [changed(wanted.sum, found.sum)] : []),
    ...(!isLink && (found.mode !== wanted.mode || found.owner !== wanted.owner)
      ? [`is ${octal(found.mode)} ${found.owner}, not ${octal(wanted.mode)} ${wanted.owner}`]
      : []),
  ]
  return why.length > 0 ? [bad(path, why.join(', and '), installAgain())] : []
}

function differ(wanted: string | undefined, found: string): boolean {
  return wanted !== undefined && found !== 'unread' && wanted !== found
}

function changed(wanted: string | undefined, found: string): string {
  if (found === 'folder' || found === 'odd' || found.startsWith('link:')) return `is ${kindOf(found)}`
  return wanted === 'folder' || wanted?.startsWith('link:')
    ? 'is a file'
    : 'was changed: its checksum differs from what root installed'
}

function kindOf(sum: string): string {
  if (sum === 'folder') return 'a folder'
  return sum === 'odd' ? 'neither file nor folder' : 'a symlink'
}

/** What is in no manifest is judged by what this shipit would install; what is, and differs from that, is only told. */
function compareExpected(
  found: ReadonlyMap<string, FoundFile>,
  manifest: ReadonlyMap<string, FoundFile>,
  { files }: ExpectedHost,
): Finding[] {
  return files.flatMap(({ path, mode, owner, sum }) => {
    const listed = manifest.get(path)
    const wanted = { mode: Number.parseInt(mode, 8), owner, ...defined({ sum }) }
    if (!listed) return compare(path, wanted, found.get(path))
    if (!differ(sum, listed.sum)) return []
    return [
      warn(
        path,
        'is as root installed it, but differs from what shipit would install from your config now',
        `If yours is newer, have root install it: \`sh install.sh\`, with the script that \`${nameCommand('install --out install.sh', undefined)}\` writes.`,
      ),
    ]
  })
}

/** No command that root would follow a link with. */
function makeWay(path: string): string {
  return `Have root find out who put it there, move it away, and run the install script again: \`ls -ld ${shellWord(path)}\`.`
}

/** Of `FOLDER PLACE`: links that somebody made after the install, which would refuse them (remote/install/files/places.sh). */
function judgeLinks(value: string, published: readonly string[], { system }: ExpectedHost): Finding[] {
  const path = published.find((folder) => value.startsWith(`${folder} /`))
  if (path === undefined) return []
  const place = value.slice(path.length + 1)
  const refused = system.unsafe.includes(path) ? system.never : system.folders
  const folder = refused.find(
    (each) => `${place}/`.startsWith(`${each}/`) || `${each}/`.startsWith(`${place}/`),
  )
  if (folder === undefined) return []
  const how =
    place === folder ? '' : `${`${place}/`.startsWith(`${folder}/`) ? ', in' : ', which holds'} '${folder}'`
  const todo = `Find out who made the link, and have root remove it: \`namei -l ${shellWord(path)}\` shows where it is.`
  return [bad(path, `leads to '${place}'${how}, a folder of the system, through a link`, todo)]
}

function judgePublished(path: string, found: FoundFile | undefined, account: string): Finding[] {
  if (!found || found.sum === 'hidden') return []
  const todo = `Have root give it to ${account} only: \`chown -Rh ${account}: ${shellWord(path)} && chmod go-w ${shellWord(path)}\`.`
  if (found.sum === 'missing')
    return [bad(path, 'is missing, and the recipe publishes to it', installAgain())]
  if (found.sum !== 'folder')
    return [bad(path, `is ${kindOf(found.sum)}, and the recipe publishes to it`, makeWay(path))]
  if (found.owner.split(':')[0] !== account)
    return [bad(path, `belongs to ${found.owner}: ${account} cannot publish to it`, todo)]
  return found.mode & 0o022 ? [bad(path, `is writable by others (${octal(found.mode)})`, todo)] : []
}

/** Whoever may write a folder may rename what lies in it and put something else there. */
function judgeFolders(
  found: ReadonlyMap<string, FoundFile>,
  published: readonly string[],
  { account }: ExpectedHost,
): Finding[] {
  const above = new Set([...found.keys()].flatMap(foldersAbove))
  const ours = new Set(published.flatMap(foldersAbove))
  return [...above].flatMap((path) => {
    const folder = found.get(path)
    if (folder?.sum !== 'folder') return []
    const todo = `Have root close it: \`chown root: ${shellWord(path)} && chmod go-w ${shellWord(path)}\`.`
    const sticky = (folder.mode & 0o1000) !== 0
    if (folder.mode & 0o022 && !sticky)
      return [
        bad(path, `is writable by others (${octal(folder.mode)}): they could replace its content`, todo),
      ]
    const [owner = ''] = folder.owner.split(':')
    const own = owner === account && (ours.has(path) || path.startsWith('/var/lib/shipit/'))
    if (owner === 'root' || own) return []
    return [bad(path, `belongs to ${folder.owner}, and that account could replace its content`, todo)]
  })
}

/** A program among ours that nobody installed. */
function strangers(
  found: ReadonlyMap<string, FoundFile>,
  manifest: ReadonlyMap<string, FoundFile>,
  { libexec, files }: ExpectedHost,
): Finding[] {
  const known = new Set([...manifest.keys(), ...files.map(({ path }) => path)])
  return [...found.values()]
    .filter(({ path, sum }) => path.startsWith(`${libexec}/`) && sum !== 'missing' && !known.has(path))
    .map(({ path }) =>
      warn(path, 'was not installed by shipit', 'Ask the administrator what it is; shipit does not use it.'),
    )
}

/** What the runner itself keeps is nobody else's to read. */
function judgeKept(found: ReadonlyMap<string, FoundFile>, { app, account }: ExpectedHost): Finding[] {
  const state = `/var/lib/shipit/apps/${app}`
  return [state, `${state}/runs`, `${state}/history`].flatMap((path) => {
    const kept = found.get(path)
    if (!kept || kept.sum === 'missing' || kept.sum === 'hidden') return []
    const todo = `Have root close it: \`chown ${account}: ${shellWord(path)} && chmod go-rwx ${shellWord(path)}\`.`
    if (kept.owner.split(':')[0] !== account)
      return [bad(path, `belongs to ${kept.owner}, not to ${account}`, todo)]
    return kept.mode & 0o077
      ? [bad(path, `is open to others (${octal(kept.mode)}): it holds logs and events of runs`, todo)]
      : []
  })
}

/** One line for each file: the first that was found of it. */
function unique(findings: readonly Finding[]): Finding[] {
  const first = new Map<string, Finding>()
  for (const finding of findings) {
    const known = first.get(finding.subject)
    if (!known || (known.verdict === 'warning' && finding.verdict === 'broken'))
      first.set(finding.subject, finding)
  }
  return [...first.values()]
}

function bad(subject: string, text: string, todo: string): Finding {
  return broken('boundary', { subject, text: `${subject} ${text}`, todo })
}

function warn(subject: string, text: string, todo: string): Finding {
  return warning('boundary', { subject, text: `${subject} ${text}`, todo })
}
