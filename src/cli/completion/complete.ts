// What may stand where the cursor is: pure. It knows the commands, as oclif's manifest has them, and what is known of the config.
import type { KnownApp, KnownFlag, KnownRun } from './known-names.ts'

/** One thing that a person may mean. */
export type Candidate = { value: string; about?: string }

/** What oclif's manifest says of a command. */
export type KnownCommand = {
  id: string
  summary?: string
  args: Readonly<Record<string, { name: string; options?: readonly string[] }>>
  flags: Readonly<Record<string, ManifestFlag>>
}
export type ManifestFlag = {
  name: string
  char?: string
  summary?: string
  type: 'boolean' | 'option'
  multiple?: boolean
  options?: readonly string[]
}

/** Where the rest comes from. Each is asked only where it is needed. */
export type Sources = {
  commands: readonly KnownCommand[]
  /** what the line means by --config and --app */
  config: (named: string | undefined, app: string | undefined) => Promise<KnownConfig | undefined>
  refs: (kind: 'branch' | 'tag', config: KnownConfig | undefined) => Promise<readonly string[]>
  runs: (config: KnownConfig, environment: string) => readonly KnownRun[]
}

/** A config: all its apps by name, and those that the line may be about. */
export type KnownConfig = {
  /** absolute */
  file: string
  apps: readonly string[]
  here: readonly KnownApp[]
}

/** `files`: whatever file there is, which shells know better. */
export type Completion = 'files' | readonly Candidate[]

const HELP: readonly Candidate[] = [
  { value: '--help', about: 'show help' },
  { value: '--version', about: 'show the version' },
]
/** Commands that take the recipe's own flags. */
const WITH_RECIPE_FLAGS = new Set(['deploy', 'plan'])
const FILE_FLAGS = new Set(['config', 'out', 'script'])

/** A value that follows `=` is completed alone: `typed` is what of the word belongs to it. */
export type Answer = { completion: Completion; typed: string; flag?: string }

/**
 * Completes the last of the words.
 * @param words without the program's name; the last one is what is being typed
 */
export async function complete(words: readonly string[], sources: Sources): Promise<Answer> {
  const typed = words.at(-1) ?? ''
  const line = new Line(words.slice(0, -1), sources)
  if (line.isOver) return { completion: [], typed }
  if (!line.command) {
    const commands = sources.commands.map(({ id, summary }) => candidate(id, summary))
    return { completion: typed.startsWith('-') ? HELP : commands, typed }
  }
  const [, name, value] = /^--([^=]+)=(.*)$/s.exec(typed) ?? []
  if (name !== undefined && value !== undefined)
    return { completion: await line.valuesOf(name, value), typed: value, flag: name }
  const open = await line.openFlag()
  if (open !== undefined) return { completion: await line.valuesOf(open, typed), typed }
  return { completion: typed.startsWith('-') ? await line.flags() : await line.argument(typed), typed }
}

/** What stands before the cursor. */
class Line {
  readonly command: KnownCommand | undefined
  readonly #words: readonly string[]
  readonly #sources: Sources
  #config: Promise<KnownConfig | undefined> | undefined

  constructor(words: readonly string[], sources: Sources) {
    const [first, ...rest] = words.filter((word) => word !== '')
    const id = first === 'help' ? rest[0] : first
    this.command = sources.commands.find((each) => each.id === id)
    this.#words = rest
    this.#sources = sources
    // a word that is no command
    this.isOver = (first !== undefined && first !== 'help' && !this.command) || rest.includes('--')
  }

  readonly isOver: boolean

  /** The flag that waits for its value. */
  async openFlag(): Promise<string | undefined> {
    const flag = await this.#flagOf(this.#words.at(-1) ?? '')
    return flag?.type === 'option' ? flag.name : undefined
  }

