// Judges what releases() has on a host besides the releases: the link to the live one, and the files that all of them share.
import type { Finding } from '../../results/finding.ts'
import { nameCommand } from '../../words/command.ts'
import { CURRENT_WORDS } from '../../words/current.ts'
import { shellWord } from '../../words/shell-word.ts'
import type { Facts } from './facts.ts'
import { broken, ok, warning } from './finding.ts'

/** Judges links that somebody changed, and shared files that are missing. */
export function examineReleases(
  facts: Facts,
  where: { account: string; environment: string | undefined },
): Finding[] {
  return [...examineCurrent(facts), ...examineSharedFiles(facts, where)]
}

function examineCurrent(facts: Facts): Finding[] {
  return facts.all('current').flatMap((line) => {
    const [state, subject = ''] = line.split(' ')
    if (state !== 'gone' && state !== 'dangling' && state !== 'changed') return []
    const text = `${subject} ${CURRENT_WORDS[state]}`
    const todo = 'Deploy or roll back: each switches it.'
    return [
      state === 'changed'
        ? warning('host', { subject, text, todo })
        : broken('host', { subject, text, todo }),
    ]
  })
}

function examineSharedFiles(
  facts: Facts,
  { account, environment }: { account: string; environment: string | undefined },
): Finding[] {
  const plans = `\`${nameCommand('plan', environment)}\` says with which commands root puts`
  return facts.all('shared-file').flatMap((line) => {
    const [, state = '', subject = ''] = /^(\S+) (\/.*)$/.exec(line) ?? []
    if (state === 'there') return [ok('host', subject, 'there; all releases share it')]
    if (state === 'odd') {
      // root itself would follow what deploys put there
      const todo = `Have it moved away by the account that it belongs to: \`sudo -u ${account} mv -T ${shellWord(subject)} ${shellWord(`${subject}.away`)}\`. Then ${plans} the file there.`
      return [
        broken('host', {
          subject,
          text: `${subject} is not a file, or leads to none, and releases share a file there`,
          todo,
        }),
      ]
    }
    if (state !== 'missing') return []
    const todo = `${plans} it there; so does the install script.`
    return [
      broken('host', {
        subject,
        text: `${subject} does not exist, and releases share it: a deploy is refused without it`,
        todo,
      }),
    ]
  })
}
