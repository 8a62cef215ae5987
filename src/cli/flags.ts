// Arguments and flags that mean the same in every command.
import { Args, Flags } from '@oclif/core'

export const environmentArg = Args.string({
  description: 'an environment of the config; its default one if not given',
  // oclif would take a missing argument from stdin: a hook's lines, the rest of a script
  ignoreStdin: true,
})

export const configFlag = Flags.string({
  summary: 'the config; the nearest deploy.config.ts if not given',
  helpValue: 'FILE',
})

export const hostFlag = Flags.string({
  summary: 'only this host; may be repeated',
  helpValue: 'NAME',
  multiple: true,
  multipleNonGreedy: true,
})

export const jsonFlag = Flags.boolean({ summary: 'print events as JSON, one on a line' })

export const runFlag = Flags.string({
  summary: 'the run: its id or its first digits, as status and history show them, or last',
  helpValue: 'ID',
})

export const jsonAnswer = Flags.boolean({ summary: 'print JSON, one object on a line' })

export const verboseFlag = Flags.boolean({
  summary: 'in a pipe or a file: name each file that rsync copies, too',
})