  async flags(): Promise<readonly Candidate[]> {
    const all = await this.#allFlags()
    const given = new Set(this.#words.map((word) => /^--([^=]+)/.exec(word)?.[1]))
    const free = all.filter(({ name, multiple }) => multiple || !given.has(name))
    return [...free.map(({ name, summary }) => candidate(`--${name}`, summary)), ...HELP.slice(0, 1)]
  }

  async argument(typed: string): Promise<Completion> {
    const values = await this.#positionals()
    const arg = Object.values(this.command?.args ?? {})[values.length]
    if (!arg) return []
    if (arg.options) return arg.options.map((value) => ({ value }))
    if (arg.name === 'environment') {
      const environments = await this.#environments()
      return this.command?.id === 'report' ? [...environments, ...(await this.#runs(typed))] : environments
    }
    if (arg.name === 'host') return this.#hosts(undefined)
    return []
  }

  /** @param typed of the value */
  async valuesOf(flagName: string, typed: string): Promise<Completion> {
    const flag = (await this.#allFlags()).find(({ name }) => name === flagName)
    if (flag?.type !== 'option') return []
    if (flag.options) return flag.options.map((value) => ({ value }))
    if (FILE_FLAGS.has(flagName)) return 'files'
    if (flagName === 'host') return this.#hosts(await this.#environment())
    if (flagName === 'from') return this.#environments()
    if (flagName === 'app' && this.command?.id !== 'init') return plain((await this.#known())?.apps ?? [])
    if (flagName === 'step') return plain((await this.#apps()).flatMap(({ steps }) => steps))
    if (flagName === 'branch' || flagName === 'tag')
      return plain(await this.#sources.refs(flagName, await this.#known()))
    return flagName === 'run' || (flagName === 'to' && this.command?.id === 'rollback')
      ? this.#runs(typed)
      : []
  }

  async #runs(typed: string): Promise<readonly Candidate[]> {
    const config = await this.#known()
    const environment = await this.#environment()
    const runs = config && environment !== undefined ? this.#sources.runs(config, environment) : []
    return [
      ...(runs.length > 0 ? [candidate('last', 'the newest run')] : []),
      ...runs.map(({ run, ref, user }) => {
        const [, day, hour, minute] = /^(\d{8})T(\d\d)(\d\d)/.exec(run) ?? []
        const about = `${ref}${user && `, by ${user}`}, ${day} ${hour}:${minute} UTC`
        // as people see it, unless they have begun to type the whole
        const short = run.slice(run.indexOf('-') + 1).slice(0, 7)
        return candidate(typed !== '' && run.startsWith(typed) ? run : short, about)
      }),
    ]
  }

  async #environments(): Promise<readonly Candidate[]> {
    const apps = await this.#apps()
    const all = apps.flatMap((app) =>
      app.environments.map((each) => ({ ...each, isDefault: app.default === each.name })),
    )
    return [...Map.groupBy(all, ({ name }) => name)].map(([name, same]) => {
      const hosts = [...new Set(same.flatMap((each) => each.hosts))]
      const what =
        hosts.length === 0 ? 'the sandbox' : hosts.length === 1 ? hosts[0] : `${hosts.length} hosts`
      return candidate(name, `${what}${same.some(({ isDefault }) => isDefault) ? ', the default' : ''}`)
    })
  }

  async #environment(): Promise<string | undefined> {
    const apps = await this.#apps()
    const known = apps.flatMap(({ environments }) => environments.map(({ name }) => name))
    const said = (await this.#positionals()).find((word) => known.includes(word))
    return said ?? apps.find((app) => app.default !== undefined)?.default
  }

  /** Of one environment, or of all. */
  async #hosts(environment: string | undefined): Promise<readonly Candidate[]> {
    const all = (await this.#apps()).flatMap(({ environments }) => environments)
    const some = all.filter(({ name }) => environment === undefined || name === environment)
    return plain(some.flatMap(({ hosts }) => hosts))
  }

  /** Words that are neither flags nor their values. */
  async #positionals(): Promise<string[]> {
    const found: string[] = []
    for (let index = 0; index < this.#words.length; index += 1) {
      const word = this.#words[index] ?? ''
      if (!word.startsWith('-')) found.push(word)
      else if ((await this.#flagOf(word))?.type === 'option') index += 1
    }
    return found
  }

  async #flagOf(word: string): Promise<ManifestFlag | undefined> {
    if (!word.startsWith('-') || word.includes('=')) return undefined
    const name = word.replace(/^--?/, '')
    return (await this.#allFlags()).find((flag) => (word.startsWith('--') ? flag.name : flag.char) === name)
  }

  async #allFlags(): Promise<readonly ManifestFlag[]> {
    const own = Object.values(this.command?.flags ?? {})
    if (!WITH_RECIPE_FLAGS.has(this.command?.id ?? '')) return own
    const declared = (await this.#apps()).flatMap(({ flags }) => Object.entries(flags))
    return [...own, ...declared.map(([name, flag]) => recipeFlag(name, flag))]
  }

  async #apps(): Promise<readonly KnownApp[]> {
    return (await this.#known())?.here ?? []
  }

  #known(): Promise<KnownConfig | undefined> {
    this.#config ??= this.#sources.config(this.#optionOf('config'), this.#optionOf('app'))
    return this.#config
  }

  #optionOf(name: string): string | undefined {
    const at = this.#words.indexOf(`--${name}`)
    const joined = this.#words.find((word) => word.startsWith(`--${name}=`))
    return at >= 0 ? this.#words[at + 1] : joined?.slice(`--${name}=`.length)
  }
}

function recipeFlag(name: string, { char, summary, choices }: KnownFlag): ManifestFlag {
  return {
    name,
    summary,
    type: choices ? 'option' : 'boolean',
    ...(char === undefined ? {} : { char }),
    ...(choices ? { options: choices } : {}),
  }
}

function plain(values: readonly string[]): readonly Candidate[] {
  return [...new Set(values)].map((value) => ({ value }))
}

function candidate(value: string, about: string | undefined): Candidate {
  return about === undefined ? { value } : { value, about }
}
