// The documents: each relative link and anchor leads somewhere, no page is lost, and what they list is what there is.
import assert from 'node:assert/strict'
import { existsSync, globSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { describe, test } from 'node:test'
import { loadCommands } from '../build/reference.ts'
import { readConfigs } from '../src/config/load/read-config.ts'
import * as errors from '../src/errors.ts'
import { renderSudoers } from '../src/install/render-sudoers.ts'
import { CODE, commandLines, OTHER_COMMANDS, PAGES, prose, read, root } from './support/pages.ts'

/** Flags of `shipit deploy` that the recipes of the documents declare, and of programs that follow in a pipe. */
const RECIPE_FLAGS = new Set(['--docs', '--migrate', '-m'])
/** A message in bold at the beginning of an item; what begins with a capital describes several. */
const MESSAGE = /^- \*\*([a-z'].*?)\*\*/gm
/** What a message has in the place of names, and words that depend on the case. */
const VARIABLE_PART = /'?(?:NAME|USER|HOST|APP|ID|…)'?|(?<=status )N|branch |git asks .*|npx runs .*/
const LINK = /\[[^\]\n]*\]\(([^)\s]+)\)/g
/** Where the names of files begin, in pages and comments. */
const PLACES = ['', 'src', 'remote', 'remote/install']
const FILE = /(?<![\w./@$-])(?:[a-z\d_-]+\/)+[a-z\d_.-]+\.(?:ts|mjs|sh)\b/g
const COMMENT = /^\s*(?:\/\/|\/?\*|#).*$/gm
const HEADING = /^#+ (.*)$/gm
/** What GitHub drops when it makes an anchor of a heading. */
const DROPPED = /[^\p{L}\p{N}_\- ]/gu

function anchors(page: string): Set<string> {
  const headings = [...prose(page).matchAll(HEADING)]
  return new Set(
    headings.map(([, words = '']) => words.toLowerCase().replace(DROPPED, '').replaceAll(' ', '-')),
  )
}

function links(page: string): string[] {
  const text = prose(page)
  const code = new Set([...text.matchAll(CODE)].map(([words]) => words))
  return [...text.matchAll(LINK)].flatMap(([whole, target = '']) =>
    [...code].some((words) => words.includes(whole)) ? [] : [target],
  )
}

/** What is wrong with a link of a page; nothing if it leads somewhere. */
function broken(page: string, link: string): string[] {
  if (/^[a-z]+:/.test(link)) return []
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : relative(root, join(root, dirname(page), path))
  if (target.startsWith('..') || !existsSync(join(root, target))) return [`${page}: ${link}: no such file`]
  if (anchor === undefined) return []
  const isPage = statSync(join(root, target)).isFile() && target.endsWith('.md')
  return isPage && anchors(target).has(anchor) ? [] : [`${page}: ${link}: no such heading`]
}

/** What is wrong with a command line. */
function wrongIn(line: string, commands: Awaited<ReturnType<typeof loadCommands>>): string[] {
  const [, name = '', ...words] = line.split(/[ |>]+/)
  // a flag of shipit itself, before any command
  if (name.startsWith('-')) return []
  const command = commands.get(name)
  if (!command) return [`${line}: no such command`]
  const flags = words.filter((word) => word.startsWith('-')).map((word) => word.replace(/=.*/, ''))
  const has = (flag: string) =>
    Object.entries(command.flags).some(([key, { char }]) => [`--${key}`, `-${char}`].includes(flag))
  return flags
    .filter((flag) => !has(flag) && !RECIPE_FLAGS.has(flag) && flag !== '--help')
    .map((flag) => `${line}: no ${flag}`)
}

/** The groups of the changelog, in this order. */
const READERS = ['Deploying', 'In CI', 'Administering', 'Security']
/** What a line of it may have, links included. */
const LONGEST_CHANGE = 200
/** How a line tells of what was wrong before. */
const REPAIR =
  /\b(?:no longer|until now|used to|(?<!-)now|before this|has been fixed|as it did)\b|: (?:it|they) (?:was|were|\w+ed|said|took|had|did)\b/i

function isRepair(change: string): boolean {
  return REPAIR.test(change)
}

function versionsOf(changelog: string): { version: string; lines: string[]; changes: string[] }[] {
  return changelog
    .split(/^## /m)
    .slice(1)
    .map((text) => {
      const [version = '', ...lines] = text.split('\n')
      return { version, lines, changes: lines.filter((line) => line.startsWith('- ')) }
    })
}

describe('the documents', () => {
  test('each relative link leads to a file, and each anchor to a heading', () => {
    assert.deepEqual(
      PAGES.flatMap((page) => links(page).flatMap((link) => broken(page, link))),
      [],
    )
  })

  test('each file of the project that a page or a comment names is there', () => {
    const sources = globSync('{src,remote,test,build,bench}/**/*.{ts,sh,mjs}', { cwd: root })
    const texts = [
      ...PAGES.map((page) => [page, read(page)] as const),
      ...sources.map((source) => [source, (read(source).match(COMMENT) ?? []).join('\n')] as const),
    ]
    const named = texts.flatMap(([page, text]) =>
      (text.match(FILE) ?? []).map((file) => [page, file] as const),
    )
    assert.ok(named.length > 150, `${named.length} names`)
    assert.deepEqual(
      named.filter(([, file]) => !PLACES.some((top) => existsSync(join(root, top, file)))),
      [],
    )
  })

  test('a broken link, a broken anchor and a way out of the project are found', () => {
    assert.deepEqual(broken('docs/ci.md', 'nowhere.md'), ['docs/ci.md: nowhere.md: no such file'])
    assert.deepEqual(broken('docs/ci.md', '../../x'), ['docs/ci.md: ../../x: no such file'])
    assert.deepEqual(broken('README.md', '#nowhere'), ['README.md: #nowhere: no such heading'])
    assert.deepEqual(broken('README.md', 'docs#x'), ['README.md: docs#x: no such heading'])
    assert.deepEqual(broken('docs/ci.md', '../README.md#in-ci'), [])
  })

  test('each page can be reached from the README', () => {
    const reached = new Set(['README.md'])
    for (const page of reached) {
      for (const link of links(page)) {
        const path = link.split('#')[0]
        if (!path || /^[a-z]+:/.test(path)) continue
        const target = relative(root, join(root, dirname(page), path))
        if (PAGES.includes(target)) reached.add(target)
      }
    }
    assert.deepEqual(
      PAGES.filter((page) => !reached.has(page)),
      [],
    )
  })

  test('the README has at most 150 lines', () => {
    const lines = read('README.md').trimEnd().split('\n').length
    assert.ok(lines <= 150, `${lines} lines`)
  })

  test('the page of exit codes has the exit code of each error, and of no other', () => {
    const written = [...read('docs/reference/exit-codes.md').matchAll(/^\| `(SHIPIT_\w+)` +\| (\d+) +\|$/gm)]
    const { EXIT_CODES, ShipitError: _, ...kinds } = errors
    const made = Object.values(kinds).map((Kind) => new Kind('x'))
    assert.deepEqual(
      Object.fromEntries(written.map(([, code, exit]) => [code, Number(exit)])),
      Object.fromEntries(made.map(({ code, exitCode }) => [code, exitCode])),
    )
    const meant = [...read('docs/reference/exit-codes.md').matchAll(/^\| (\d+) /gm)].map(([, exit]) =>
      Number(exit),
    )
    assert.deepEqual(meant, [...new Set(Object.values(EXIT_CODES))])
  })

  test('the architecture has a place for each part of remote/, in lines of at most 120 characters', () => {
    const text = read('ARCHITECTURE.md')
    const parts = globSync('**/*.sh', { cwd: join(root, 'remote') })
    const isNamed = (part: string) =>
      [part, part.replace('install/', ''), part.replace(/^([a-z-]+)\.sh$/, '$1')].some((name) =>
        text.includes(`\`${name}\``),
      )
    assert.ok(parts.length > 50)
    assert.deepEqual(
      parts.filter((part) => !isNamed(part)),
      [],
    )
    assert.deepEqual(
      text.split('\n').filter((line) => line.length > 120),
      [],
    )
  })

  test('each command line of shipit names a command, and flags that it has', async () => {
    const commands = await loadCommands(root)
    const lines = PAGES.filter((page) => !OTHER_COMMANDS.has(page)).flatMap(commandLines)
    assert.ok(lines.length > 60, `${lines.length} lines`)
    assert.deepEqual(
      lines.flatMap((line) => wrongIn(line, commands)),
      [],
    )
    assert.deepEqual(wrongIn('shipit deploy --brunch x', commands), ['shipit deploy --brunch x: no --brunch'])
    assert.deepEqual(wrongIn('shipit lock', commands), ['shipit lock: no such command'])
  })

  test('the page of --json has each event that shipit prints', () => {
    const views = globSync(['src/ui/**/*.ts', 'src/report.ts', 'src/commands/*.ts'], { cwd: root }).map(read)
    const events = views.flatMap((text) =>
      [...text.matchAll(/\bevent: '([a-z-]+)'/g)].map(([, event = '']) => event),
    )
    assert.ok(events.length > 8)
    const written = prose('docs/reference/json.md')
    assert.deepEqual(
      events.filter((event) => !written.includes(`\`${event}\``)),
      [],
    )
  })

  test('what root gives has the lines of sudoers and the programs that an install makes', async () => {
    const text = read('docs/what-root-gives.md')
    const [{ recipe }] = await readConfigs(join(root, 'deploy.config.ts'))
    const lines = renderSudoers(recipe).text.split('\n')
    const granted = lines.filter((line) => line.includes('NOPASSWD'))
    assert.ok(granted.length > 3)
    assert.deepEqual(
      text
        .split('\n')
        .filter((line) => /^\S+ ALL=/.test(line))
        .sort(),
      granted.sort(),
    )
    const programs = globSync('*.sh', { cwd: join(root, 'remote') }).map(
      (file) => `\`${basename(file, '.sh')}\``,
    )
    assert.deepEqual(
      programs.filter((program) => !text.includes(program)),
      [],
    )
  })

  test('the messages of troubleshooting are those that shipit has', () => {
    const sources = globSync(['src/**/*.ts', 'remote/**/*.sh', 'bin/*.js'], { cwd: root })
      .map(read)
      .join('\n')
    const messages = [...read('docs/troubleshooting.md').matchAll(MESSAGE)].map(([, message = '']) => message)
    assert.ok(messages.length > 20, `${messages.length} messages`)
    const missing = (message: string) =>
      message.split(VARIABLE_PART).filter((part) => !sources.includes(part))
    assert.deepEqual(messages.flatMap(missing), [])
    assert.deepEqual(missing("the host 'NAME' is on strike"), [' is on strike'])
  })

  test('each version of the changelog has groups for readers, and no line twice', () => {
    for (const { lines, changes } of versionsOf(read('CHANGELOG.md'))) {
      const groups = lines.filter((line) => line.startsWith('### ')).map((line) => line.slice('### '.length))
      assert.ok(groups.length > 0)
      assert.deepEqual(
        groups,
        READERS.filter((reader) => groups.includes(reader)),
      )
      assert.deepEqual(
        changes.filter((line, index) => changes.indexOf(line) !== index || line.length > LONGEST_CHANGE),
        [],
      )
    }
  })

  test('before the first release the changelog says what shipit can do, and nothing of what it could not', () => {
    const versions = versionsOf(read('CHANGELOG.md'))
    if (versions.length > 1 || !versions[0]?.version.endsWith('(unreleased)')) return
    const [{ lines, changes }] = versions
    assert.deepEqual(
      lines.filter((line) => line.startsWith('### ')),
      READERS.map((reader) => `### ${reader}`),
    )
    assert.ok(changes.length > 50 && changes.length <= 100, `${changes.length} lines`)
    assert.deepEqual(changes.filter(isRepair), [])
    assert.ok(isRepair('- A cancel no longer hangs.'))
    assert.ok(isRepair('- A cancel ends at once: it waited for 30 minutes.'))
    assert.ok(!isRepair('- A cancel ends a prepare step at once.'))
  })
})
