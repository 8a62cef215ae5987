// command() and make(): runs a program, without a shell.
import { basename } from 'node:path'
import { type Place, programKind } from './place.ts'
import type { StepBase, StepKind } from './step-kind.ts'

export type CommandStep = StepBase & { kind: 'command'; argv: readonly string[] } & Place

/** Programs of POSIX and coreutils that work on files and start no other program. */
const FILE_TOOLS = new Set(
  (
    '[ basename cat chmod cksum cmp comm cp cut date diff dirname du echo expr false head id install link ln ls mkdir mkfifo mktemp ' +
    'mv printf pwd readlink realpath rm rmdir sha256sum sleep stat sync tail tee test touch tr true truncate uniq unlink wc'
  ).split(' '),
)
/** Where a system has them; what lies elsewhere may be anything. */
const SYSTEM_FOLDER = /^\/(?:usr\/)?s?bin\//
/** install(1) starts the program that this names. */
const STARTS_PROGRAM = /^--s/

const program = programKind<CommandStep>(({ argv }) => argv)

export const COMMAND: StepKind<CommandStep> = {
  ...program,
  argumentKey: 'argv',
  nameWords: (argument) => (argument as string[]).map((word, index) => (index === 0 ? basename(word) : word)),
  programs: (step) => [...(step.argv[0] === 'make' ? ['make'] : []), ...program.programs(step)],
  runsOwnCode: (step) => step.as !== 'build' && !isFileTool(step),
}

/** A variable can name another program, or what a program loads. */
function isFileTool({ argv, env }: CommandStep): boolean {
  const [name = '', ...words] = argv
  return (
    FILE_TOOLS.has(name.replace(SYSTEM_FOLDER, '')) &&
    Object.keys(env).length === 0 &&
    !words.some((word) => STARTS_PROGRAM.test(word))
  )
}
