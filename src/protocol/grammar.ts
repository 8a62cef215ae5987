// The words of a request, as docs/protocol.md has them and remote/lib/judge.sh judges them: one pattern each.

export const PROTOCOL = 2
export const MAX_REQUEST_BYTES = 1024
export const MAX_WORDS = 32

/** Lower-case letters, digits and inner hyphens; 24 at most, so that `build-APP` is an account name. */
export const APP = /^(?=.{1,24}$)[a-z](?:[a-z0-9-]*[a-z0-9])?$/

/** The client's clock in UTC and 64 random bits: `20261122T120000Z-0123456789abcdef`. */
export const RUN_ID = /^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{16}$/

/** A commit id in full: SHA-1 or SHA-256. */
export const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** SHA-256 of a recipe's data. */
export const DIGEST = /^[0-9a-f]{64}$/

/** 128 random bits: what finds the beginning of an answer in the noise of a login. */
export const TOKEN = /^[0-9a-f]{32}$/

/** What a client says of itself. */
export const CLAIMED = /^(?!-)[A-Za-z0-9._/+@,#=:-]{1,200}$/

/** A value of a flag that declares choices. */
export const CHOICE = /^(?!-)[A-Za-z0-9._-]{1,100}$/

/** An account as sudo names it; `CORP\alice` of a directory is `CORP+alice` here. */
export const ACCOUNT = /^(?!-)[A-Za-z0-9._@+$-]{1,64}$/

/** A count, without sign or leading zero. */
export const COUNT = /^(?:0|[1-9][0-9]{0,14})$/

/** All characters that a request may have, in words with one space between them. */
export const REQUEST_TEXT = /^[A-Za-z0-9._/+@,#=:-]+(?: [A-Za-z0-9._/+@,#=:-]+)*$/

export const MAX_REF_LENGTH = 200
const REF_TEXT = /^[A-Za-z0-9_][A-Za-z0-9._/+@,#=-]{0,199}$/
const REF_TRICK = /\.\.|\/\/|\/\.|[/.]$|\.lock(?:$|\/)|^HEAD$|^refs\//

/** Says whether a name is one that git takes for a branch or tag (git-check-ref-format(1)) and no shell, path or pattern misreads. */
export function isRefName(name: string): boolean {
  return REF_TEXT.test(name) && !REF_TRICK.test(name) && !COMMIT.test(name)
}

/** Of all paths of an app, with the commas between them. */
export const MAX_PATHS_LENGTH = 400
/** A folder (`apps/web/`) or a file of the repository, from its top: no `.` and `..`, nothing empty, and no hyphen first: git and a shell read it as the folder or file that it names. */
export const PATH = /^(?!-)(?!(?:.*\/)?\.{1,2}(?:\/|$))[A-Za-z0-9._+@=-]+(?:\/[A-Za-z0-9._+@=-]+)*\/?$/

/** Says whether a word is a list of such paths, with commas between them. */
export function isPathList(word: string): boolean {
  return word.length <= MAX_PATHS_LENGTH && word.split(',').every((path) => PATH.test(path))
}
