# The runner: sudo runs it as the app's account, for people who may use the app, with the request as its only argument. It is
# the boundary: it judges the request again, checks its caller, its files and its limits, and answers on stdout. It starts a deploy
# in a session of its own, which belongs to the host, and then only follows the log of that run.
# Exit codes: the run's, or 66, 70, 75, 76, 77, 78, 130 (docs/protocol.md).

# for how long the runner uses the groups that it has read: a person who was just removed from one can still begin a run
FRESH_MS=10000

main() {
	cd / || die 70 'cannot enter /'
	needs id ls dd date sed grep tail tr cut cat awk flock setsid timeout
	# sudo passes these on: a caller could stop us while we hold the lock, and only root could continue it
	trap '' TSTP TTIN TTOU
	[ "$#" -eq 1 ] || refuse
	check_limits
	reset_caller
	judge_request "$1"
	# a deploy that asks reads one word. Whoever keeps us waiting for it is not to begin a run by this file once root has installed another
	# (ask_first)
	[ -z "$REQ_ASK" ] || exec 6<&0 7<"$LIBEXEC/runner"
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
	[ -z "$SUDO" ] || WHO=${SUDO_USER-}
	LOGIN=$WHO
	# of a directory: no record and no event has a backslash in it
	case "$WHO" in
	?*\\?*) WHO=${WHO%%\\*}+${WHO#*\\} ;;
	esac
	is_account "$WHO" || die 77 'refused: the name of the calling account has characters that are not allowed'
	read_clock
	JUDGED_MS=$NOW_MS
	[ -z "$SUDO" ] || {
		check_own_groups
		read_groups "$LOGIN" "$THEIRS"
	}
	HOME=$STATES
	export HOME
}

# is_account NAME: of a person, as records have it.
is_account() {
	made_of "$ALNUM._@+\$-" "$1" && [ "${1#[.-]}" = "$1" ] && [ "${#1}" -le 64 ]
}

# check_own_groups: also sets THEIRS, the numbers of the caller's, by the same process where this host's id takes two names (coreutils 8.31).
check_own_groups() {
	THEIRS=''
	ANSWER=$(exec id -G "$ME" "$LOGIN" 2>/dev/null)
	case "$ANSWER" in
	*?"$NEWLINE"*?) THEIRS=${ANSWER#*"$NEWLINE"} ANSWER=${ANSWER%%"$NEWLINE"*} ;;
	*) answer_of id -G "$ME" ;;
	esac
	numbers=$ANSWER
	read_own_groups
	# shellcheck disable=SC2086 # words
	has_groups "$ANSWER" $numbers || die 77 'refused: called with other groups'
}

# judge_groups: those that the caller is in by now.
judge_groups() {
	read_clock
	JUDGED_MS=$NOW_MS
	[ -z "$SUDO" ] || read_groups "$LOGIN"
}

# is_fresh: the groups were read so short a time ago that they need not be read again.
is_fresh() {
	read_clock
	[ "$NOW_MS" -ge "$JUDGED_MS" ] && [ "$((NOW_MS - JUDGED_MS))" -lt "$FRESH_MS" ]
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

main "$@"
