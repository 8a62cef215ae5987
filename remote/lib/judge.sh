# The judge: the grammar of a request, used by the gate and, with the same text, by the runner and the run.
# docs/protocol.md is its specification. It prints nothing but one constant sentence, never the request.

# Letter sets are spelled out, since what a-z means depends on the locale and the shell.
LOWER=abcdefghijklmnopqrstuvwxyz
UPPER=ABCDEFGHIJKLMNOPQRSTUVWXYZ
DIGITS=0123456789
ALNUM=$UPPER$LOWER$DIGITS
HEX=${DIGITS}abcdef
MAX_REQUEST_BYTES=1024
MAX_WORDS=32

refuse() {
	# the words of such a request are nobody's but the caller's
	! command -v trail >/dev/null || trail "by=$(id -un)" outcome=refused reason=request
	die 77 'refused: not a request that the gate knows (see docs/protocol.md)'
}

# made_of SET WORD: the word is not empty and has no character outside the set.
made_of() {
	case "$2" in
	'' | *[!$1]*) return 1 ;;
	esac
}

is_app() {
	made_of "$LOWER$DIGITS-" "$1" && [ "${#1}" -le 24 ] || return 1
	case "$1" in
	[!$LOWER]* | *-) return 1 ;;
	esac
}

# The client's clock in UTC, then 64 random bits: 20261122T120000Z-0123456789abcdef
is_run() {
	[ "${#1}" -eq 33 ] || return 1
	day_and_time=${1%%-*}
	random=${1#*-}
	[ "${#random}" -eq 16 ] && made_of "$HEX" "$random" || return 1
	day=${day_and_time%%T*}
	time=${day_and_time#*T}
	[ "${#day}" -eq 8 ] && made_of "$DIGITS" "$day" || return 1
	[ "${#time}" -eq 7 ] && made_of "$DIGITS" "${time%Z}" && [ "${time%Z}Z" = "$time" ]
}

# What git-check-ref-format(1) accepts, less all that a shell, a pattern or a path could read as something else.
is_ref() {
	made_of "$ALNUM._/+@,#=-" "$1" && [ "${#1}" -le 200 ] || return 1
	case "$1" in
	[!${ALNUM}_]*) return 1 ;;
	*..* | *//* | */.* | */ | *. | *.lock | *.lock/*) return 1 ;;
	HEAD | refs/*) return 1 ;;
	*[!$HEX]*) return 0 ;;
	esac
	[ "${#1}" -ne 40 ] && [ "${#1}" -ne 64 ]
}

is_commit() {
	made_of "$HEX" "$1" && { [ "${#1}" -eq 40 ] || [ "${#1}" -eq 64 ]; }
}

is_digest() {
	made_of "$HEX" "$1" && [ "${#1}" -eq 64 ]
}

is_session() {
	made_of "$HEX" "$1" && [ "${#1}" -eq 32 ]
}

is_claimed() {
	made_of "$ALNUM._/+@,#=:-" "$1" && [ "${#1}" -le 200 ] || return 1
	case "$1" in
	-*) return 1 ;;
	esac
}

# Folders and files of a repository with commas between them, each from its top and without a way out of it.
is_paths() {
	made_of "$ALNUM._/+@,=-" "$1" && [ "${#1}" -le 400 ] || return 1
	case ",$1," in
	*,,* | *,-* | *,/* | *//* | *[,/].[,/]* | *[,/]..[,/]*) return 1 ;;
	esac
}

# A number without a sign or a leading zero, at most 15 digits (every shell counts that far).
is_number() {
	made_of "$DIGITS" "$1" && [ "${#1}" -le 15 ] || return 1
	case "$1" in
	0?*) return 1 ;;
	esac
}

# the app whose files have been looked at: only root could change since who can write them
OWNED_APP=''

# owned_with FILE...: the runner looks at more at once.
owned_with() {
	owned "$@"
}

# load_recipe APP: brings in what root installed for the app (constants and functions only). ACCOUNT is then the one that
# runs the app's steps. Without sudo there is one account, and it owns everything.
load_recipe() {
	[ -r "$APPS/$1/recipe" ] || {
		for folder in "${APPS%/*}" "$APPS" "$APPS/$1" "$APPS/$1/recipe"; do
			[ -e "$folder" ] || die 77 'refused: this app is not installed on this host'
			[ -x "$folder" ] || die 70 "cannot read the app's recipe on this host: this account may not enter /etc/shipit or read the file"
		done
		die 70 "cannot read the app's recipe on this host"
	}
	[ "$OWNED_APP" = "$1" ] || owned_with "$APPS" "$APPS/$1" "$APPS/$1/recipe" || die 77 'refused: an account other than root can write this recipe'
	OWNED_APP=$1
	RECIPE_ACCOUNT=''
	# shellcheck source=/dev/null
	. "$APPS/$1/recipe"
	ACCOUNT=$RECIPE_ACCOUNT
	[ -n "$SUDO" ] || ACCOUNT=$OWNER
	[ -n "$ACCOUNT" ] || die 77 'refused: this recipe names no account: run the install script again'
}

# judge_request LINE: sets SESSION and the REQ_ variables, and loads the app's recipe, or refuses.
judge_request() {
	REQ_LINE=$1 REQ_VERB='' REQ_RUN='' REQ_APP='' REQ_KIND='' REQ_REF='' REQ_COMMIT='' REQ_FLAGS=''
	REQ_DIGEST='' REQ_CLAIMED='' REQ_OFFSET=0 REQ_EVENTS=0 REQ_LIMIT=20 SESSION=''
	REQ_TO='' REQ_FROM='' REQ_NOW='' REQ_BACK='' REQ_WAIT='' REQ_ASK='' REQ_REASON='' REQ_LOOK='' REQ_FILES='' REQ_PATHS='' REQ_CHECK=''
	[ "${#1}" -le "$MAX_REQUEST_BYTES" ] || refuse
	made_of "$ALNUM ._/+@,#=:-" "$1" || refuse
	case "$1" in
	' '* | *' ' | *'  '*) refuse ;;
	esac
	# Nothing but words and single spaces is left: splitting can't glob, quote or expand.
	# shellcheck disable=SC2086
	set -- $1
	[ "$#" -le "$MAX_WORDS" ] || refuse
	REQ_VERB=$1
	shift
	# Each verb has its words in one order; a name with ? may be left out with its value, one with ! has none.
	case "$REQ_VERB" in
	hello) parts='' ;;
	plan) parts='app ref commit? flags look! files! paths? digest?' ;;
	deploy) parts='run app ref commit? flags back! wait! ask! digest? claimed?' ;;
	rollback) parts='run app to? from? digest? claimed?' ;;
	attach | log) parts='run app offset? events?' ;;
	cancel) parts='run app now!' ;;
	history) parts='app limit?' ;;
	freeze) parts='app reason' ;;
	status) parts='app check!' ;;
	unfreeze | recipe | doctor) parts='app' ;;
	*) refuse ;;
	esac
	for part in $parts session?; do
		case "$part" in
		ref)
			[ "$#" -ge 2 ] || refuse
			case "$1" in
			--branch | --tag) REQ_KIND=${1#--} ;;
			*) refuse ;;
			esac
			is_ref "$2" || refuse
			REQ_REF=$2
			shift 2
			;;
		flags)
			judge_flags "$@"
			shift "$FLAG_WORDS"
			;;
		*!)
			[ "${1-}" = "--${part%!}" ] || continue
			case "$part" in
			now!) REQ_NOW=now ;;
			back!) REQ_BACK=yes ;;
			check!) REQ_CHECK=yes ;;
			wait!) REQ_WAIT=yes ;;
			ask!) REQ_ASK=yes ;;
			look!) REQ_LOOK=yes ;;
			files!) REQ_FILES=yes ;;
			esac
			shift
			;;
		*)
			name=${part%\?}
			if [ "${1-}" != "--$name" ]; then
				[ "$part" != "$name" ] || refuse
				continue
			fi
			[ "$#" -ge 2 ] || refuse
			judge_value "$name" "$2" || refuse
			shift 2
			;;
		esac
	done
	[ "$#" -eq 0 ] || refuse
}

judge_value() {
	case "$1" in
	run) is_run "$2" && REQ_RUN=$2 ;;
	to) is_run "$2" && REQ_TO=$2 ;;
	from) is_run "$2" && REQ_FROM=$2 ;;
	reason) is_claimed "$2" && REQ_REASON=$2 ;;
	app) is_app "$2" && REQ_APP=$2 && load_recipe "$2" ;;
	commit) is_commit "$2" && REQ_COMMIT=$2 ;;
	paths) is_paths "$2" && REQ_PATHS=$2 ;;
	digest) is_digest "$2" && REQ_DIGEST=$2 ;;
	claimed) is_claimed "$2" && REQ_CLAIMED=$2 ;;
	offset) is_number "$2" && REQ_OFFSET=$2 ;;
	events) is_number "$2" && REQ_EVENTS=$2 ;;
	limit) is_number "$2" && [ "$2" -ge 1 ] && [ "$2" -le 1000 ] && REQ_LIMIT=$2 ;;
	session) is_session "$2" && SESSION=$2 ;;
	*) return 1 ;;
	esac
}

# judge_flags WORD...: takes the flags that the recipe declares, in declared order. RECIPE_FLAGS holds
# 'docs' for a switch and 'colour=red,blue' for one of declared choices.
# Sets REQ_FLAGS (' docs colour=red ') and FLAG_WORDS, the number of words taken.
judge_flags() {
	REQ_FLAGS=' '
	FLAG_WORDS=0
	for flag in $RECIPE_FLAGS; do
		name=${flag%%=*}
		[ "${1-}" = "--$name" ] || continue
		shift
		FLAG_WORDS=$((FLAG_WORDS + 1))
		case "$flag" in
		*=*)
			made_of "$ALNUM._-" "${1-}" || refuse
			case ",${flag#*=}," in
			*",$1,"*) ;;
			*) refuse ;;
			esac
			REQ_FLAGS="$REQ_FLAGS$name=$1 "
			shift
			FLAG_WORDS=$((FLAG_WORDS + 1))
			;;
		*) REQ_FLAGS="$REQ_FLAGS$name " ;;
		esac
	done
}
