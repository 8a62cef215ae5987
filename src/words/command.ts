// Commands that a person is told to give.
import type { AskedFlag, Ref } from '../protocol/request.ts'
import { shortCommit } from './ref.ts'
import { shellWord } from './shell-word.ts'

/** The app that all commands name, where the config has several: one process is about one app. */
let namedApp: string | undefined

/** From now on every command that a person is told to give is for this app. @param app none where the config has only one */
export function nameAppInCommands(app: string | undefined): void {
  namedApp = app
}

/** The config that all commands name, where the person named it. */
let namedConfig: string | undefined

/** From now on every command that a person is told to give is with this config. @param file as the person wrote it; none where shipit found it */
export function nameConfigInCommands(file: string | undefined): void {
  namedConfig = file
}

/**
 * Writes a command that a person can give, for a suggestion: `shipit deploy production --host web1 --wait 15m`.
 * @param words without the environment: `deploy --wait 15m`
 * @param environment the one that the command is to act on, since the reader's default may be another; with the hosts, if only some
 * were asked for (`nameEnvironment`)
 */
export function nameCommand(words: string, environment: string | undefined): string {
  const [verb = '', ...rest] = words.split(' ')
  // the script is the same for all hosts
  const where = words.startsWith('install --out') ? environment?.split(' ')[0] : environment
  const app = namedApp === undefined ? [] : ['--app', namedApp]
  const config = namedConfig === undefined ? [] : ['--config', shellWord(namedConfig)]
  return ['shipit', verb, ...(where === undefined ? [] : [where]), ...app, ...config, ...rest].join(' ')
}

/** Names an environment as commands do, with the hosts that were asked for alone. */
export function nameEnvironment(name: string, hosts: readonly string[] = []): string {
  return [name, ...hosts.map((host) => `--host ${host}`)].join(' ')
}

/** How a deploy is done, besides what is deployed: flags that the same deploy has once more. */
export type DeployWay = 'demo' | 'changed' | 'outdated' | 'partial' | 'allow-drift'

/** The words of the same deploy once more, as far as it is known. */
export function deployWords({
  ref,
  commit,
  flags = [],
  back = false,
  ways = [],
}: {
  ref?: Ref | undefined
  commit?: string | undefined
  flags?: readonly AskedFlag[] | undefined
  back?: boolean | undefined
  ways?: readonly DeployWay[] | undefined
}): string {
  const given = flags.map(({ name, value }) => ` --${name}${value === undefined ? '' : ` ${value}`}`)
  return [
    `deploy${ref ? ` --${ref.kind} ${ref.name}` : ''}`,
    commit === undefined ? '' : ` --commit ${shortCommit(commit)}`,
    ...given,
    back ? ' --back' : '',
    ...ways.map((way) => ` --${way}`),
  ].join('')
}
