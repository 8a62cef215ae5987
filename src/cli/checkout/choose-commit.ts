// Which commit of a branch or tag is deployed, where it need not be the newest: the one that a person names, or that CI has checked out.
import { UsageError } from '../../errors.ts'
import { COMMIT } from '../../protocol/grammar.ts'
import type { Ref } from '../../protocol/request.ts'
import { needCheckout } from './ask-checkout.ts'

/** As git abbreviates: fewer digits are no id. */
const BEGINNING = /^[0-9a-f]{4,64}$/

/**
 * Finds the commit that a person names.
 * @param folder of the checkout, which is asked for the rest of an id
 * @param text a full id, which need not be there, or the beginning of one
 * @throws UsageError; MissingProgramError, MachineError if git can't be asked, or refuses
 */
export async function findCommit(folder: string, text: string): Promise<string> {
  const asked = text.toLowerCase()
  if (COMMIT.test(asked)) return asked
  if (!BEGINNING.test(asked)) {
    throw new UsageError(`'${text}' is not a commit id: it has 4 to 40 of the digits 0-9 and a-f`, {
      suggestions: ["Print the newest commit's: git log -1 --format=%H"],
    })
  }
  const found = await needCheckout(folder, ['rev-parse', '--verify', '--quiet', `${asked}^{commit}`])
  // a branch may have such a name
  if (found?.startsWith(asked)) return found
  throw new UsageError(`this checkout has no commit, or more than one, whose id begins with '${asked}'`, {
    suggestions: ['Give the whole id, or get the commit first: git fetch'],
  })
}

/**
 * Names the commit that a CI job has checked out, if the job is for the branch or tag that is asked for.
 * Sources: GitHub's default variables of a workflow, GitLab's predefined CI/CD variables.
 */
export function commitOfCi(ref: Ref, env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_ACTIONS, GITHUB_SHA, GITHUB_REF_TYPE, GITHUB_REF_NAME } = env
  const { GITLAB_CI, CI_COMMIT_SHA, CI_COMMIT_BRANCH, CI_COMMIT_TAG } = env
  const ofGitHub = GITHUB_ACTIONS === 'true' && GITHUB_REF_TYPE === ref.kind && GITHUB_REF_NAME === ref.name
  const gitlabName = ref.kind === 'tag' ? CI_COMMIT_TAG : CI_COMMIT_BRANCH
  const ofGitLab = GITLAB_CI === 'true' && gitlabName === ref.name
  const commit = ofGitHub ? GITHUB_SHA : ofGitLab ? CI_COMMIT_SHA : undefined
  return commit !== undefined && COMMIT.test(commit) ? commit : undefined
}
