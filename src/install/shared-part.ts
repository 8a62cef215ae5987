// What the scripts for root have in common, whatever the app: the parts of remote/install, and the programs of a host, each part of them
// once. It is the same text for each app of a version, so that one checksum tells whether it is what root has read before. Pure.
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { quote } from '../recipe/sh/quote.ts'
import { HOST, LIBEXEC, renderParts, renderPrograms } from './bundle.ts'
import { listSharedFiles } from './host-files.ts'
import { BOTH_SCRIPTS, INSTALL_ONLY, PROGRAMS, type RemoteFiles } from './remote-parts.ts'
import { hereDocument, stage } from './stage-lines.ts'

/** A part that is the same for all apps, how it is called as a file, and its SHA-256. */
export type SharedPart = { text: string; name: string; sha256: string }

/**
 * Renders what all install scripts of a version have in common.
 * @throws RangeError when a program has the line that ends a file in the script: a fault in remote/
 */
export function shareInstall(remote: RemoteFiles, version: string): SharedPart {
  return share(`shipit-${version}-install.sh`, [
    ...head(version),
    ...installParts(remote, [...BOTH_SCRIPTS, ...INSTALL_ONLY]),
    ...stageShared(remote, version),
    installPart(remote, 'main'),
  ])
}

/** Renders what all uninstall scripts of a version have in common. */
export function shareUninstall(remote: RemoteFiles, version: string): SharedPart {
  return share(`shipit-${version}-uninstall.sh`, [
    ...head(version),
    ...installParts(remote, BOTH_SCRIPTS),
    installPart(remote, 'main'),
  ])
}

/** Lists what is the same for all apps, with its SHA-256: the shared part of each script, and the programs of a host. */
export function listChecksums(remote: RemoteFiles, version: string): { name: string; sha256: string }[] {
  const programs = renderPrograms(remote, HOST, version)
  return [
    ...[shareInstall(remote, version), shareUninstall(remote, version)],
    ...programs.map(({ path, text }) => ({ name: path, sha256: sum(text) })),
  ].map(({ name, sha256 }) => ({ name, sha256 }))
}

function share(name: string, lines: readonly string[]): SharedPart {
  const text = lines.join('\n')
  return { text, name, sha256: sum(text) }
}

function sum(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function head(version: string): string[] {
  return [
    `# ======== shipit ${version}: from here to the end the same for every app and host ========`,
    '',
    `VERSION=${quote(version)}`,
    `LIBEXEC=${LIBEXEC}`,
    '',
  ]
}

function installParts(remote: RemoteFiles, names: readonly string[]): string[] {
  return names.map((name) => installPart(remote, name))
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
