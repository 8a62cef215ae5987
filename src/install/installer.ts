// The installer: what the scripts for root have in common, whatever the app. The parts of remote/install, and the programs of a host, each
// part of them once. It is the same text for each app of a version, a file of its own, which each host keeps. Pure.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { quote } from '../recipe/sh/quote.ts'
import { HOST, LIBEXEC, renderParts, renderPrograms } from './bundle.ts'
import { INSTALLER, listSharedFiles } from './host-files.ts'
import { INSTALLER_PARTS, PROGRAMS, type RemoteFiles } from './remote-parts.ts'
import { hereDocument, stage } from './stage-lines.ts'

/** What all scripts of a version need, as the file `name`, with its SHA-256. */
export type Installer = { text: string; name: string; sha256: string }

/**
 * Renders the installer of a version.
 * @throws RangeError when a program has the line that ends a file in the script: a fault in remote/
 */
export function renderInstaller(remote: RemoteFiles, version: string): Installer {
  const text = [
    `# The installer of shipit ${version}, the same for every app and host. The script of an app reads it: run that one.`,
    `# 'shipit install --checksums', built from a clone of your own, prints its sha256.`,
    '',
    `VERSION=${quote(version)}`,
    `LIBEXEC=${LIBEXEC}`,
    '',
    ...INSTALLER_PARTS.map((name) => installPart(remote, name)),
    ...stageShared(remote, version),
    installPart(remote, 'main'),
  ].join('\n')
  return { text, name: `shipit-${version}-installer.sh`, sha256: sum(text) }
}

/** Lists what is the same for all apps, with its SHA-256: the installer, as a file and on a host, and a host's programs. */
export function listChecksums(remote: RemoteFiles, version: string): { name: string; sha256: string }[] {
  const { name, sha256 } = renderInstaller(remote, version)
  const programs = renderPrograms(remote, HOST, version)
  return [
    { name, sha256 },
    { name: INSTALLER, sha256 },
    ...programs.map(({ path, text }) => ({ name: path, sha256: sum(text) })),
  ]
}

function sum(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function installPart(remote: RemoteFiles, name: string): string {
  const text = remote[`install/${name}`]
  if (text === undefined) throw new RangeError(`there is no remote/install/${name}.sh`)
  return text
}

function stageShared(remote: RemoteFiles, version: string): string[] {
  const parts = Object.entries(renderParts(remote, HOST, version))
  const sums = new Map(renderPrograms(remote, HOST, version).map(({ path, text }) => [path, sum(text)]))
  const folders = new Set(parts.map(([name]) => dirname(name)))
  return [
    '# ======== the programs of a host, in parts; what comes after the parts says which program has which ========',
    '',
    'stage_shared() {',
    ...listSharedFiles(remote, version, HOST).flatMap((file) => (file.is === 'file' ? [] : stage(file))),
    `\tstage_parts ${[...folders].join(' ')} ${hereDocument({ path: 'parts', text: joinParts(parts) })}`,
    '\t# PROGRAM SHA256 PART...',
    ...Object.entries(PROGRAMS).map(([program, names]) =>
      ['\tstage_program', program, sums.get(`${LIBEXEC}/${program}`), ...names].join(' '),
    ),
    '}',
    '',
  ]
}

/** Each part below a line with its name; a blank line stands between two of them, in a program as well. */
function joinParts(parts: readonly (readonly [string, string])[]): string {
  return parts
    .map(([name, text], index) => {
      if (/^#### /m.test(text)) throw new RangeError(`remote/${name} has a line that begins a part`)
      return `#### ${name}\n${index === 0 ? '' : '\n'}${text}`
    })
    .join('')
}
