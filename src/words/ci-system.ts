// Which CI system a job runs in, by the variables that each of them sets in every job.

/** Gitea and Forgejo Actions read the log as GitHub does, and set the same variable. */
export type CiSystem = 'github' | 'gitlab'

/** Names the CI system whose commands may stand in the log. */
export function ciSystem(env: NodeJS.ProcessEnv): CiSystem | undefined {
  if (env.GITHUB_ACTIONS === 'true') return 'github'
  return env.GITLAB_CI === 'true' ? 'gitlab' : undefined
}
