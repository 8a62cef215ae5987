// Which steps run code of the repository as the app's account: whoever can push to an allowed branch has that account's rights then. Pure.
import type { Recipe, Step } from './recipe.ts'

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

/** Names the steps that may run code of the repository as the app's account. */
export function stepsWithOwnCode(recipe: Recipe): string[] {
  return recipe.steps.filter(runsOwnCode).map(({ name }) => name)
}

/** A variable can name another program, or what a program loads. */
function runsOwnCode(step: Step): boolean {
  if (step.kind === 'shell') return step.as !== 'build'
  if (step.kind !== 'command' || step.as === 'build') return false
  const [program = '', ...words] = step.argv
  const name = program.replace(SYSTEM_FOLDER, '')
  return (
    !FILE_TOOLS.has(name) ||
    Object.keys(step.env).length > 0 ||
    words.some((word) => STARTS_PROGRAM.test(word))
  )
}
