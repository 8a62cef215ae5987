// The rights of a host's sshd and of the keys that log in there. Pure.
import { createHash } from 'node:crypto'
import { buildAccounts, servedRepository } from '../recipe/compile.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { readAccount } from './bundle.ts'
import type { HostSettings } from './host-settings.ts'
import { policyGroups } from './render-settings.ts'
import type { Right } from './right.ts'

/** Lists what sshd does for the accounts of an app. */
export function sshdRights(recipe: Recipe, settings: HostSettings): Right[] {
  const heading = 'sshd'
  const closed = [
    recipe.account,
    ...buildAccounts(recipe),
    ...(servedRepository(recipe) ? [readAccount(recipe.app)] : []),
  ]
  return [
    { heading, what: closed.join(', '), means: 'sshd lets nobody log in as these' },
    {
      heading,
      what: 'everybody else',
      means:
        'logs in as before. The install first asks sshd what the new lines would change for each account, and stops if that is more than is listed here',
    },
    ...(settings.sshd.forceCommand
      ? [
          {
            heading,
            what: `members of ${policyGroups(recipe).join(', ')}`,
            means: 'get the gate in place of a shell',
          },
        ]
      : []),
    ...(settings.git.deployKey
      ? [
          {
            heading: "A key of the host's own",
            what: 'deploy key',
            means: `git reads the repository with it. It is made here, once. Give its public half, which is printed, read-only access on the git server. root and ${recipe.account} can read the private half. It opens nothing on this host`,
          },
        ]
      : []),
  ]
}

const KEYS = 'Keys that may log in (other keys are not touched)'

/** Lists the keys that may log in. */
export function keyRights({ people }: HostSettings): Right[] {
  if (people.length === 0) return []
  const each = people.flatMap(({ name, group, keys }) =>
    keys.map((key) => ({
      heading: KEYS,
      what: `${name}: ${fingerprint(key)}`,
      means: `logs in as ${name}, an account that the install makes if it is missing, and adds to the group ${group}`,
    })),
  )
  return [
    ...each,
    {
      heading: KEYS,
      what: 'each of these keys',
      means:
        "allows only what 'Who may deploy what' gives its account: no shell, no forwarding. To take a key away, take it out of the config and install again: the account also leaves the group if an install put it there. To take it away at once, delete its line in /etc/ssh/authorized_keys.d/NAME; an install from a config that has it puts it back",
    },
  ]
}

/** As ssh-keygen(1) prints it, with the type and the comment of the key. */
function fingerprint(key: string): string {
  const [type = '', blob = '', ...comment] = key.split(' ')
  const sum = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64').replace(/=+$/, '')
  return [`SHA256:${sum}`, ...comment, `(${type.replace(/^ssh-/, '')})`].join(' ')
}
