// oclif's help, to which `shipit deploy --help` adds the flags that the recipe declares.
import { type Command, Help } from '@oclif/core'
import { print } from './ui/output/print-lines.ts'

/** A config is a program, which may wait for ever; help does not. */
const CONFIG_LIMIT_MS = 3000

/** The commands by task, in the order in which a person meets them. */
const GROUPS: readonly { title: string; commands: readonly string[] }[] = [
  { title: 'DEPLOY', commands: ['deploy', 'plan', 'rollback'] },
  { title: 'WATCH', commands: ['status', 'history', 'attach', 'log', 'report'] },
  { title: 'STOP', commands: ['cancel', 'freeze', 'unfreeze'] },
  { title: 'SET UP', commands: ['init', 'config', 'install', 'doctor', 'hosts', 'trust', 'uninstall'] },
  { title: 'YOUR SHELL', commands: ['completion'] },
]

const DOCS = 'https://github.com/deploybot/shipit#readme'

export default class ShipitHelp extends Help {
  #argv: readonly string[] = []

  override async showHelp(argv: string[]): Promise<void> {
    this.#argv = argv.slice(1)
    await super.showHelp(argv)
  }

  protected override formatCommands(commands: Command.Loadable[]): string {
    const named = new Set(GROUPS.flatMap((group) => group.commands))
    const others = commands.map(({ id }) => id).filter((id) => !named.has(id))
    const groups = [...GROUPS, ...(others.length > 0 ? [{ title: 'MORE', commands: others }] : [])]
    const sections = groups.map(({ title, commands: ids }) => {
      const rows = ids.flatMap((id) => {
        const command = commands.find((each) => each.id === id)
        return command ? [[id, this.summary(command)]] : []
      })
      const options = { indentation: 2, spacer: '\n', stripAnsi: this.opts.stripAnsi ?? false }
      return this.section(title, this.renderList(rows, options))
    })
    const more = ['Arguments and flags of a command: shipit deploy --help', `Documentation: ${DOCS}`]
    return [...sections, this.section('LEARN MORE', more.join('\n'))].join('\n\n')
  }

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    if (command.id !== 'deploy' && command.id !== 'plan') return super.showCommandHelp(command)
    try {
      const flags = await loadFlags(this.#argv)
      await super.showCommandHelp({ ...command, flags: { ...command.flags, ...flags } })
    } catch (error) {
      // help must come also when the config is missing or broken
      const [reason] = (error instanceof Error ? error.message : String(error)).split('\n')
      await super.showCommandHelp(command)
      print([`The recipe's own flags are not shown: ${reason}.`, ''])
    }
  }
}

async function loadFlags(argv: readonly string[]): Promise<Record<string, Command.Flag.Any>> {
  const { recipeFlags, renderFlags } = await import('./cli/recipe-flags.ts')
  return renderFlags(await recipeFlags(argv, CONFIG_LIMIT_MS))
}
