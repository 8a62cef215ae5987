// Makes targets of an environment: real hosts over SSH, or the sandbox, which is started for as long as the command needs it.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CheckedConfig, CheckedEnvironment } from '../config/checked-config.ts'
import { ConnectionError, ShipitError } from '../errors.ts'
import { REMOTE_NAMES, type RemoteFiles } from '../install/remote-parts.ts'
import type { Target } from '../operations/explain/callee.ts'
import { whyNotStarted } from '../programs/why-not-started.ts'
import type { PlannedStep } from '../protocol/event.ts'
import type { Recipe } from '../recipe/recipe.ts'
import { keepYoungSmall } from '../ssh/connection/young-garbage.ts'
import { createDial, type Dial } from '../ssh/dial.ts'
import { createIdentities } from '../ssh/keys/identities.ts'
import { openConnection } from '../ssh/open-connection.ts'
import { askSettings } from '../ssh/settings/ask-settings.ts'
import { resolveSettings } from '../ssh/settings/resolve-settings.ts'
import { waitForPerson } from '../ui/output/prompt.ts'
import { nameEnvironment } from '../words/command.ts'
import { loginQuestions } from './ask-person.ts'
import { chooseHosts } from './choose-hosts.ts'
import { makeOwnFolder } from './completion/own-folder.ts'
import { sayUnread } from './say-unread.ts'
import { givenKey, withCredentials } from './secrets/credentials.ts'

/** Of so many hosts, the answers fill memory. */
const MANY = 16

/** The targets of one command. */
export type Reach = {
  targets: readonly Target[]
  /** the folder that stands for the sandbox's root */
  sandbox?: string
  close: () => void
}

/** shipit itself: where its package lies, and its version. */
export type Package = { root: string; version: string }

type Wanted = {
  config: CheckedConfig
  environment: CheckedEnvironment
  hosts?: readonly string[] | undefined
  /** what the run will do, for what the sandbox needs; nothing for a question */
  steps?: readonly PlannedStep[]
}

/** Resolves how to reach the hosts; opens nothing but the sandbox. */
export async function reachHosts(wanted: Wanted, shipit: Package): Promise<Reach> {
  const { config, environment, hosts } = wanted
  if (environment.kind === 'sandbox') {
    chooseHosts([{ name: 'sandbox' }], hosts, environment.name)
    return reachSandbox(wanted, shipit)
  }
  const dial = openDial()
  const chosen = chooseHosts(environment.hosts, hosts, environment.name)
  if (chosen.length >= MANY) keepYoungSmall()
  const all = await askSettings(chosen, withCredentials(environment.ssh))
  sayUnread(all)
  const targets = all.map((settings) => ({
    host: settings.name,
    environment: nameEnvironment(environment.name, hosts),
    user: settings.user,
    policy: config.recipe.allow,
    version: shipit.version,
    open: () => dial(settings),
    openAs: (user: string) => dial({ ...settings, user }),
  }))
  return { targets, close: () => {} }
}

/** Opens nothing yet: connections of one command, for which a person is asked where there is one. */
export function openDial(): Dial {
  return createDial(
    createIdentities({
      ...loginQuestions(),
      given: givenKey(),
      waitForAgent: (key, work) =>
        waitForPerson(`waiting for your ssh agent: touch or confirm the key '${key}'`, work),
      waitForTouch: (host, work) => waitForPerson(`touch your key: ${host}`, work),
    }),
  )
}

async function reachSandbox({ config, environment, steps }: Wanted, shipit: Package): Promise<Reach> {
  const { prepareSandbox } = await import('../sandbox/prepare-sandbox.ts')
  const { isOfDemo } = await import('../sandbox/origin.ts')
  const { startSandbox } = await import('../sandbox/sandbox-server.ts')
  const { recipe } = config
  const host = prepareSandbox(dirname(config.file), {
    recipe,
    steps: stepsToDo(recipe, steps),
    remote: readRemote(shipit.root),
    version: shipit.version,
    origin: environment.kind === 'sandbox' ? environment.origin : undefined,
    places: makeOwnFolder('sandbox'),
  })
  const running = await startSandbox(host)
  const settings = resolveSettings({
    host: { name: 'sandbox', address: '127.0.0.1', port: running.port, user: host.user },
    ssh: { identityFile: running.identityFile, hostKeys: [running.hostKey] },
  })
  const { agentSocket: _, ...withoutAgent } = settings
  const identities = createIdentities()
  return {
    targets: [
      {
        host: 'sandbox',
        environment: environment.name,
        ...(isOfDemo(host.origin) ? { ways: ['demo'] as const } : {}),
        origin: host.origin,
        user: host.user,
        open: async () => {
          const connection = await openConnection(withoutAgent, identities, running.connect).catch(
            (error) => {
              throw running.wasUnseen() ? withoutDescriptor(error) : error
            },
          )
          const exec = (command: string, stdin?: 'open') =>
            connection.exec(command, stdin).catch((error) => {
              throw withoutGate(running.whyNoGate()) ?? error
            })
          return { ...connection, exec }
        },
      },
    ],
    sandbox: host.prefix,
    close: running.close,
  }
}

/** The sandbox's host is this process, which has no room for its own end of the connection. */
function withoutDescriptor(cause: Error): ConnectionError {
  const [why, ...suggestions] = whyNotStarted({ ...cause, code: 'EMFILE' })
  return new ConnectionError(`cannot reach 'sandbox': ${why}`, { cause, suggestions })
}

/** The sandbox's host is this machine, which has no room for the gate. */
function withoutGate(cause: Error | undefined): ConnectionError | undefined {
  if (!(cause instanceof ShipitError)) return undefined
  const { message, suggestions } = cause
  return new ConnectionError(`cannot reach 'sandbox': ${message}`, { cause, suggestions })
}

function stepsToDo(recipe: Recipe, planned: readonly PlannedStep[] = []): Recipe['steps'] {
  return recipe.steps.filter((_, index) => planned[index] && !planned[index].skipped)
}

/** Reads the files of remote/ from the package. */
export function readRemote(root: string): RemoteFiles {
  return Object.fromEntries(
    REMOTE_NAMES.map((name) => [name, readFileSync(join(root, 'remote', `${name}.sh`), 'utf8')]),
  )
}
