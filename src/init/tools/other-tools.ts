// What the config of another deploy tool says: names, hosts and folders, which it spells in a few known ways. Its tasks are named.
import { defined } from '../../defined.ts'
import { releases } from '../found/kinds-of-project.ts'
import type { Project } from '../found/project.ts'
import type { Finding, Unread } from '../found/proposal.ts'
import { appName } from '../found/repository-url.ts'

/** How a tool spells what a config of shipit needs; each pattern has the value in its first group. */
type Tool = {
  what: string
  files: readonly string[]
  page: string
  app: RegExp
  repository: RegExp
  branch: RegExp
  keep: RegExp
  /** each host, and the user in the second group or by `user` */
  hosts: RegExp
  user: RegExp
  /** what releases share: `dirs` or `files`, and a list of quoted words */
  shared: RegExp
  /** a line that begins what only the tool can do */
  tasks: RegExp
}

const TOOLS: readonly Tool[] = [
  {
    what: 'a Capistrano deploy',
    files: ['config/deploy.rb', 'config/deploy/production.rb', 'Capfile'],
    page: 'docs/move-from/capistrano.md',
    app: /^\s*set :application,\s*['"]([^'"]+)/m,
    repository: /^\s*set :repo_url,\s*['"]([^'"]+)/m,
    branch: /^\s*set :branch,\s*['"]([^'"]+)/m,
    keep: /^\s*set :keep_releases,\s*(\d+)/m,
    hosts: /^\s*server\s*\(?\s*['"]([^'"]+)['"]/gm,
    user: /\buser:\s*['"]([^'"]+)/,
    shared: /^\s*(?:append|set) :linked_(dirs|files),\s*(.*)$/gm,
    tasks: /^\s*(?:before|after)\s.*|^\s*task\s+:?['"\w].*\bdo\b/gm,
  },
  {
    what: 'a Deployer deploy',
    files: ['deploy.php', 'deploy.yaml', 'deploy.yml'],
    page: 'docs/move-from/deployer.md',
    app: /set\('application',\s*['"]([^'"]+)/,
    repository: /set\('repository',\s*['"]([^'"]+)/,
    branch: /set\('branch',\s*['"]([^'"]+)/,
    keep: /set\('keep_releases',\s*(\d+)/,
    hosts: /\bhost\(['"]([^'"]+)/g,
    user: /(?:set\('remote_user',\s*|setRemoteUser\()['"]([^'"]+)/,
    shared: /(?:add|set)\('shared_(dirs|files)',\s*\[([^\]]*)\]/g,
    tasks: /^\s*(?:task\(|before\(|after\().*/gm,
  },
  {
    what: 'a Shipit.js deploy',
    files: ['shipitfile.js', 'shipitfile.cjs', 'shipitfile.mjs', 'shipitfile.ts'],
    page: 'docs/move-from/shipit-js.md',
    app: /\bappName:\s*['"]([^'"]+)/,
    repository: /\brepositoryUrl:\s*['"]([^'"]+)/,
    branch: /\bbranch:\s*['"]([^'"]+)/,
    keep: /\bkeepReleases:\s*(\d+)/,
    hosts: /\bservers:\s*\[?\s*(?:\{\s*host:\s*)?['"](?:[^'"@]+@)?([^'"]+)/g,
    user: /\bservers:\s*\[?\s*['"]([^'"@]+)@|\buser:\s*['"]([^'"]+)/,
    shared: /\b(dirs|files):\s*\[([^\]]*)\]/g,
    tasks: /^\s*shipit\.(?:task|blTask|on)\(.*/gm,
  },
]

/** Reads the config of Capistrano, Deployer or Shipit.js. */
export function readOtherTool(project: Project, app: string): Finding | undefined {
  for (const tool of TOOLS) {
    const files = tool.files.filter((file) => {
      const text = project.texts.get(file)
      return text !== undefined && !isPlaybook(file, text)
    })
    const [file] = files
    if (file === undefined) continue
    const text = files.map((each) => project.texts.get(each)).join('\n')
    const name = tool.app.exec(text)?.[1] ?? app
    const shared = [...text.matchAll(tool.shared)].flatMap(([, kind, list = '']) =>
      quotedWords(list).map((path) => (kind === 'files' ? { file: path } : path)),
    )
    const keep = tool.keep.exec(text)?.[1]
    const options = {
      ...defined({ keep: keep === undefined ? undefined : Number(keep) }),
      ...(shared.length > 0 ? { shared } : {}),
    }
    const user = tool.user.exec(text)
    return {
      what: tool.what,
      file,
      steps: [{ call: 'git' }, releases(appName(name), options)],
      unread: files.flatMap((each) => tasksOf(tool, each, project.texts.get(each) ?? '')),
      app: name,
      hosts: [
        ...new Set(
          [...text.matchAll(tool.hosts)].flatMap(([, host = '']) => (/[a-z0-9]/i.test(host) ? [host] : [])),
        ),
      ],
      ...defined({
        repository: tool.repository.exec(text)?.[1],
        branch: tool.branch.exec(text)?.[1],
        user: user?.[1] ?? user?.[2],
      }),
    }
  }
  return undefined
}

/** A playbook of Ansible is a list; a config of Deployer in YAML is a map. */
function isPlaybook(file: string, text: string): boolean {
  return /\.ya?ml$/.test(file) && /^(?:\s*(?:#.*|---.*)?\n)*\s*-(?:\s|$)/.test(text)
}

function tasksOf({ tasks, page }: Tool, file: string, text: string): Unread[] {
  return [...text.matchAll(tasks)].map((match) => ({
    file,
    line: text.slice(0, match.index + (match[0].length - match[0].trimStart().length)).split('\n').length,
    text: match[0].trim(),
    why: `write a step for what it runs: ${page}`,
  }))
}

function quotedWords(list: string): string[] {
  const quoted = [...list.matchAll(/['"]([^'"]+)['"]/g)].map(([, word = '']) => word)
  return quoted.length > 0 ? quoted : (/%w\[([^\]]*)\]/.exec(list)?.[1]?.split(/\s+/).filter(Boolean) ?? [])
}
