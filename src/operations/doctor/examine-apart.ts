// Judges how far an app is kept apart: from other apps that run as its account, and from those who can push to its repository.

import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import type { Facts } from './facts.ts'
import { ok, warning } from './finding.ts'

/** What the host says in place of the name of an app that the asker may not look at. */
const UNNAMED = '-'

/** Judges the apps and the steps that have the account's rights. */
export function examineApart(facts: Facts, { account, ownCode }: ExpectedHost): Finding[] {
  return [
    ...examineShared(facts, account),
    ...examineView(facts),
    ...ownCode.map((step) => warnOfStep(step, account)),
  ]
}

/** Judges whether builds get a view of the host that is theirs alone. A host whose recipe has no build does not tell. */
function examineView(facts: Facts): Finding[] {
  const [state, ...why] = (facts.one('view') ?? '').split(' ')
  const subject = 'builds'
  if (state === 'yes')
    return [ok('boundary', subject, 'each has its own view of the host, with its own /tmp')]
  if (state !== 'no' && state !== 'spent') return []
  const reason = why.length > 0 ? `: ${why.join(' ')}` : ''
  const text = `this host gives a build no view of its own${reason}. What a build leaves is cleaned up, but with the help of a shell account it can change later builds of the same account`
  const todo =
    'If not everybody who can push is trusted alike, give their branches a build account of their own (`buildAs` in `allow`), or have root allow user namespaces (util-linux 2.36, user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns).'
  return [warning('boundary', { subject, text, todo })]
}

function examineShared(facts: Facts, account: string): Finding[] {
  const subject = `apps of ${account}`
  const others = facts.all('shared')
  if (others.length === 0) return [ok('boundary', subject, 'only this one')]
  const named = others.filter((name) => name !== UNNAMED).map((name) => `'${name}'`)
  const unnamed = others.length - named.length
  const rest =
    unnamed === 0 ? [] : [unnamed === 1 ? 'an app hidden from you' : `${unnamed} apps hidden from you`]
  return [
    warning('boundary', {
      subject,
      text:
        `${account} also runs ${[...named, ...rest].join(', ')}: each of these apps can rewrite the others' trees, history and logs, ` +
        'and use their root lines',
      todo: 'If you do not want that, give this app its own `account` in the config, and have root run the old script with `sh install.sh --uninstall`, then the new script.',
    }),
  ]
}

function warnOfStep(step: string, account: string): Finding {
  return warning('boundary', {
    subject: `step '${step}'`,
    text: `step '${step}' may run code of the repository as ${account}: anybody who can push to an allowed branch can do everything that ${account} may do`,
    todo: "Give the step `as: 'build'`, and have root install the recipe again.",
  })
}
