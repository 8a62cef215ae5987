// biome-ignore-all lint/suspicious/noTemplateCurlyInString: pieces of sh
// Judges with one fault each, by hand: what each lets through, the corpus must notice.

/** One fault: `find` stands in judge.sh exactly once. */
export type Mutant = {
  name: string
  find: string
  replace: string
  /** of the corpus; or what the runner alone refuses */
  kinds: readonly string[]
}

const GIT = ['refs that git would read as something else']
const PATHS = ['path tricks']
const VALUES = ['values of another form']

// biome-ignore format: a table, one mutant a line
export const MUTANTS: readonly Mutant[] = [
  // what a line may hold
  { name: 'no limit of bytes', find: '[ "${#1}" -le "$MAX_REQUEST_BYTES" ] || refuse', replace: ':', kinds: ['too long, too many words'] },
  { name: 'no limit of words', find: '[ "$#" -le "$MAX_WORDS" ] || refuse', replace: ':', kinds: ['too long, too many words'] },
  { name: 'twice as many words', find: 'MAX_WORDS=32', replace: 'MAX_WORDS=64', kinds: ['too long, too many words'] },
  { name: 'a limit ten times as high', find: 'MAX_REQUEST_BYTES=1024', replace: 'MAX_REQUEST_BYTES=10240', kinds: ['too long, too many words'] },
  { name: 'no alphabet for the line', find: 'made_of "$ALNUM ._/+@,#=:-" "$1" || refuse', replace: ':', kinds: ['blanks and control characters'] },
  { name: 'double blanks', find: " | *'  '*) refuse", replace: ') refuse', kinds: ['blanks and control characters'] },
  { name: 'a blank at the head', find: "' '* | *' ' |", replace: "*' ' |", kinds: ['blanks and control characters'] },
  { name: 'a blank at the end', find: "' '* | *' ' |", replace: "' '* |", kinds: ['blanks and control characters'] },
  { name: 'words split by eval', find: 'set -- $1\n', replace: 'eval "set -- $1"\n', kinds: ['shell metacharacters'] },
  { name: 'a range where letters were spelled out', find: 'UPPER=ABCDEFGHIJKLMNOPQRSTUVWXYZ', replace: 'UPPER=A-z', kinds: ['shell metacharacters'] },
  { name: 'one metacharacter more', find: 'DIGITS=0123456789', replace: "DIGITS='0123456789;'", kinds: ['shell metacharacters'] },
  { name: 'a percent sign in refs and line', find: 'ALNUM=$UPPER$LOWER$DIGITS', replace: 'ALNUM=$UPPER$LOWER$DIGITS%', kinds: ['format strings and escapes'] },
  { name: 'bytes above ASCII', find: 'ALNUM=$UPPER$LOWER$DIGITS', replace: "ALNUM=$UPPER$LOWER$DIGITS$(printf '\\351\\377')", kinds: ['bytes that are no UTF-8'] },
  { name: 'an alphabet that allows what it names', find: "'' | *[!$1]*) return 1", replace: "'') return 1", kinds: [...VALUES, ...PATHS] },
  { name: 'an empty word', find: "'' | *[!$1]*) return 1", replace: '*[!$1]*) return 1', kinds: ['blanks and control characters'] },
  // refs
  { name: 'two dots in a ref', find: '*..* | *//* |', replace: '*//* |', kinds: GIT },
  { name: 'two slashes in a ref', find: '*..* | *//* |', replace: '*..* |', kinds: PATHS },
  { name: 'a dot after a slash in a ref', find: '| */.* |', replace: '|', kinds: GIT },
  { name: 'a slash at the end of a ref', find: '| */ |', replace: '|', kinds: PATHS },
  { name: 'a dot at the end of a ref', find: '| *. |', replace: '|', kinds: GIT },
  { name: '.lock at the end of a ref', find: '*.lock | *.lock/*)', replace: '*.lock/*)', kinds: GIT },
  { name: '.lock in a ref', find: '*.lock | *.lock/*)', replace: '*.lock)', kinds: GIT },
  { name: 'a ref that begins as it likes', find: '[!${ALNUM}_]*) return 1 ;;', replace: "'') return 1 ;;", kinds: ['options where a value stands'] },
  { name: 'HEAD', find: 'HEAD | refs/*)', replace: 'refs/*)', kinds: GIT },
  { name: 'full names of refs', find: 'HEAD | refs/*)', replace: 'HEAD)', kinds: GIT },
  { name: 'a commit id as a ref', find: '[ "${#1}" -ne 40 ] && [ "${#1}" -ne 64 ]', replace: ':', kinds: GIT },
  { name: 'refs of any length', find: 'made_of "$ALNUM._/+@,#=-" "$1" && [ "${#1}" -le 200 ] || return 1', replace: 'made_of "$ALNUM._/+@,#=-" "$1" || return 1', kinds: ['too long, too many words'] },
  { name: 'any option in place of --branch', find: '--branch | --tag) REQ_KIND', replace: '--*) REQ_KIND', kinds: ['unknown verbs and words'] },
  { name: 'no judgement of the ref', find: 'is_ref "$2" || refuse', replace: ':', kinds: PATHS },
  // values
  { name: 'no judgement of the commit', find: 'commit) is_commit "$2" && REQ', replace: 'commit) REQ', kinds: VALUES },
  { name: 'a commit of any length', find: 'made_of "$HEX" "$1" && { [ "${#1}" -eq 40 ] || [ "${#1}" -eq 64 ]; }', replace: 'made_of "$HEX" "$1"', kinds: VALUES },
  { name: 'capital hex digits', find: 'HEX=${DIGITS}abcdef', replace: 'HEX=${DIGITS}abcdefABCDEF', kinds: VALUES },
  { name: 'no judgement of the app', find: 'app) is_app "$2" && REQ', replace: 'app) REQ', kinds: PATHS },
  { name: 'an app that begins as it likes', find: '[!$LOWER]* | *-) return 1', replace: '*-) return 1', kinds: VALUES },
  { name: 'an app that ends as it likes', find: '[!$LOWER]* | *-) return 1', replace: '[!$LOWER]*) return 1', kinds: VALUES },
  { name: 'an app of any length', find: 'made_of "$LOWER$DIGITS-" "$1" && [ "${#1}" -le 24 ] || return 1', replace: 'made_of "$LOWER$DIGITS-" "$1" || return 1', kinds: VALUES },
  { name: 'any recipe that can be read', find: 'made_of "$LOWER$DIGITS-" "$1"', replace: 'made_of "$ALNUM._/-" "$1"', kinds: VALUES },
  { name: 'no judgement of the run', find: 'run) is_run "$2" && REQ', replace: 'run) REQ', kinds: PATHS },
  { name: "letters in a run's day", find: '[ "${#day}" -eq 8 ] && made_of "$DIGITS" "$day" ||', replace: '[ "${#day}" -eq 8 ] ||', kinds: VALUES },
  { name: 'a run without its Z', find: ' && [ "${time%Z}Z" = "$time" ]', replace: '', kinds: VALUES },
  { name: "anything for a run's random bits", find: '[ "${#random}" -eq 16 ] && made_of "$HEX" "$random" ||', replace: '[ "${#random}" -eq 16 ] ||', kinds: VALUES },
  { name: 'numbers with leading zeros', find: '\t0?*) return 1 ;;\n', replace: '', kinds: VALUES },
  { name: 'numbers of any length', find: 'made_of "$DIGITS" "$1" && [ "${#1}" -le 15 ] || return 1', replace: 'made_of "$DIGITS" "$1" || return 1', kinds: VALUES },
  { name: 'no upper limit', find: '[ "$2" -le 1000 ] && ', replace: '', kinds: VALUES },
  { name: 'no lower limit', find: '[ "$2" -ge 1 ] && ', replace: '', kinds: VALUES },
  { name: 'no judgement of the digest', find: 'digest) is_digest "$2" && REQ', replace: 'digest) REQ', kinds: VALUES },
  { name: 'a digest as short as a commit', find: 'digest) is_digest "$2"', replace: 'digest) is_commit "$2"', kinds: VALUES },
  { name: 'no judgement of what is claimed', find: 'claimed) is_claimed "$2" && REQ', replace: 'claimed) REQ', kinds: ['options where a value stands'] },
  { name: 'an option as what is claimed', find: '\t-*) return 1 ;;\n', replace: '', kinds: ['options where a value stands'] },
  { name: 'no judgement of the session', find: 'session) is_session "$2" && SES', replace: 'session) SES', kinds: ['tokens of another form'] },
  { name: 'a session of any length', find: 'made_of "$HEX" "$1" && [ "${#1}" -eq 32 ]', replace: 'made_of "$HEX" "$1"', kinds: ['tokens of another form'] },
  // order and words
  { name: 'words at the end', find: '[ "$#" -eq 0 ] || refuse', replace: ':', kinds: ['unknown verbs and words'] },
  { name: 'nothing is required', find: '[ "$part" != "$name" ] || refuse', replace: ':', kinds: ['missing words'] },
  { name: 'a value that is missing', find: '[ "$#" -ge 2 ] || refuse\n\t\t\tjudge_value "$name" "$2" || refuse\n\t\t\tshift 2', replace: '[ "$#" -lt 2 ] || judge_value "$name" "$2" || refuse\n\t\t\tshift; [ "$#" -eq 0 ] || shift', kinds: ['missing words', 'tokens of another form'] },
  { name: 'verbs that nobody knows', find: "parts='app' ;;\n\t*) refuse ;;", replace: "parts='app' ;;\n\t*) parts='' ;;", kinds: ['other programs', 'unknown verbs and words'] },
  { name: 'a verb by its beginning', find: '\thello) parts', replace: '\thello*) parts', kinds: ['unknown verbs and words'] },
  { name: 'a switch with any value', find: '*) REQ_FLAGS="$REQ_FLAGS$name " ;;', replace: '*) REQ_FLAGS="$REQ_FLAGS$name "; case "${1-}" in [!-]*) shift; FLAG_WORDS=$((FLAG_WORDS + 1)) ;; esac ;;', kinds: VALUES },
  { name: 'any choice', find: '*",$1,"*) ;;\n\t\t\t*) refuse ;;', replace: '*) ;;', kinds: VALUES },
  { name: 'more than one choice', find: 'made_of "$ALNUM._-" "${1-}" || refuse', replace: 'made_of "$ALNUM._,-" "${1-}" || refuse', kinds: VALUES },
  // the answer
  { name: 'the request in the refusal', find: "die 77 'refused: not a request", replace: 'die 77 "$REQ_LINE"\'refused: not a request', kinds: ['other programs'] },
  { name: 'another exit code', find: "die 77 'refused: not a request", replace: "die 1 'refused: not a request", kinds: ['other programs'] },
  { name: 'apps that are not there', find: "|| die 77 'refused: this app is not installed on this host'", replace: '|| return 0', kinds: ['apps that are not on this host'] },
]
