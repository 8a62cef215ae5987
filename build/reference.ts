// Writes what commands and flags there are into docs/reference/commands.md: `node build/reference.ts`. What the page says between the
// generated parts stays.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from '@oclif/core'
import * as shared from '../src/cli/flags.ts'

const BEGIN = '<!-- written by build/reference.ts -->'
const END = '<!-- until here -->'
/** A command's part begins after its heading, the list of all at the top of the page. */
const GENERATED = new RegExp(`${BEGIN}\n.*?${END}\n`, 's')
const COLUMNS = 100

type Commands = ReadonlyMap<string, typeof Command>

/** Loads the commands from src/, in the order of their names. */
export async function loadCommands(root: string): Promise<Commands> {
  const files = globSync('src/commands/*.ts', { cwd: root })
  const loaded = files.sort().map(async (file) => {
    const { default: command } = await import(pathToFileURL(join(root, file)).href)
    return [basename(file, '.ts'), command] as const
  })
  return new Map(await Promise.all(loaded))
}

/**
 * Renders the page anew.
 * @param page as it is: a heading for each command, `## deploy`; one that is missing is added at the end
 */
export function renderReference(page: string, commands: Commands): string {
  const list = [...commands].map(([name, { summary }]) => [`[\`shipit ${name}\`](#${name})`, summary ?? ''])
  const missing = [...commands.keys()].filter((name) => !page.includes(`\n## ${name}\n`))
  const whole = [page.trimEnd(), ...missing.map((name) => `## ${name}`)].join('\n\n')
  const [head = '', ...sections] = `${whole}\n`.split(/^(?=## )/m)
  const rendered = sections.map((section) => {
    const name = /^## (.*)$/m.exec(section)?.[1] ?? ''
    const command = commands.get(name)
    return command ? insert(section, renderCommand(name, command)) : section
  })
  return [insert(head, table(['command', 'does'], list)), ...rendered].join('').replace(/\n+$/, '\n')
}

/** Puts a text in the place of the generated one, or after the heading. */
function insert(section: string, text: string): string {
  const part = `${BEGIN}\n\n${text}\n\n${END}\n`
  if (GENERATED.test(section)) return section.replace(GENERATED, () => part)
  const [heading = '', ...rest] = section.split('\n')
  return [heading, '', part, rest.join('\n').trimStart()].join('\n').replace(/\n*$/, '\n\n')
}

function renderCommand(name: string, command: typeof Command): string {
  const flags = Object.entries(command.flags)
  const own = flags.filter(([, flag]) => !SHARED.has(flag.summary ?? ''))
  const rows = own.map(([key, flag]) => [spelled(key, flag), flag.summary ?? ''])
  const parts = [['```', ...renderUsage(name, command), '```'].join('\n')]
  if (rows.length > 0) parts.push(table(['flag', 'means'], rows))
  return parts.join('\n\n')
}

type Flag = (typeof Command)['flags'][string]

/** Flags that have the same meaning everywhere, which the page says once. */
const SHARED = new Set(
  [shared.hostFlag, shared.configFlag, shared.jsonFlag, shared.jsonAnswer].map(
    ({ summary }) => summary ?? '',
  ),
)

function spelled(name: string, { char, ...flag }: Flag): string {
  const value = flag.type === 'option' ? ` ${flag.helpValue ?? flag.options?.join('|') ?? 'VALUE'}` : ''
  return `\`${char ? `-${char}, ` : ''}--${name}${value}\``
}

/** The command's own usage, or one of its flags, broken before the flag that would pass the last column. */
function renderUsage(name: string, command: typeof Command): string[] {
  if (command.usage !== undefined) return [command.usage].flat().map((words) => `shipit ${words}`)
  const args = Object.entries(command.args).map(([arg, { required, multiple }]) => {
    const word = `${arg.toUpperCase()}${multiple ? '...' : ''}`
    return required ? word : `[${word}]`
  })
  const lines = [`shipit ${name}`]
  for (const word of [...args, ...usageWords(command.flags)]) {
    const line = `${lines.at(-1)} ${word}`
    if (line.length > COLUMNS) lines.push(`  ${word}`)
    else lines[lines.length - 1] = line
  }
  return lines
}

/** `[--branch NAME | --tag NAME]` for flags that exclude each other, `[--yes]` for the others. */
function usageWords(flags: (typeof Command)['flags']): string[] {
  const done = new Set<string>()
  return Object.entries(flags).flatMap(([name, flag]) => {
    if (done.has(name)) return []
    const others = (flag.exclusive ?? []).filter((other) => flags[other]?.exclusive?.includes(name))
    const group = [name, ...others]
    for (const each of group) done.add(each)
    const words = group.map((each) => usageWord(each, flags[each] as Flag)).join(' | ')
    return flag.required ? words : `[${words}]`
  })
}

function usageWord(name: string, flag: Flag): string {
  const word = spelled(name, flag).replace(/^`(?:-\w, )?|`$/g, '')
  return flag.type === 'option' && flag.multiple ? `${word}...` : word
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, at) => Math.max(...[head, ...escaped].map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[], fill = ' ') =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0, fill)).join(' | ')} |`
  const rule = line(
    head.map(() => ''),
    '-',
  )
  return [line(head), rule, ...escaped.map((row) => line(row))].join('\n')
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..')
  const file = join(root, 'docs/reference/commands.md')
  writeFileSync(file, renderReference(readFileSync(file, 'utf8'), await loadCommands(root)))
}
