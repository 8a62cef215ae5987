// Checks who may log in and deploy against each other: the people, the groups of `allow`, and the accounts that run steps.
import { buildAccount } from '../../recipe/compile.ts'
import type { Recipe } from '../../recipe/recipe.ts'
import type { CheckedAccess } from '../checked-config.ts'
import { POWERFUL_GROUP } from '../schema/names.ts'
import type { Problem } from './problem.ts'

/** useradd(8) */
const MAX_ACCOUNT_LENGTH = 32

/** As far as they are right by themselves. */
type Accounts = { [Key in 'app' | 'account' | 'allow']: Recipe[Key] | undefined }
type People = CheckedAccess['people']

/** Names each person, group and build account that must not be what it is. */
export function checkAccess(accounts: Accounts, people: People): Problem[] {
  return [
    ...checkPeople(accounts, people),
    ...checkBuildAccounts(accounts),
    ...checkDeployAccount(accounts, people),
  ]
}

function checkPeople({ allow }: Accounts, people: People): Problem[] {
  if (allow === undefined) return []
  const groups = [...new Set(allow.map(({ group }) => group))]
  return people.flatMap(({ name, group }) => {
    const path = `people.${name}.group`
    if (group === '') {
      return [{ path, message: `is missing: say which of these groups ${name} is in: ${groups.join(', ')}` }]
    }
    if (!groups.includes(group)) {
      return [{ path, message: `is not a group of allow: the groups are ${groups.join(', ')}` }]
    }
    if (POWERFUL_GROUP.test(group)) {
      return [
        {
          path,
          message: `must not be '${group}': its members have the rights of root, and an install never gives those; use another group of allow`,
        },
      ]
    }
    return []
  })
}

function checkBuildAccounts({ app, allow = [] }: Accounts): Problem[] {
  if (app === undefined) return []
  return allow.flatMap(({ buildAs }, index) => {
    if (buildAs === undefined || buildAccount(app, buildAs).length <= MAX_ACCOUNT_LENGTH) return []
    return [
      {
        path: `allow[${index}].buildAs`,
        message: `makes an account name longer than ${MAX_ACCOUNT_LENGTH} characters: '${buildAccount(app, buildAs)}'`,
      },
    ]
  })
}

function checkDeployAccount({ account, allow = [] }: Accounts, people: People): Problem[] {
  const isPerson = people.some(({ name }) => name === account)
  const isGroup = allow.some(({ group }) => group === account)
  return [
    ...(isPerson
      ? [{ path: `people.${account}`, message: "is not a person's account: it runs the app's steps" }]
      : []),
    ...(isGroup
      ? [
          {
            path: 'allow',
            message: `must not name the group '${account}': the programs that the steps run could deploy`,
          },
        ]
      : []),
  ]
}
