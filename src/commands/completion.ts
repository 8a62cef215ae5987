import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Args, Command } from '@oclif/core'
import { SHELLS } from '../cli/completion/render-candidates.ts'
import { printWhole } from '../ui/output/print-lines.ts'

export default class Completion extends Command {
  static override summary = 'Print the completion script for a shell.'

  static override description =
    'It completes commands, flags, environments, hosts, branches, tags, the flags of your recipe, and the ids of runs that history, status or a deploy has shown. ' +
    'A Tab contacts no host, and nothing that is typed is run. The shell has to find shipit on its PATH.'

  static override examples = [
    {
      description: 'bash: for each new shell',
      command:
        'mkdir -p ~/.local/share/bash-completion/completions && shipit completion bash > ~/.local/share/bash-completion/completions/shipit',
    },
    { description: 'zsh: in ~/.zshrc, after compinit', command: 'source <(shipit completion zsh)' },
    {
      description: 'fish: for each new shell',
      command: 'shipit completion fish > ~/.config/fish/completions/shipit.fish',
    },
  ]

  static override args = {
    shell: Args.string({
      description: 'the shell',
      required: true,
      options: [...SHELLS],
      // oclif would take a missing argument from stdin
      ignoreStdin: true,
    }),
  }

  static override flags = {}

  async run(): Promise<void> {
    const { args } = await this.parse(Completion)
    printWhole(readFileSync(join(this.config.root, 'completion', `shipit.${args.shell}`), 'utf8'))
  }
}
