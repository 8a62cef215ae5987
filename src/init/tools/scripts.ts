// Deploy scripts that a project holds: a file of sh, an ssh step of a workflow, the tasks of a fabfile.
import { defined } from '../../defined.ts'
import type { Project } from '../found/project.ts'
import type { Finding } from '../found/proposal.ts'
import { readScript } from '../shell/read-script.ts'

/** A file of sh that deploys, by its name. */
const DEPLOYS = /^(?:[\w.-]+\/)?[\w.-]*deploy[\w.-]*(?:\.sh|\.bash)?$/i
const SHEBANG = /^#!.*\b(?:ba|da|k|z)?sh\b/
const CONFIG_NAME = /\.(?:m?[jt]s|php|rb|ya?ml|json|py|toml|md)$/

/** The deploy script of a project, the shortest path first. @param named one that the person named */
export function findScript(project: Project, named?: string): string | undefined {
  if (named !== undefined) return named
  const found = [...project.texts.keys()].filter(
    (path) =>
      DEPLOYS.test(path) &&
      !CONFIG_NAME.test(path) &&
      (/\.(?:ba)?sh$/.test(path) || SHEBANG.test(project.texts.get(path) ?? '')),
  )
  return found.sort(
    (one, other) => one.split('/').length - other.split('/').length || one.length - other.length,
  )[0]
}

/** Reads a deploy script of sh. */
export function readBashScript(project: Project, named?: string): Finding | undefined {
  const file = findScript(project, named)
  const text = file === undefined ? undefined : project.texts.get(file)
  if (file === undefined || text === undefined) return undefined
  return { what: 'a deploy script', ...readScript(file, text) }
}

/** Reads the first workflow that runs something on a host over ssh. */
export function readWorkflow(project: Project): Finding | undefined {
  for (const [file, text] of project.texts) {
    if (!/^\.github\/workflows\/[^/]+\.ya?ml$|^\.gitlab-ci\.yml$/.test(file)) continue
    const found = readSshAction(file, text) ?? readSshLines(file, text)
    if (found) return found
  }
  return undefined
}

/** `appleboy/ssh-action` and what takes the same inputs. */
function readSshAction(file: string, text: string): Finding | undefined {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => /uses:\s*\S*ssh\S*action/i.test(line))
  const begin = lines.findIndex((line, index) => index > at && /^\s*script:/.test(line))
  if (at < 0 || begin < 0) return undefined
  const value = (key: string) =>
    lines
      .slice(at, begin + 1)
      .flatMap((line) => new RegExp(`^\\s*${key}:\\s*['"]?([\\w.-]+)['"]?\\s*$`).exec(line)?.[1] ?? [])[0]
  const script = blockAt(lines, begin)
  const read = readScript(file, script.text, script.line)
  const host = value('host')
  return {
    what: 'an ssh step of a workflow',
    ...read,
    ...defined({ user: value('username') }),
    hosts: host === undefined ? [] : [host],
  }
}

/** Lines of `run:` and `script:` that call ssh or rsync to a host. */
function readSshLines(file: string, text: string): Finding | undefined {
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    if (!/^\s*(?:-\s+)?(?:run|script):/.test(line)) continue
    const block = blockAt(lines, index)
    if (!/(?:^|[\s;&])(?:ssh|rsync|scp)\s[^\n]*(?:@|:\/)/.test(block.text)) continue
    const read = readScript(file, block.text, block.line)
    if (read.steps.length > 0) return { what: 'an ssh step of a workflow', ...read }
  }
  return undefined
}

/** The text of a key of YAML: behind it, or the deeper lines below it. */
function blockAt(lines: readonly string[], at: number): { text: string; line: number } {
  const [, indent = '', inline = ''] = /^(\s*(?:-\s+)?)[\w-]+:\s*(.*)$/.exec(lines[at] ?? '') ?? []
  if (inline !== '' && !/^[|>]/.test(inline)) return { text: inline, line: at + 1 }
  const rest = lines.slice(at + 1)
  const end = rest.findIndex(
    (line) => line.trim() !== '' && line.search(/\S/) <= indent.length - (indent.includes('-') ? 2 : 0),
  )
  // a list of commands, as GitLab has it
  const body = rest.slice(0, end < 0 ? undefined : end).map((line) => line.replace(/^\s*- /, '').trim())
  return { text: body.join('\n'), line: at + 2 }
}

/** Reads a fabfile: what its tasks run is sh in quotes. */
export function readFabfile(project: Project): Finding | undefined {
  const file = 'fabfile.py'
  const text = project.texts.get(file)
  if (text === undefined) return undefined
  const lines = text.split('\n').map((line) => {
    const [, method = '', quote = '', rest = ''] =
      /\b(run|sudo|cd|local)\(\s*[fru]?(['"])(.*)$/.exec(line) ?? []
    const end = rest.indexOf(quote)
    if (method === '' || end < 0) return ''
    const command = rest.slice(0, end)
    if (method === 'cd') return `cd ${command}`
    return method === 'sudo' ? `sudo ${command}` : command
  })
  const logins = [
    ...text.matchAll(/(?:Connection\(|hosts\s*=\s*\[\s*|SerialGroup\()\s*['"](?:([^'"@]+)@)?([^'"]+)['"]/g),
  ]
  const user = logins.map(([, name]) => name).find((name) => name !== undefined)
  return {
    what: 'a fabfile',
    ...readScript(file, lines.join('\n')),
    hosts: [...new Set(logins.map(([, , host = '']) => host))],
    ...defined({ user }),
  }
}
