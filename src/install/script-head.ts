// The comment at the head of each script: all that it will do, for root to read before running it. Pure.

import { buildAccount } from '../recipe/compile.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { BUILDS, buildPlace, STATES } from './bundle.ts'
import type { Install } from './install-plan.ts'

/** Describes an install. */
export function describeInstall(install: Install): string[] {
  const { recipe, version, settings, groups, builders, reader, programs, files, sudoers, published } = install
  const { app } = recipe
  const people = settings.people.map(({ name }) => name)
  const paths = [...programs, ...files, sudoers].map(({ path }) => path)
  const accounts = [recipe.account, ...builders, ...(reader ? [reader.account] : [])]
  return comment([
    `Installs the app '${app}' of shipit ${version} on this host. Read it, then run it as root: sh install.sh`,
    '',
    'It makes, where they are missing:',
    ...item('accounts', [
      `${accounts.join(', ')} (no password, no shell)`,
      ...describeBuilders(recipe, builders),
    ]),
    ...item(
      'shared',
      settings.sharedAccount
        ? [
            `any other app of this host that runs as ${recipe.account} and says sharedAccount, too: each of them can rewrite`,
            "the other's trees, history and logs, and use its root lines",
          ]
        : [],
    ),
    ...item('groups', [
      `${groups.join(', ')} (add the people who may deploy: usermod -aG ${groups[0]} NAME)`,
    ]),
    ...item(
      'people',
      people.length > 0
        ? [`${people.join(', ')}: accounts for deploys alone where there are none; a key and a group for all`]
        : [],
    ),
    ...item('files', [
      ...paths,
      `/etc/shipit/apps/${app}/lock`,
      `/etc/shipit/manifest, /etc/shipit/apps/${app}/manifest (what belongs where, for --check)`,
      '/usr/local/bin/shipit-gate (a link to the gate)',
      ...(settings.git.deployKey ? [`/etc/shipit/apps/${app}/git/key, key.pub (made here, once)`] : []),
      ...people.map((name) => `/etc/ssh/authorized_keys.d/${name}`),
      '/etc/ssh/sshd_config.d/50-shipit.conf, /etc/shipit/access (where there is an sshd, and it reads that folder)',
    ]),
    ...item('folders', [`${STATES}/${app}`, ...builders.map(buildPlace), ...published]),
    ...item(
      'labels',
      published.length > 0 ? ['SELinux rules for the published folders, where SELinux is on'] : [],
    ),
    ...item('sshd', [
      `no login as ${accounts.join(', ')}, by no key and from nowhere`,
      ...(people.length > 0 ? ['one more file of keys for the people'] : []),
      ...(settings.sshd.forceCommand ? [`the gate in place of a shell for all in ${groups.join(', ')}`] : []),
    ]),
    'It has sshd read its settings again, changes nothing else, and nothing at all when it is run again.',
    '',
    "Before it changes anything it checks everything, sudoers among the rest of the host's, and takes the lock of each app. If something",
    'fails it takes back what it did. If it is killed, --check says what is half done, and the next run sees to it.',
    '',
    '  --check        changes nothing; names what differs, and exits 1 if anything does',
    `  --uninstall    takes away all of the above; what is published stays and becomes root's; history goes to`,
    `                 /var/lib/shipit/uninstalled/${app}, for root alone. What other apps use stays`,
    '  --purge        the same, and removes history, and published folders that it made',
    '  --ask          shows what would change, and asks',
    '  --wait SECONDS waits so long for a deploy to end, instead of giving up at once',
  ])
}

/** Describes an uninstall. */
export function describeUninstall(app: string, version: string, { purge }: { purge: boolean }): string[] {
  return comment([
    `Takes the app '${app}' of shipit from this host. Read it, then run it as root. (Written by shipit ${version}.)`,
    '',
    'It removes, in this order:',
    `  /etc/sudoers.d/shipit-${app}, and the keys of the app's people in /etc/ssh/authorized_keys.d`,
    ...(purge
      ? ['  its history, and the published folders that shipit made, with all that is in them']
      : [
          "  nothing of what is published: it stays, and becomes root's",
          `  nothing of its history: that goes to /var/lib/shipit/uninstalled/${app}, for root alone`,
        ]),
    `  ${BUILDS}/${app}, /etc/shipit/apps/${app}`,
    '  with the last app of the host: /usr/local/libexec/shipit, /usr/local/bin/shipit-gate, /etc/shipit',
    '  the accounts, groups, memberships and SELinux rules that shipit made and that no other app uses',
    '',
    'It does nothing while a run goes on or one of the accounts to go has processes: it ends none. Cut off, it goes on when it is run again.',
    '',
    '  --purge        removes history, and published folders that shipit made, too',
    '  --ask          asks first',
    '  --wait SECONDS waits so long for a deploy to end, instead of giving up at once',
  ])
}

/** Which refs are built by which account. */
function describeBuilders({ app, allow }: Recipe, builders: readonly string[]): string[] {
  if (builders.length === 0) return []
  if (builders.length === 1)
    return [`All branches and tags share the build account ${builders[0]} (no rule of allow says buildAs)`]
  const rules = allow.flatMap(({ branches, tags, buildAs }) => {
    if (buildAs === undefined) return []
    const refs = [...branches.map((branch) => `branch ${branch}`), ...tags.map((tag) => `tag ${tag}`)].join(
      ', ',
    )
    return [`${buildAccount(app, buildAs)} builds ${refs || 'nothing'}`]
  })
  return [...rules, `${builders[0]} builds every other branch and tag`]
}

function item(name: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(8)}  ${line}`)
}

function comment(lines: readonly string[]): string[] {
  return ['#!/bin/sh', ...lines.map((line) => `# ${line}`.trimEnd())]
}
