// The words of a command, as a step may have them: of any program, and of one that root runs.
import { isDeepStrictEqual } from 'node:util'
import * as v from 'valibot'
import { SEEN_LINE } from '../../safe-text/plain-text.ts'
import { asWords, withPath } from './own-examples.ts'
import { PROGRAM_PATH } from './paths.ts'
import { text, together, unless } from './schema-parts.ts'

/** What sudoers(5) takes literally, some of it behind a backslash: no blank, backslash, wildcard, `#`, `^`, `!` or quote. */
const ROOT_WORD = /^[A-Za-z0-9._/@%+:=,-]+$/
/** No first word of a command: an option, an assignment, or nothing. */
const NO_PROGRAM = /^-|=|^$/
const WILDCARD = /[*?[\]]/
const NO_ROOT_WORD =
  'has a character with a special meaning in sudoers: use only letters, digits and . _ / @ % + : = , -'

/** A line break would end the comments and here-documents that it stands in, and root reads what is rendered. Empty is a word, too. */
export const oneLine = text(SEEN_LINE, 'must be one line of text, without invisible characters')

export const argv = unless(
  together(
    v.pipe(v.array(oneLine, asWords("['npm', 'ci']")), v.minLength(1, 'must name a program')),
    (words) =>
      NO_PROGRAM.test(programOf(words) ?? 'npm')
        ? "must begin with a program, without = and not with an option: ['npm', 'ci']"
        : undefined,
  ),
  (words) => isDeepStrictEqual(words, ['make', undefined]),
  "make() needs a target, for example make('html')",
)

/** As a line of sudoers has them. */
export const rootArgv = together(
  v.pipe(
    v.array(
      v.pipe(
        v.string(NO_ROOT_WORD),
        v.check(
          (word) => !WILDCARD.test(word),
          'has a wildcard, and the line in sudoers would then let the account run any word there as root: write one step for each word',
        ),
        v.regex(ROOT_WORD, NO_ROOT_WORD),
      ),
      asWords("['/usr/sbin/apachectl', 'restart']"),
    ),
    v.minLength(1, 'must name a program'),
  ),
  (words) => {
    const program = programOf(words)
    return program === undefined || !ROOT_WORD.test(program) || PROGRAM_PATH.test(program)
      ? undefined
      : withPath({ input: words as readonly unknown[] })
  },
)

/** The first word, as far as there is a list of words. */
function programOf(words: unknown): string | undefined {
  const [program] = Array.isArray(words) ? words : []
  return typeof program === 'string' ? program : undefined
}
