import { Command, Flags } from '@oclif/core'
import { appFlag, configFlag, environmentArg } from '../cli/flags.ts'
import { loadConfig } from '../cli/load-config.ts'
import { readRemote } from '../cli/reach-hosts.ts'
import { diffRecipes } from '../cli/root/diff-recipes.ts'
import { handOver, handOverChecksums, handOverFlags, hostsOf, targetsOf } from '../cli/root/hand-over.ts'
import { hostOfTarget, tellUnlisted } from '../cli/root/unlisted-targets.ts'
import { EXIT_CODES } from '../errors.ts'
import { renderInstallScript } from '../install/install-script.ts'
import { listChecksums } from '../install/installer.ts'
import { formatRights } from '../install/right.ts'
import { rightsOf } from '../install/rights.ts'
import { print, say } from '../ui/output/print-lines.ts'
import { nameCommand } from '../words/command.ts'

export default class Install extends Command {
  static override summary = 'Write, or run over ssh, the script that installs a recipe.'

  static override description =
    'Without --to, --as or --diff it contacts no host. On a terminal it shows the rights that root gives; to a file or a pipe it writes the script. ' +
    'The script is plain text: read it, then run it as root on each host of the environment. It holds what is specific to the app. The installer, which is the same for every app, ' +
    'is a separate file: --out writes it beside the script, and each host keeps it.'

  static override examples = [
    {
      description: 'Write the script to a file',
      command: '<%= config.bin %> install production --out install.sh',
    },
    { description: 'Print it, to read it', command: '<%= config.bin %> install production | less' },
    {
      description: 'Write the script and the installer into one file',
      command: '<%= config.bin %> install production --one-file --out install.sh',
    },
    {
      description: 'Run it on a host, over ssh with sudo; it shows what would change, and asks',
      command: '<%= config.bin %> install production --to admin@web1.example.com',
    },
    {
      description: 'The same on all hosts of the environment',
      command: '<%= config.bin %> install production --as admin',
    },
    {
      description:
        'Write the checksums of everything that is the same for every app, to check a script or a host',
      command: '<%= config.bin %> install --checksums >CHECKSUMS',
    },
    {
      description: 'Show how the recipe on each host differs from the config',
      command: '<%= config.bin %> install production --diff',
    },
  ]

  static override usage = [
    'install [ENVIRONMENT] [--out FILE] [--one-file]',
    'install [ENVIRONMENT] --to ADMIN@HOST... [--yes]',
    'install [ENVIRONMENT] --as ADMIN [--yes]',
    'install [ENVIRONMENT] --diff [--raw] [--host NAME...]',
    'install --checksums',
  ]

  static override args = { environment: environmentArg }

  static override flags = {
    ...handOverFlags,
    diff: Flags.boolean({
      summary:
        'show how each host differs from the config, in the words of the config, and which rights would come and go; exits with 1 if a host differs',
      exclusive: ['out', 'one-file', 'to', 'as'],
    }),
    raw: Flags.boolean({
      summary: 'with --diff: show the sh that the recipes are compiled to',
      dependsOn: ['diff'],
    }),
    host: Flags.string({
      summary: 'with --diff: only this host (repeatable)',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['diff'],
    }),
    checksums: Flags.boolean({
      summary:
        'print the sha256 of everything that is the same for every app, for sha256sum -c; needs no config',
      exclusive: ['out', 'one-file', 'to', 'as', 'diff'],
    }),
    app: appFlag,
    config: configFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Install)
    const { root, version } = this.config
    if (flags.checksums) {
      handOverChecksums(listChecksums(readRemote(root), version), flags)
      this.exit(EXIT_CODES.success)
    }
    if (flags.diff) this.exit(await diffRecipes({ ...args, ...flags, raw: flags.raw ?? false }, this.config))
    const config = await loadConfig(flags)
    const hosts = hostsOf(config, args.environment)
    say(config.warnings.map((warning) => `warning: ${warning}`))
    const { recipe, access } = config
    const script = renderInstallScript(recipe, readRemote(root), version, access)
    const named = args.environment
    const to = targetsOf(config, named, flags)
    const page = [
      `Rights that root gives the app '${recipe.app}' on ${to?.map(hostOfTarget).join(', ') ?? hosts}:`,
      ...formatRights(rightsOf(recipe, access)),
    ]
    if (to === undefined && flags.out === undefined && process.stdout.isTTY) {
      print([...page, '', ...howToGoOn(named)])
      this.exit(EXIT_CODES.success)
    }
    const then = [
      `To let people in, as root on the host: usermod -aG ${recipe.allow[0]?.group} NAME`,
      `Look at it: ${nameCommand('doctor', named)}`,
    ]
    const unlisted = tellUnlisted(config, named, to ?? [])
    this.exit(await handOver(script, { ...flags, to, unlisted, hosts, head: page, then }))
  }
}

function howToGoOn(environment: string | undefined): string[] {
  const install = nameCommand('install', environment)
  return [
    'That is what root gives. To continue:',
    `  ${install} --to ADMIN@HOST   show what changes there, ask, and install`,
    `  ${install} --as ADMIN        the same on all hosts of the environment`,
    `  ${install} --out install.sh  write the script, to be read and run as root`,
    `  ${install} | less            read the script`,
  ]
}
