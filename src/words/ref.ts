// Refs, commits and flags as people read them.
import type { Ref } from '../protocol/request.ts'

/** Names a ref: `branch 'x'`. */
export function refWords(ref: Ref): string {
  return `${ref.kind} '${ref.name}'`
}

/** Shortens a commit to what people read; enough to be one of its kind in any repository. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 12)
}

/** Names the flags of a run as they are typed. */
export function flagWords(flags: readonly string[] = []): string {
  return flags.map((flag) => ` --${flag.replace('=', ' ')}`).join('')
}
