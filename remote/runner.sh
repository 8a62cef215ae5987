# The runner: sudo runs it as the app's account, for people who may use the app, with the request as its only argument. It is
# the wall: it judges the request again, checks its caller, its files and its limits, and answers on stdout. A deploy it
# starts as a session of its own, which belongs to the host, and then only follows that run's log.
# Exit codes: the run's, or 66, 70, 75, 76, 77, 78, 130 (docs/protocol.md).

MIN_OPEN_FILES=256
MIN_PROCESSES=512
MIN_STACK_KILOBYTES=1024

main() {
	cd / || die 70 'cannot enter /'
	# this file: whoever keeps us waiting is not to begin a run by it once root has installed another (ask_first)
	exec 7<"$LIBEXEC/runner"
	needs id ls dd date sed grep tail tr cut cat awk flock setsid timeout
	# sudo passes these on: a caller could stop us while we hold the lock, and only root could continue it
	trap '' TSTP TTIN TTOU
	[ "$#" -eq 1 ] || refuse
	check_limits
	reset_caller
	# a caller may keep us waiting here, while root installs another policy, or takes somebody out of a group: all is judged after it
	SESSION=$(dd bs=33 count=1 2>/dev/null) || cannot_run dd "$?"
	[ -z "$SESSION" ] || is_session "$SESSION" || refuse
	judge_request "$1" ''
	# of a deploy that asks one word more is read (ask_first)
	if [ -n "$REQ_ASK" ]; then exec 6<&0; else exec 7<&-; fi
	exec </dev/null
	[ -n "$OWNED_APP" ] || owned_with
	check_caller
	# The client may go at any time; only a follower may die of it.
	trap '' HUP
	[ "$REQ_VERB" = hello ] || check_account
	case "$REQ_VERB" in
	hello) answer_hello ;;
	plan) answer_plan ;;
	deploy) deploy ;;
	rollback) rollback ;;
	attach) attach ;;
	log) answer_log ;;
	cancel) cancel ;;
	freeze) freeze ;;
	unfreeze) unfreeze ;;
	history) answer_history ;;
	status) answer_status ;;
	recipe) answer_recipe ;;
	doctor) answer_doctor ;;
	esac
}

# owned_with [FILE]...: in place of the judge's: one look at the programs that a run is made of, and at the files of the app.
owned_with() {
	set -- "$LIBEXEC" "$LIBEXEC/runner" "$LIBEXEC/run" "$LIBEXEC/watch" "$LIBEXEC/step" "$LIBEXEC/build" "$LIBEXEC/private" "$LIBEXEC/as-root" "$@"
	owned "$@" && return
	owned "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" || die 77 'refused: an account other than root can write this runner'
	return 1
}

# check_caller: we are the account of an app, with that account's groups (not sudo -g, not sudo -P); LOGIN is the one sudo vouches for, and WHO
# that name as records have it.
check_caller() {
	# root gave that folder to the app's account
	# shellcheck disable=SC3067 # dash, bash and busybox have -O
	if [ -n "$ACCOUNT" ] && [ -O "$STATES/$REQ_APP" ]; then
		ME=$ACCOUNT
	else
		answer_of id -un
		ME=$ANSWER
	fi
	[ "$ME" = "$ACCOUNT" ] || serves_an_app "$ME" || die 77 'refused: only the account of an app may run this'
	WHO=$ME
	if [ -n "$SUDO" ]; then
		read_own_groups
		own_groups=$ANSWER
		answer_of id -G "$ME"
		# shellcheck disable=SC2086 # words
		has_groups "$own_groups" $ANSWER || die 77 'refused: called with other groups'
		WHO=${SUDO_USER-}
	fi
	LOGIN=$WHO
	# of a directory: no record and no event has a backslash in it
	case "$WHO" in
	?*\\?*) WHO=${WHO%%\\*}+${WHO#*\\} ;;
	esac
	{ made_of "$ALNUM._@+\$-" "$WHO" && [ "${WHO#-}" = "$WHO" ] && [ "${#WHO}" -le 64 ]; } || die 77 'refused: the name of the calling account has characters that are not allowed'
	read_clock
	JUDGED_MS=$NOW_MS
	[ -z "$SUDO" ] || read_groups "$LOGIN"
	HOME=$STATES
	export HOME
}

# has_groups NUMBERS NUMBER...: the first are the others, in any order but for the first, which files get: sudo -g may make that any group
# of the account (sudoers(5)).
has_groups() {
	[ "${1%% *}" = "${2-}" ] || return 1
	groups=" $1 "
	shift
	for each; do
		case "$groups" in
		*" $each "*) groups="${groups%%" $each "*} ${groups#*" $each "}" ;;
		*) return 1 ;;
		esac
	done
	[ "$groups" = ' ' ]
}

# check_account: an app is served by its own account alone. Of somebody who may not even look the gate can't have called that
# one, and any other may say so.
check_account() {
	[ "$ME" != "$ACCOUNT" ] || return 0
	may read '' || turn_away policy 77 ''
	die 77 "refused: this app runs as $ACCOUNT only"
}

# check_limits: sudo hands the caller's limits on; under one a deploy could run and its record could not be written.
check_limits() {
	# processes are p in dash, and u elsewhere, where p may be something else
	# shellcheck disable=SC3045 # dash, bash and busybox have these letters
	limits=$(ulimit -f && ulimit -t && ulimit -v && ulimit -d && ulimit -n && ulimit -s && { ulimit -u 2>/dev/null || ulimit -p; })
	IFS=$NEWLINE
	# shellcheck disable=SC2086 # a line each
	set -- $limits
	IFS=' '
	[ "$#" -eq 7 ] || die 70 'the shell of this host does not tell its limits (ulimit)'
	for limit in f t v d; do
		[ "$1" = unlimited ] || die 77 "refused: called with a limit (ulimit -$limit)"
		shift
	done
	at_least "$MIN_OPEN_FILES" "$1" n
	at_least "$MIN_STACK_KILOBYTES" "$2" s
	at_least "$MIN_PROCESSES" "$3" u
}

# at_least MINIMUM LIMIT LETTER
at_least() {
	[ "$2" = unlimited ] || [ "$2" -ge "$1" ] || die 77 "refused: called with a limit (ulimit -$3)"
}

main "$@"
