// What is wrong with a config, and where.
import type * as v from 'valibot'
import type { Step } from '../../recipe/step.ts'

/** One thing that is wrong: where, as a key path, and what. */
export type Problem = { path: string; message: string }

/** A step that is complete, and its key path. */
export type PlacedStep = { step: Step; path: string }

/** Any step in its place: of one that is wrong by itself only the kind is known, or not even that. */
export type StepInOrder = PlacedStep | { step?: never; kind: Step['kind'] | undefined }

/** Makes one problem of each issue, with its key path below `path` ('' for the config itself). */
export function problemsOf(issues: readonly v.BaseIssue<unknown>[] | undefined, path: string): Problem[] {
  return (issues ?? []).map((issue) => {
    const keys = (issue.path ?? []).map(({ key }) =>
      typeof key === 'number' ? `[${key}]` : `.${String(key)}`,
    )
    return { path: `${path}${keys.join('')}`.replace(/^\./, ''), message: issue.message }
  })
}
