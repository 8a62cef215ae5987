// Arguments and flags that mean the same in every command.
import { Args, Flags } from '@oclif/core'

export const environmentArg = Args.string({
  description: 'environment from the config (default: the one marked default)',
  // oclif would take a missing argument from stdin: a hook's lines, the rest of a script
  ignoreStdin: true,
})

export const appFlag = Flags.string({
  summary: 'app of the config, where it has several (default: the one whose folder you are in)',
  helpValue: 'NAME',
})

export const configFlag = Flags.string({
  summary: 'config file (default: the nearest deploy.config.ts)',
  helpValue: 'FILE',
})

export const hostFlag = Flags.string({
  summary: 'only this host (repeatable)',
  helpValue: 'NAME',
  multiple: true,
  multipleNonGreedy: true,
})

export const jsonFlag = Flags.boolean({ summary: 'print events as JSON, one per line' })

export const runFlag = Flags.string({
  summary: 'the run: its id or its first digits, as status and history show them, or last',
  helpValue: 'ID',
})

export const jsonAnswer = Flags.boolean({ summary: 'print JSON, one object per line' })

export const verboseFlag = Flags.boolean({
  summary: 'in a pipe or a file: say what speaks SSH to each host, and name each file that rsync copies',
})
