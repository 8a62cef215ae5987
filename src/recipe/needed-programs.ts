// The programs that a host must have for the runs of a recipe: what the install script demands, doctor looks for and the sandbox needs. Pure.
import { kindOf, type Step } from './step.ts'

/** What the programs of shipit themselves call, beside what every Unix has. */
const ALWAYS = ['flock', 'setsid', 'timeout', 'tar', 'od', 'awk']

/** Names each program once; `curl|wget`: one of the two will do. */
export function neededPrograms(steps: readonly Step[]): string[] {
  return [...new Set([...ALWAYS, ...steps.flatMap((step) => kindOf(step).programs(step))])]
}
