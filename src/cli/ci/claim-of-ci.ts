// What a run says of the CI job that asked for it: who started the job, its workflow, and where its log is. A host keeps it apart from
// the account that sudo vouches for, since a client may say anything.
import { ciSystem } from '../../words/ci-system.ts'

/** Of a value: all else that a claim may hold separates values. */
const UNFIT = /[^A-Za-z0-9._/+@#:-]/g
/** As the wire admits it (docs/protocol.md). */
const MAX_CLAIM = 200
/** A login, a workflow: more is cut. */
const MAX_NAME = 40

/**
 * Says it in one word: `actor=octocat,workflow=deploy,run=https://…`. What does not fit is left out, the workflow first.
 * Sources: GitHub's default variables of a workflow, GitLab's predefined CI/CD variables.
 */
export function claimOfCi(env: NodeJS.ProcessEnv): string | undefined {
  const system = ciSystem(env)
  if (!system) return undefined
  const told = system === 'github' ? ofGitHub(env) : ofGitLab(env)
  const parts = [
    ['actor', told.actor?.slice(0, MAX_NAME)],
    ['run', told.run],
    ['workflow', told.workflow?.slice(0, MAX_NAME)],
  ] as const
  let claim = ''
  for (const [name, value] of parts) {
    if (!value) continue
    const longer = `${claim}${claim && ','}${name}=${value.replaceAll(UNFIT, '_')}`
    if (longer.length <= MAX_CLAIM) claim = longer
  }
  return claim || undefined
}

type Told = { actor: string | undefined; workflow: string | undefined; run: string | undefined }

function ofGitHub(env: NodeJS.ProcessEnv): Told {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT } = env
  const isKnown = GITHUB_SERVER_URL && GITHUB_REPOSITORY && GITHUB_RUN_ID
  const attempt = GITHUB_RUN_ATTEMPT ? `/attempts/${GITHUB_RUN_ATTEMPT}` : ''
  return {
    // of a job that is run again, the one who did that
    actor: env.GITHUB_TRIGGERING_ACTOR || env.GITHUB_ACTOR,
    workflow: env.GITHUB_WORKFLOW,
    run: isKnown ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}${attempt}` : '',
  }
}

function ofGitLab({ GITLAB_USER_LOGIN, CI_JOB_NAME, CI_JOB_URL }: NodeJS.ProcessEnv): Told {
  return { actor: GITLAB_USER_LOGIN, workflow: CI_JOB_NAME, run: CI_JOB_URL }
}
