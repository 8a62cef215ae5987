// Refs, commits and flags as people read them.
import { COMMIT, MAX_REF_LENGTH } from '../protocol/grammar.ts'
import type { Ref } from '../protocol/request.ts'

/** Names a ref: `branch 'x'`. */
export function refWords(ref: Ref): string {
  return `${ref.kind} '${ref.name}'`
}

/** Shortens a commit to what people read; enough to be one of its kind in any repository. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 12)
}

/** Shortens a commit as git does, for a line that has little room. */
export function briefCommit(commit: string): string {
  return commit.slice(0, 7)
}

/** Names the flags of a run as they are typed. */
export function flagWords(flags: readonly string[] = []): string {
  return flags.map((flag) => ` --${flag.replace('=', ' ')}`).join('')
}

/** Says why a name can't be deployed, and what can: each reason has its own way out. */
export function whyNoRef({ kind, name }: Ref): { message: string; suggestion: string } {
  const not = (why: string) => `'${name}' is not a ${kind} that can be deployed: ${why}`
  if (COMMIT.test(name)) {
    return {
      message: not('it is a commit id, and only branches and tags can be deployed'),
      suggestion: `Push a tag of that commit, then deploy the tag: git tag NAME ${name} && git push origin NAME`,
    }
  }
  if (name === 'HEAD') {
    return {
      message: not('it means a different branch on each machine'),
      suggestion: "Name the branch: 'git branch --show-current' prints your current one.",
    }
  }
  const [, folder = '', short = ''] = /^refs\/(heads|tags|remotes\/[^/]+)\/(.+)$/.exec(name) ?? []
  if (short !== '') {
    const flag = folder === 'tags' ? 'tag' : 'branch'
    return {
      message: not('it is the full name of a ref'),
      suggestion: `Use the short name: --${flag} ${short}`,
    }
  }
  if (name.startsWith('refs/')) {
    return {
      message: not('only refs below refs/heads/ and refs/tags/ can be'),
      suggestion: 'Push the commit as a branch or a tag.',
    }
  }
  if (name.length > MAX_REF_LENGTH) {
    return {
      message: not(`it is longer than ${MAX_REF_LENGTH} characters`),
      suggestion: 'Push the commit under a shorter name.',
    }
  }
  const odd = [...new Set(name.match(/[^A-Za-z0-9._/+@,#=-]/gu) ?? [])]
  if (odd.length > 0) {
    return {
      message: not(`it has ${odd.map((each) => `'${each}'`).join(', ')}`),
      suggestion:
        'A name may contain letters, digits and . _ / + @ , # = -: push the commit under a name like that.',
    }
  }
  return {
    message: not('git does not allow it, or a shell or a path would misread it'),
    suggestion:
      "A name begins with a letter, a digit or '_', does not contain '..', '//' or '/.', and does not end with '.', '/' or '.lock'.",
  }
}
