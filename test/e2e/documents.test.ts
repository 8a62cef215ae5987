// Each command line of the documents that can run in the sandbox does what its reader expects of it. The short form has those with a
// command, or a flag of one, that none before them has, and without those that end there with a usage error, as a flag that does not
// exist does: `npm run test:whole` has them all, and test/docs.test.ts looks for each command and flag.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { commandLines, OTHER_COMMANDS, PAGES } from '../support/pages.ts'
import { isWhole } from '../support/whole.ts'
import { makeProject, SHIPIT } from './support/sandbox-project.ts'

/** Forms with brackets, words to fill in (but for TEXT, which is a text), drawings, hosts. */
const NOT_AS_IT_STANDS = /[[\]…─]|\b(?!TEXT\b)[A-Z]{2,}\b|--host|--to /
/** What needs a host, or a recipe of its own. */
const NOT_IN_THE_SANDBOX = /^shipit (?:doctor|install|uninstall|trust)\b|--migrate/
/** Commands that end with something else than 0 there, and with what. */
const ENDINGS = new Map([
  // no run is in progress
  ['shipit attach', 66],
  ['shipit cancel', 66],
  ['shipit cancel --now', 66],
  // without a terminal it wants --yes, and says so
  ['shipit rollback', 2],
  ['shipit rollback sandbox', 2],
  // the name of a command alone
  ['shipit freeze', 2],
  ['shipit completion', 2],
  // there is a config already
  ['shipit init', 78],
  // the sandbox is no host
  ['shipit hosts', 2],
  ['shipit hosts --resolved', 2],
  // the sandbox's branches are master and x
  ['shipit deploy sandbox --branch topic', 66],
  ['shipit deploy sandbox --tag v1.2.0', 66],
  // it has one environment
  ['shipit deploy sandbox --from staging', 2],
  ['shipit deploy sandbox --branch main --yes', 66],
  // and one app, with another name
  ['shipit deploy sandbox --app web', 2],
  ['shipit deploy sandbox --app web --changed', 2],
  ['shipit status --app api', 2],
  // which names no paths
  ['shipit deploy --changed --dry-run', 2],
])

const lines = new Set(
  PAGES.filter((page) => !OTHER_COMMANDS.has(page))
    .flatMap(commandLines)
    .filter((line) => !NOT_AS_IT_STANDS.test(line) && !NOT_IN_THE_SANDBOX.test(line))
    .map((line) => line.replace(/ production\b/, ' sandbox').replace(/ [|>].*/, '')),
)

let project: string
const shipit = (line: string) =>
  spawnSync(process.execPath, [SHIPIT, ...line.split(' ').slice(1)], {
    cwd: project,
    encoding: 'utf8',
    env: { ...process.env, CI: '', LC_ALL: 'C.UTF-8' },
  })
before(() => {
  project = makeProject()
  for (const branch of ['master', 'x']) assert.equal(shipit(`shipit deploy --branch ${branch}`).status, 0)
})
after(() => rmSync(project, { recursive: true, force: true }))

test('there are as many as ever', () => {
  assert.ok(lines.size >= 24, `${lines.size}: ${[...lines].join(', ')}`)
  for (const line of ENDINGS.keys()) assert.ok(lines.has(line), line)
})

const seen = new Set<string>()
/** Whether a line has a command, or a flag of its command, that none before it has. */
function isNew(line: string): boolean {
  const [command = '', ...words] = line.split(' ').slice(1)
  const parts = [command, ...words.filter((word) => word.startsWith('-')).map((flag) => command + flag)]
  const more = parts.filter((part) => !seen.has(part))
  for (const part of more) seen.add(part)
  return more.length > 0
}

for (const line of [...lines].filter((each) => isWhole || (ENDINGS.get(each) !== 2 && isNew(each))))
  test(line, () => {
    const { status, stdout, stderr } = shipit(line)
    assert.equal(status, ENDINGS.get(line) ?? 0, stdout + stderr)
    if (line.startsWith('shipit freeze --message')) assert.equal(shipit('shipit unfreeze').status, 0)
  })
