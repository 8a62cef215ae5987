// Whether a job of CI runs this, and which system, by the variables that each of them sets in every job.

/** Gitea and Forgejo Actions read the log as GitHub does, and set the same variable. */
export type CiSystem = 'github' | 'gitlab'

/** What `CI` says where it is no job. */
const NO_JOB: ReadonlySet<string | undefined> = new Set([undefined, '', '0', 'false'])

/** Says whether a job of CI runs this: nobody is there who could answer, and what is shown is kept in a log. */
export function isCi({ CI }: Readonly<Record<string, string | undefined>>): boolean {
  return !NO_JOB.has(CI)
}

/** Names the CI system whose commands may stand in the log. */
export function ciSystem(env: NodeJS.ProcessEnv): CiSystem | undefined {
  if (env.GITHUB_ACTIONS === 'true') return 'github'
  return env.GITLAB_CI === 'true' ? 'gitlab' : undefined
}
