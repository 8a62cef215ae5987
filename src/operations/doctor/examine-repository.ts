// Judges a repository on the host itself: whether the account that reads it can, and who may write it past git.

import type { ExpectedHost } from '../../results/expected-host.ts'
import type { Finding } from '../../results/finding.ts'
import type { Facts } from './facts.ts'
import { broken, ok, warning } from './finding.ts'

/** A file or folder as stat(1) shows it: `drwxr-xr-x`, and its owner and group. */
type Place = { letters: string; owner: string; group: string; path: string }

/** Judges the repository that the recipe's git step fetches from; nothing where that is on another host. */
export function examineRepository(facts: Facts, { repository }: ExpectedHost): Finding[] {
  if (!repository) return []
  const { path, reader, hasRefRules } = repository
  const groups = facts.one('reader')?.split(' ') ?? []
  if (groups.includes('missing')) {
    const todo = 'Have root run the install script again, which creates it.'
    const text = `the account ${reader}, which reads ${path}, does not exist`
    return [broken('boundary', { subject: reader, text, todo })]
  }
  const places = facts.all('repository').flatMap((line) => parsePlace(line) ?? [])
  // below /tmp and the like nobody can replace what is another's
  const writers = new Set(places.filter(({ letters }) => !/t$/i.test(letters)).flatMap(writersOf))
  const closed = places.find((place) => !isReadable(place, { reader, groups }))
  const findings = closed
    ? [
        warning('host', {
          subject: 'repository',
          text: `${reader} cannot read ${closed.path}, by its mode and group (${closed.letters} ${closed.owner}:${closed.group})`,
          todo: `If deploys fail in the git step, have root add it to a group that can read it: \`usermod -aG GROUP ${reader}\`.`,
        }),
      ]
    : []
  if (writers.size === 0)
    return [...findings, ok('boundary', 'repository', `only root may write ${path} without git`)]
  const text = `${[...writers].join(', ')} may write ${path} without git, and so can move each of its branches and tags`
  if (!hasRefRules) return [...findings, ok('boundary', 'repository', text)]
  const todo =
    'The policy cannot limit them to some branches or tags. If it should, let them push over SSH to an account that owns the repository.'
  return [...findings, warning('boundary', { subject: 'repository', text, todo })]
}

function parsePlace(line: string): Place | undefined {
  const [, letters, owner, group, path] = /^([a-zA-Z-]{10}) ([^:]+):(.+?) (\/.*)$/.exec(line) ?? []
  return letters && owner && group && path ? { letters, owner, group, path } : undefined
}

function writersOf({ letters, owner, group }: Place): string[] {
  return [
    ...(owner === 'root' ? [] : [owner]),
    // a symlink's own mode says nothing
    ...(letters[5] === 'w' && letters[0] !== 'l' && group !== 'root' ? [`the group ${group}`] : []),
    ...(letters[8] === 'w' && letters[0] !== 'l' ? ['everybody'] : []),
  ]
}

function isReadable(
  { letters, owner, group }: Place,
  { reader, groups }: { reader: string; groups: readonly string[] },
): boolean {
  if (letters[0] === 'l') return true
  let bits = letters.slice(7, 10)
  if (owner === reader) bits = letters.slice(1, 4)
  else if (groups.includes(group)) bits = letters.slice(4, 7)
  // of what lies above, going through is enough
  return letters[0] === 'd' ? /[xst]$/.test(bits) : bits.startsWith('r')
}
