// Writes a proposal as the text of a deploy.config.ts: at most 25 lines, with comments.
import { isPlainName, quoteText } from '../recipe/config-words.ts'
import type { Proposal, ProposedStep } from './found/proposal.ts'

const PAGE = 'https://github.com/deploybot/shipit/blob/main/docs/config.md'

/** Renders the config. */
export function renderConfig(proposal: Proposal): string {
  const { app, repository, steps, flags, open, branch, hosts, user } = proposal
  const calls = [...new Set(['defineConfig', 'sandbox', ...steps.map(({ call }) => call)])].sort()
  const ssh = user === undefined ? '' : `, ssh: { user: ${quoteText(user)} }`
  const production = `production: { hosts: ${write(hosts)}, branch: ${quoteText(branch)}, default: true${ssh} },`
  return [
    "// What 'shipit deploy' does. Root installs the steps on each host, and again after a change of them.",
    `// Every key: ${PAGE}`,
    `import { ${calls.join(', ')} } from '@deploybot/shipit'`,
    '',
    'export default defineConfig({',
    `  app: ${quoteText(app)}, // its name on the host`,
    `  repository: ${quoteText(repository)}, // ${open.includes('repository') ? 'CHANGE THIS: ' : ''}each host fetches from there`,
    ...renderGit(proposal),
    '  environments: {',
    '    sandbox: sandbox(), // a rehearsal on this machine, without server or root',
    `    ${production}${open.includes('hosts') ? ' // CHANGE THIS: your server' : ''}`,
    '  },',
    ...(Object.keys(flags).length > 0 ? [`  flags: ${write(flags)},`] : []),
    '  steps: [',
    ...steps.map((step) => `    ${renderStep(step)},${comment(step)}`),
    '  ],',
    '})',
    '',
  ].join('\n')
}

/** How each host logs in to the git server, where that takes ssh. */
function renderGit({ repository, knownHosts, open }: Proposal): string[] {
  const isSsh = !repository.startsWith('/') && !repository.startsWith('https:')
  if (!isSsh) return []
  const server = /@([^:/]+)/.exec(repository)?.[1] ?? 'SERVER'
  const note =
    knownHosts.length > 0
      ? "its key, from this machine's known_hosts"
      : `${open.includes('repository') ? 'then ' : ''}paste the key: ssh-keyscan -t ed25519 ${server}`
  return [`  git: { deployKey: true, knownHosts: ${write(knownHosts)} }, // ${note}`]
}

function renderStep({ call, argument, options = {} }: ProposedStep): string {
  const words = [
    ...(call === 'service' && Array.isArray(argument) ? argument.map(write) : []),
    ...(call === 'service' || argument === undefined ? [] : [write(argument)]),
    ...(Object.keys(options).length > 0 ? [write(options)] : []),
  ]
  return `${call}(${words.join(', ')})`
}

function comment({ call, note, options = {} }: ProposedStep): string {
  const notes = [
    note,
    call === 'rsync' && options.delete === false ? 'true: delete what the commit lacks' : undefined,
  ]
  const told = notes.filter((each) => each !== undefined)
  return told.length > 0 ? ` // ${told.join('; ')}` : ''
}

/** As Biome and Prettier would write it, in one line. */
function write(value: unknown): string {
  if (typeof value === 'string') return quoteText(value)
  if (Array.isArray(value)) return `[${value.map(write).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Object.entries(value).map(
    ([key, each]) => `${isPlainName(key) ? key : quoteText(key)}: ${write(each)}`,
  )
  return `{ ${parts.join(', ')} }`
}
