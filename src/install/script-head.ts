// The comment at the head of each script: all that it will do, for root to read before running it. Pure.

import { BUILDS } from './bundle.ts'
import { type HostFile, INSTALLER } from './host-files.ts'
import type { Install } from './install-plan.ts'
import type { Installer } from './installer.ts'
import { formatRights } from './right.ts'

/** Describes an install. */
export function describeInstall(install: Install, installer: Installer): string[] {
  const { recipe, version, files, groups, rights } = install
  const { app } = recipe
  const folders = files.filter(({ is }) => is === 'folder' || is === 'published')
  return comment([
    `Installs the app '${app}' of shipit ${version} on this host. Read it, then run it as root: sh install.sh`,
    '',
    ...describeInstaller(installer, version),
    '',
    `What root gives '${app}':`,
    ...formatRights(rights),
    '',
    'What it makes, if it does not exist yet:',
    ...item('groups', [
      `${groups.join(', ')} (anybody who is a member already gets these rights with the install; to add people: usermod -aG ${groups[0]} NAME)`,
    ]),
    ...item('files', files.filter((file) => !folders.includes(file)).map(describeFile)),
    ...item(
      'folders',
      folders.map(({ path }) => path),
    ),
    ...item(
      'labels',
      folders.some(({ is }) => is === 'published')
        ? ['SELinux rules for the published folders, where SELinux is on']
        : [],
    ),
    'It also makes the accounts above, and has sshd read its settings again. Nothing else is changed. A second run changes nothing.',
    '',
    "Before it changes anything, it checks everything (sudoers together with the host's other files), and takes the lock of each app: it stops if a",
    'deploy is running. If something fails, it undoes what it did. If it is killed, --check lists what is half done, and the next run finishes or undoes it.',
    '',
    '  --summary      shows the rights above, and which of them this host already has; needs no root',
    '  --check        changes nothing; shows which rights and files would change, and exits 1 if any would',
    '  --uninstall    removes the lines of sudoers and sshd, keys, memberships, programs and files. Published files stay, and then belong to root.',
    `                 The history goes to /var/lib/shipit/uninstalled/${app}, for root only. What other apps use stays. Accounts and groups`,
    '                 that it made stay, locked and without rights, so that nobody gets their numbers (UID and GID)',
    '  --purge        the same, and also removes the history, and the published folders that the install created',
    '  --ask          shows what would change, and asks',
    '  --wait SECONDS waits that long for a running deploy, instead of giving up at once',
  ])
}

/** Describes an uninstall. */
export function describeUninstall(
  { app, version, purge }: { app: string; version: string; purge: boolean },
  installer: Installer,
): string[] {
  return comment([
    `Removes the app '${app}' of shipit from this host. Read it, then run it as root. (Written by shipit ${version}.)`,
    '',
    ...describeInstaller(installer, version),
    '',
    'It removes, in this order:',
    `  /etc/sudoers.d/shipit-${app}, and the keys of the app's people in /etc/ssh/authorized_keys.d`,
    ...(purge
      ? ['  its history, and the published folders that shipit created, with their content']
      : [
          '  no published files: they stay, and then belong to root',
          `  no history: that goes to /var/lib/shipit/uninstalled/${app}, for root only`,
        ]),
    `  ${BUILDS}/${app}, /etc/shipit/apps/${app}`,
    '  with the last app of the host: /usr/local/libexec/shipit, /usr/local/bin/shipit-gate, /etc/shipit',
    '  the memberships and SELinux rules that shipit made and that no other app uses',
    '',
    'Accounts and groups that shipit made and that no other app uses stay for good: locked, without password, shell and members. Nobody',
    'else may get their numbers, since something on the host may still have them. The account with the number 995 becomes shipit-995.',
    '',
    'It does nothing while a run is in progress, or while an account to remove has processes that keep running. Processes that are too short-lived',
    'to be seen are ended once nobody can become the account. If it is interrupted, run it again: it continues.',
    '',
    '  --purge        also removes the history and the published folders that shipit created',
    '  --ask          asks first',
    '  --wait SECONDS waits that long for a running deploy, instead of giving up at once',
  ])
}

function describeInstaller({ name, sha256 }: Installer, version: string): string[] {
  return [
    `It needs the installer of shipit ${version}, which is the same for every app and host. It looks for it in the file ${name}`,
    `beside this script, and then in ${INSTALLER}, where an earlier install left it. A script that was`,
    'written with --one-file has it at its end. An installer with any other sha256 than this is refused, and nothing is changed:',
    `  ${sha256}`,
    `To check that sum, build shipit ${version} from a clone of your own (${HOMEPAGE}), and run: shipit install --checksums`,
  ]
}

const HOMEPAGE = 'https://github.com/deploybot/shipit'

function describeFile(file: HostFile): string {
  if (file.is === 'link') return `${file.path} (a link to ${file.to})`
  if (file.is === 'printed') return `${file.path} (the list above)`
  if (file.is === 'installer') return `${file.path} (for the scripts of other apps)`
  return file.is === 'made-there' ? `${file.path} (${file.note})` : file.path
}

function item(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(8)}  ${line}`)
}

function comment(lines: readonly string[]): string[] {
  return ['#!/bin/sh', ...lines.map((line) => `# ${line}`.trimEnd())]
}
