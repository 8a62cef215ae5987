// Says whom the policy of the config lets do what was asked. The host judges by its own copy, which may be another one.
import { shellWord } from '../../words/shell-word.ts'
import type { Expected, PolicyRule } from './expected-run.ts'

/** What to do about a refusal by policy. */
export function policySuggestions({ host, user, policy = [], request }: Expected): string[] {
  const groups = [...new Set(policy.filter((rule) => admits(rule, request)).map(({ group }) => group))]
  const [group] = groups
  if (group === undefined || user === undefined) {
    return [
      "Ask the administrator of the host: the policy is 'allow' in the deploy.config.ts that root installed.",
    ]
  }
  return [
    `By the config, ${groups.length === 1 ? `the group ${group} may` : `these groups may: ${groups.join(', ')}`}. Have root on ${host} add you to one, then log in again: \`usermod -aG ${shellWord(group)} ${shellWord(user)}\`.`,
    'If you are in it already, the host has another policy, or you logged in before you were added.',
  ]
}

function admits({ branches, tags, verbs }: PolicyRule, { verb, ref }: Expected['request']): boolean {
  // whoever has any right may look
  if (verb === undefined || !verbs.includes(verb)) return !ref && !CHANGING.has(verb ?? '')
  return !ref || (ref.kind === 'branch' ? branches : tags).some((pattern) => matches(pattern, ref.name))
}

const CHANGING: ReadonlySet<string> = new Set(['deploy', 'rollback', 'cancel', 'freeze', 'unfreeze'])

/** `*` stands for any characters. */
function matches(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/\W/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`).test(name)
}
