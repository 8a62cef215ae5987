// Commands that a person is told to give.
import type { AskedFlag, Ref } from '../protocol/request.ts'
import { shortCommit } from './ref.ts'

/** The app that all commands name, where the config has several: one process is about one app. */
let namedApp: string | undefined

/** From now on every command that a person is told to give is for this app. @param app none where the config has only one */
export function nameAppInCommands(app: string | undefined): void {
  namedApp = app
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
  return ['shipit', verb, ...(where === undefined ? [] : [where]), ...app, ...rest].join(' ')
}

/** Names an environment as commands do, with the hosts that were asked for alone. */
export function nameEnvironment(name: string, hosts: readonly string[] = []): string {
  return [name, ...hosts.map((host) => `--host ${host}`)].join(' ')
}

/** The words of the same deploy once more, as far as it is known. */
export function deployWords({
  ref,
  commit,
  flags = [],
  back = false,
}: {
  ref?: Ref | undefined
  commit?: string | undefined
  flags?: readonly AskedFlag[] | undefined
  back?: boolean | undefined
}): string {
  const given = flags.map(({ name, value }) => ` --${name}${value === undefined ? '' : ` ${value}`}`)
  return [
    `deploy${ref ? ` --${ref.kind} ${ref.name}` : ''}`,
    commit === undefined ? '' : ` --commit ${shortCommit(commit)}`,
    ...given,
    back ? ' --back' : '',
  ].join('')
}
