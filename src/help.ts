// oclif's help, to which `shipit deploy --help` adds the flags that the recipe declares.
import { type Command, Help } from '@oclif/core'
import { print } from './ui/output/print-lines.ts'

/** A config is a program, which may wait for ever; help does not. */
const CONFIG_LIMIT_MS = 3000

export default class ShipitHelp extends Help {
  #argv: readonly string[] = []

  override async showHelp(argv: string[]): Promise<void> {
    this.#argv = argv.slice(1)
    await super.showHelp(argv)
  }

  override async showCommandHelp(command: Command.Loadable): Promise<void> {
    if (command.id !== 'deploy') return super.showCommandHelp(command)
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
