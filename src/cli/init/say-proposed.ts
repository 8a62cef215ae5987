// Says what `shipit init` wrote, what it left out, and what comes next.
import { basename, dirname, relative } from 'node:path'
import { defined } from '../../defined.ts'
import { parseJson } from '../../init/found/kinds-of-project.ts'
import { usableRemotes } from '../../init/found/repository-url.ts'
import { OPEN } from '../../init/propose-config.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'
import { hintLines, print } from '../../ui/output/print-lines.ts'
import { chooseStyle } from '../../ui/output/style.ts'
import type { Initialized } from './init-project.ts'

/** A line of a script is longer than a person wants to see again. */
const MOST_LETTERS = 60

/** Prints what was done. */
export function sayProposed(done: Initialized): void {
  const { proposal, found, file, lines, warnings } = done
  const { paint, done: sign } = chooseStyle(process.stdout, process.env)
  const from = found.file === undefined ? '' : ` (${found.file})`
  print([
    `${paint('green', sign)} wrote ${basename(file)}, ${lines} lines: ${proposal.app}, ${found.what}${from}`,
    ...formatUnread(done, paint),
    ...notes(done).map((note) => `${paint('yellow', '!')} ${note}`),
    ...warnings.map((warning) => `warning: ${warning}`),
    '',
    ...hintLines(
      [
        'Try it here, without a server: shipit deploy sandbox',
        'Install it on the host, as an account there that may use sudo: shipit install production --as admin',
        'Deploy: shipit deploy production',
      ],
      process.stdout,
    ),
  ])
}

/** Renders the same for programs. */
export function formatProposedJson(done: Initialized): string {
  const { proposal, found, file, unread, warnings } = done
  return renderJsonLine({
    event: 'init',
    ...{ file, app: proposal.app, what: found.what, ...defined({ from: found.file }) },
    ...{
      unread: unread.map(({ file, line, text, why }) => ({ file, line, text, why })),
      notes: notes(done),
      warnings,
    },
  })
}

function formatUnread({ unread }: Initialized, paint: ReturnType<typeof chooseStyle>['paint']): string[] {
  if (unread.length === 0) return []
  const width = Math.max(...unread.map(({ line }) => String(line).length))
  const files = [...new Set(unread.map(({ file }) => file))].filter((file) => file !== '')
  return [
    `${unread.length} ${unread.length === 1 ? 'line' : 'lines'} of ${files.join(', ')} ${unread.length === 1 ? 'is' : 'are'} not in the recipe:`,
    ...unread.flatMap(({ line, text, why }) => [
      `  ${String(line).padStart(width)}  ${paint('bold', text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS)}…` : text)}`,
      `  ${' '.repeat(width)}  ${why}`,
    ]),
  ]
}

function notes({ proposal, project, others, file, above }: Initialized): string[] {
  const { open, knownHosts, repository } = proposal
  const remotes = usableRemotes(project.git?.remotes ?? [])
  const chosen = remotes.find((each) => each.repository.url === repository)
  const isSsh = !repository.startsWith('/') && !repository.startsWith('https:')
  return [
    ...(project.git ? [] : ['this folder is not in a checkout of git, and shipit deploys commits: git init']),
    ...(isBroken(project, 'package.json') ? ['package.json is not valid JSON, and was ignored'] : []),
    ...(open.includes('repository')
      ? ['fill in the repository: no remote says where hosts could fetch it from']
      : []),
    ...(open.includes('hosts') ? [`fill in your server, in place of ${OPEN.host}`] : []),
    ...(isSsh && knownHosts.length === 0 && !open.includes('repository')
      ? ["fill in the git server's key: the comment says how"]
      : []),
    ...(remotes.length > 1 && chosen
      ? [
          `hosts fetch from the remote '${chosen.name}'; the others are ${remotes
            .filter((each) => each !== chosen)
            .map(({ name }) => name)
            .join(', ')}`,
        ]
      : []),
    ...(chosen?.repository.hadSecret
      ? [`the remote '${chosen.name}' has a password or token in it, which is not in the config`]
      : []),
    ...(above === undefined
      ? []
      : [
          `there is a config above this folder, too: '${relative(dirname(file), above)}'. Commands that are run here use the new one`,
        ]),
    ...(others.length > 0 ? [`it is for one app; the others are in ${others.join(', ')}`] : []),
  ]
}

function isBroken({ texts }: Initialized['project'], file: string): boolean {
  return texts.has(file) && parseJson(texts.get(file)) === undefined
}
