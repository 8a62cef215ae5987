// The settings of a host for a person who wants to know where each comes from.
import type { Origin, ResolvedHost, ResolvedSetting } from '../../results/resolved-host.ts'
import { askConfig } from './ask-config.ts'
import { questionOf } from './ask-settings.ts'
import { askSshAlone, type SshAnswers } from './ask-ssh.ts'
import type { HostSettings, SettingsOfEnvironment, SettingsOfHost } from './host-settings.ts'
import { type LocalFacts, readLocalFacts } from './resolve-settings.ts'

/** A setting, and who chose it where that is known without asking ssh. */
type Row = {
  /** as ssh_config has it; ssh prints it in lower case */
  name: string
  value: string | readonly string[] | undefined
  origin?: Origin | undefined
  /** its default is long, and known to few */
  isOnlyWhereChosen?: true
}

/** Lists of algorithms, as ssh_config names them. */
const ALGORITHMS = {
  kex: 'KexAlgorithms',
  cipher: 'Ciphers',
  hmac: 'MACs',
  serverHostKey: 'HostKeyAlgorithms',
} as const

type Said = {
  host: SettingsOfHost
  ssh?: SettingsOfEnvironment | undefined
  /** who chose a jump host: its user and port may stand there as well */
  jumpedBy?: Origin
}

type Answered = { answers: SshAnswers; defaults: SshAnswers | undefined }

type ToExplain = { hosts: readonly SettingsOfHost[]; ssh: SettingsOfEnvironment | undefined }

/** Explains the settings of the hosts of an environment, as `askSettings` gives them. @throws ConfigError as it does */
export async function explainHosts(
  settings: readonly HostSettings[],
  { hosts, ssh }: ToExplain,
): Promise<ResolvedHost[]> {
  const local = readLocalFacts(process.env)
  const explained: ResolvedHost[] = []
  for (const [index, host] of hosts.entries()) {
    explained.push(await explainSettings(settings[index] as HostSettings, { host, ssh }, local))
  }
  return explained
}

/** Explains the settings of a host: asks ssh for them, and for what it would use without any file. */
async function explainSettings(settings: HostSettings, said: Said, local: LocalFacts): Promise<ResolvedHost> {
  const { host, ssh = {} } = said
  const question = questionOf(host, ssh)
  const [{ answers }, defaults] = await Promise.all([askConfig(question, local), askSshAlone(question)])
  const rows = rowsOf(settings, said, answers)
  const jumpedBy = ssh.proxyJump === undefined ? 'ssh_config' : 'deploy.config'
  const { via } = settings
  const hop = via && (await explainSettings(via, { host: { name: via.name }, jumpedBy }, local))
  return {
    host: settings.name,
    address: settings.address,
    port: settings.port,
    user: settings.user,
    settings: rows.flatMap((each) => resolved(each, { answers, defaults })),
    via: hop ? [...hop.via, { ...hop, via: [] }] : [],
  }
}

function rowsOf(settings: HostSettings, { host, ssh = {}, jumpedBy }: Said, answers: SshAnswers): Row[] {
  const ours = (value: unknown) => (value === undefined ? undefined : 'deploy.config')
  const jumped = (keyword: string, value: string) =>
    answers.get(keyword)?.[0] === value ? undefined : jumpedBy
  const port = String(settings.port)
  const { keepalive, family, algorithms } = settings
  return [
    { name: 'HostName', value: settings.address, origin: ours(host.address) },
    {
      name: 'Port',
      value: port,
      origin: ours(host.port ?? ssh.port) ?? jumped('port', port),
    },
    {
      name: 'User',
      value: settings.user,
      origin: ours(host.user ?? ssh.user) ?? jumped('user', settings.user),
    },
    {
      name: 'IdentityFile',
      value: settings.identityFiles,
      origin: ours(ssh.identityFile),
    },
    { name: 'CertificateFile', value: settings.certificateFiles },
    { name: 'IdentitiesOnly', value: settings.isIdentityOnly && 'yes' },
    { name: 'IdentityAgent', value: settings.agentSocket },
    {
      name: 'UserKnownHostsFile',
      value: settings.knownHostsFiles,
      origin: ours(ssh.knownHostsFile),
    },
    { name: 'hostKeys', value: settings.hostKeys, origin: 'deploy.config' },
    { name: 'RevokedHostKeys', value: settings.sshOnly?.revokedHostKeys },
    { name: 'HostKeyAlias', value: settings.hostKeyAlias },
    {
      name: 'ConnectTimeout',
      value: String(settings.connectTimeoutMs / 1000),
      origin: ours(ssh.connectTimeout),
    },
    {
      name: 'ProxyJump',
      value: answers.get('proxyjump')?.[0] ?? ssh.proxyJump,
      origin: ours(ssh.proxyJump),
    },
    { name: 'ProxyCommand', value: settings.proxyCommand },
    { name: 'AddressFamily', value: family && (family === 4 ? 'inet' : 'inet6') },
    { name: 'BindAddress', value: settings.localAddress },
    {
      name: 'ServerAliveInterval',
      value: keepalive && String(keepalive.intervalMs / 1000),
    },
    { name: 'ServerAliveCountMax', value: keepalive && String(keepalive.count) },
    ...Object.entries(ALGORITHMS).map(([kind, name]) => ({
      name,
      value: algorithms?.[kind as keyof typeof ALGORITHMS].join(','),
      isOnlyWhereChosen: true as const,
    })),
    { name: 'transport', value: settings.transport, origin: 'deploy.config' },
  ]
}

function resolved(
  { name, value, origin, isOnlyWhereChosen }: Row,
  { answers, defaults }: Answered,
): ResolvedSetting[] {
  const values = value === undefined ? [] : [value].flat()
  if (values.length === 0) return []
  const keyword = name.toLowerCase()
  const said = answers.get(keyword)?.join('\n')
  const isChosen = said !== undefined && said !== defaults?.get(keyword)?.join('\n')
  if (isOnlyWhereChosen && !isChosen) return []
  const from = origin ?? (isChosen ? 'ssh_config' : 'default')
  return values.map((each) => ({ keyword: name, value: each, origin: from }))
}
