// Refuses root steps that give root to whoever can deploy, unless the config says why that is safe.
import { rootDanger } from '../../recipe/root-dangers.ts'
import { kindOf } from '../../recipe/step.ts'
import type { PlacedStep, Problem } from './problem.ts'

/** Names each root step that gives root away and has no `unsafe`. */
export function checkDangers(app: string, placed: readonly PlacedStep[]): Problem[] {
  const steps = placed.map(({ step }) => step)
  return placed.flatMap(({ step, path }) => {
    const argv = step.unsafe === undefined ? kindOf(step).rootArgv?.(step) : undefined
    const danger = argv && rootDanger({ app, steps }, argv)
    if (danger === undefined) return []
    return [
      {
        path,
        message:
          `${danger}: put what it does into a program that only root can write, for instance /usr/local/sbin/${app}-restart, and name that; ` +
          `or say in the step why it is safe here: unsafe: 'the reason'`,
      },
    ]
  })
}
