# The run: the head of a session of its own that the runner starts as the app's account. It carries out the recipe's
# steps in order, one process each, and writes events and outcome. Its output is the run's log; it holds the lock.
# run APP RUN; only the runner calls it, once the start is recorded.

# what is left of a second after TERM and before KILL, for what ignores TERM (or whose caller made it ignored)
KILL_AFTER_SECONDS=5
RETRY_SECONDS=1
# a look ahead that takes longer says nothing
LOOK_LIMIT_SECONDS=120
# of what is left of a step that was ended: from TERM to KILL, and until it is left alone (root's is); turns of 0.2 s
CLEAR_KILL_TURNS=5
CLEAR_TURNS=10
# how often a second passes in the hope of room for the outcome
OUTCOME_TRIES=60

main() {
	cd / || exit 70
	needs id ls date sed grep tail sleep mv rm mkdir
	trap '' HUP PIPE
	exec </dev/null
	is_app "$1" && is_run "$2" || refuse
	REQ_APP=$1
	REQ_RUN=$2
	load_recipe "$REQ_APP"
	enter_state "$REQ_APP"
	RUN_DIR=$RUNS/$REQ_RUN
	read -r _ REQ_KIND REQ_REF _ <"$RUN_DIR/by" || exit 70
	REQ_COMMIT=$(first_line "$RUN_DIR/asked")
	REQ_FLAGS=" $(first_line "$RUN_DIR/flags") "
	TREE=$STATE/tree/$REQ_RUN
	BACK_TO=$(first_line "$RUN_DIR/rollback")
	find_kept "$BACK_TO"
	WATCHER=''
	read_clock
	began=$NOW_MS
	process_facts "/proc/$$/stat" || PROCESS_START=0
	printf '%s %s %s\n' "$$" "$(boot_id)" "${PROCESS_START:-0}" >"$RUN_DIR/session" || no_room ''
	open_output || no_room ''
	discard_trees
	clear_staging
	settle_output
	(umask 077 && mkdir -p "$TREE" "$TREE.home") || no_room ''
	recipe_steps do_step
	if [ -e "$RUN_DIR/published" ]; then
		# all was done: there is room to say so
		rm -f "$RUN_DIR/room"
		write_live complete || no_room ''
		keep "$STATE/live"
		mark_left
	fi
	finish succeeded 0 ''
}

# discard_trees: what runs left that were killed, or could not remove.
discard_trees() {
	set +f
	set -- "$STATE/tree"/*
	set -f
	discard "$@" || :
}

# do_step NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN RETRIES [PAUSE_SECONDS ON_FAILURE]
do_step() {
	skipped=$(skip_reason "$3" "$4" "$6")
	if [ -n "$skipped" ]; then
		note_event "$RUN_DIR" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"skipped\",\"reason\":\"$skipped\""
		return
	fi
	obey_cancel ",\"number\":$1,\"step\":\"$2\""
	open_output || no_room ''
	be_watched
	[ "$4" != publish ] || [ -e "$RUN_DIR/published" ] || look_ahead "$1" "$2"
	here=",\"number\":$1,\"step\":\"$2\""
	note_step "$1" "$4" "$3" "$2" || no_room "$here"
	if [ "$4" = publish ] && [ ! -e "$RUN_DIR/published" ]; then
		printf '' >"$RUN_DIR/published" && write_live partial || no_room "$here"
		keep "$RUN_DIR/published" "$RUN_DIR/step" "$RUN_DIR" "$STATE/live" "$STATE"
	fi
	note_event "$RUN_DIR" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"started\"" || no_room "$here"
	attempt=1
	read_clock
	step_began=$NOW_MS
	until try_step "$1" "$3" "$5"; do
		[ "$attempt" -le "$7" ] && [ ! -e "$RUN_DIR/cancel" ] && [ ! -e "$RUN_DIR/log-full" ] && [ "$status,$(first_line "$RUN_DIR/reason")" != 66,ref-not-found ] || break
		note_event "$RUN_DIR" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"retrying\",\"status\":$status,\"attempt\":$attempt"
		attempt=$((attempt + 1))
		# timeout ends no more than one group of processes
		[ -z "$over" ] || clear_session
		sleep "${8:-$RETRY_SECONDS}"
		[ ! -e "$RUN_DIR/cancel" ] || break
	done
	read_clock
	note_event "$RUN_DIR" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"ended\",\"status\":$status,\"ms\":$((NOW_MS - step_began))$over" || no_room "$here,\"status\":$status"
	[ "$status" -eq 0 ] || fail_step "$1" "$2" "$7" "${9-}"
	if [ ! -e "$RUN_DIR/told" ] && [ -s "$RUN_DIR/commit" ]; then
		note_event "$RUN_DIR" commit ",\"commit\":\"$(first_line "$RUN_DIR/commit")\""
		printf '' >"$RUN_DIR/told"
	fi
}

# look_ahead NUMBER NAME: before the first step that changes what is live: ends the run if one of them is impossible (step/look.sh).
look_ahead() {
	first=$1
	coming=''
	recipe_steps note_coming
	# shellcheck disable=SC2086 # numbers
	start_step 0 look "$LOOK_LIMIT_SECONDS" $coming
	settle_output
	obey_cancel ",\"number\":$1,\"step\":\"$2\""
	impossible=$(first_line "$RUN_DIR/impossible")
	[ -z "$impossible" ] || recipe_steps end_impossible
}

note_coming() {
	[ "$1" -ge "$first" ] && [ -z "$(skip_reason "$3" "$4" "$6")" ] || return 0
	case "$4" in
	publish) coming="$coming $1" ;;
	*) coming="$coming -" ;;
	esac
}

end_impossible() {
	[ "$1" != "$impossible" ] || finish failed 1 ",\"number\":$1,\"step\":\"$2\",\"reason\":\"impossible\""
}

# be_watched: at every step, since the supervisor may have been killed.
be_watched() {
	[ -z "$WATCHER" ] || ! kill -0 "$WATCHER" 2>/dev/null || return 0
	/bin/sh "$LIBEXEC/watch" "$REQ_APP" "$REQ_RUN" "$$" >>"$RUN_DIR/log" 2>&1 9<&- &
	WATCHER=$!
}

# note_step NUMBER PHASE KIND NAME: the clock tells the same step from itself on the way back (watch.sh).
note_step() {
	read_clock
	printf '%s %s %s %s %s\n' "$1" "$NOW_MS" "$2" "$3" "$4" >"$RUN_DIR/step.new" && mv "$RUN_DIR/step.new" "$RUN_DIR/step"
}

# try_step NUMBER KIND LIMIT_SECONDS: sets status, and over if the time ran out.
try_step() {
	read_clock
	try_began=$NOW_MS
	# of another step, or of an earlier try
	[ ! -e "$RUN_DIR/reason" ] || rm -f "$RUN_DIR/reason"
	start_step "$1" "$2" "$3"
	status=$?
	settle_output
	over=''
	read_clock
	case "$status" in
	# out of time: 124 is coreutils', 143 busybox's; 137 when TERM did not help
	124 | 137 | 143) [ "$((NOW_MS - try_began))" -lt "$(($3 * 1000))" ] || over=",\"limit\":$3" ;;
	esac
	return "$status"
}

# fail_step NUMBER NAME RETRIES ON_FAILURE: the run ends with this step, and may go back by itself before.
fail_step() {
	how=",\"number\":$1,\"step\":\"$2\",\"status\":$status"
	[ ! -e "$RUN_DIR/log-full" ] || finish failed 1 "$how,\"reason\":\"log-full\""
	# a publish step that was let finish, and would not have been tried again, has failed by itself
	read -r _ _ phase _ <"$RUN_DIR/step"
	[ "$phase,$4" = publish, ] && ! is_cancelled_now && [ "$attempt" -gt "$3" ] || obey_cancel "$how"
	outcome=failed
	[ -z "$over" ] || outcome=timed-out how=$how$over
	if [ "$4" = rollback ]; then
		go_back_alone
		! is_cancelled_now || obey_cancel "$how$WAY"
		finish "$outcome" 1 "$how$WAY"
	fi
	# only the git step is told to end with 66 (step.sh)
	case "$status,$(first_line "$RUN_DIR/reason")" in
	66,ref-not-found) finish failed 66 "$how,\"reason\":\"ref-not-found\"" ;;
	esac
	finish "$outcome" 1 "$how"
}

# no_room FIELDS: the disk is full. A run that can't write down what it does does no more.
no_room() {
	# a cancel can hit what writes
	obey_cancel "$1"
	finish failed 1 "$1,\"reason\":\"storage\""
}

# obey_cancel FIELDS: if somebody cancelled, the run ends here.
obey_cancel() {
	[ -s "$RUN_DIR/cancel" ] || return 0
	read -r canceller _ <"$RUN_DIR/cancel"
	finish cancelled 130 "$1,\"by\":\"$canceller\""
}

is_cancelled_now() {
	[ -s "$RUN_DIR/cancel" ] || return 1
	read -r _ when <"$RUN_DIR/cancel"
	[ "$when" = now ]
}

# mark_left: a rollback that succeeded: what it left is no way back any more, nor is another run that shows the same. What is
# live is not left: somebody may go back to just that; and what was left before, and was named now, is good again.
mark_left() {
	[ -s "$RUN_DIR/left" ] || return 0
	left=" $(first_line "$RUN_DIR/left") "
	while read -r each; do
		find_shown "$each"
		if [ "$SHOWN" = "$BACK_TO" ]; then
			! ended_well "$each" || rm -f "$RUNS/$each/bad"
			continue
		fi
		case "$left" in
		*" $each "* | *" $SHOWN "*) [ ! -d "$RUNS/$each" ] || printf '' >"$RUNS/$each/bad" ;;
		esac
	done <"$STATE/order"
}

# start_step NUMBER KIND LIMIT_SECONDS [WORD]...: the one place where a step becomes a process. It gets no descriptor but the log, and
# an environment of its own. Root and build steps have their limit on the far side of sudo.
start_step() {
	limit="timeout -k $KILL_AFTER_SECONDS $3"
	case "$2" in
	root | build) [ -z "$SUDO" ] || limit='' ;;
	esac
	started=$1
	shift 3
	# a program that writes to one that has ended is to end, too; HUP is ignored for the runner, too, and stays so
	(
		trap - PIPE
		# shellcheck disable=SC2086 # no word, or four
		exec env -i PATH="$PATH" HOME="$TREE.home" LC_ALL=C \
			SHIPIT_APP="$REQ_APP" SHIPIT_RUN="$REQ_RUN" SHIPIT_REF_KIND="$REQ_KIND" SHIPIT_REF="$REQ_REF" \
			SHIPIT_COMMIT="${REQ_COMMIT:-$(first_line "$RUN_DIR/commit")}" SHIPIT_FLAGS="$REQ_FLAGS" \
			SHIPIT_BACK_TO="$BACK_TO" \
			$limit /bin/sh "$LIBEXEC/step" "$started" "$@" 9<&-
	)
}

# write_live partial|complete [RUN COMMIT]: what is in place from now on, where it is not this run's.
write_live() {
	commit=${3:-$(first_line "$RUN_DIR/commit")}
	printf '%s %s %s %s %s\n' "${commit:--}" "$REQ_KIND" "$REQ_REF" "${2:-$REQ_RUN}" "$1" >"$STATE/live.new" &&
		mv "$STATE/live.new" "$STATE/live"
}

# clear_session: what a step left that was ended before its time is ended too; the lock is kept till then.
clear_session() {
	turns=0
	while find_steps "$$" "${WATCHER:-$$}" && [ -n "$STEPS" ] && [ "$turns" -lt "$CLEAR_TURNS" ]; do
		if [ "$turns" -eq 0 ]; then
			kill_steps TERM
		elif [ "$turns" -ge "$CLEAR_KILL_TURNS" ]; then
			kill_steps KILL
		fi
		turns=$((turns + 1))
		sleep 0.2
	done
}

# finish OUTCOME EXIT FIELDS
finish() {
	case "$1,$3" in
	cancelled,* | timed-out,* | *log-full*) clear_session ;;
	esac
	# from here on nothing is to be ended
	[ -z "$WATCHER" ] || kill "$WATCHER" 2>/dev/null || :
	# the step that was ended may have been at it
	[ "$1" = succeeded ] || stop_builder "$REQ_APP" 9<&-
	discard "$TREE" "$TREE.home" || :
	half=$(first_line "$RUN_DIR/making")
	[ -z "$half" ] || discard "$half" || :
	rm -f "$RUN_DIR/making"
	clear_staging
	close_output
	tries=0
	until read_clock && end_run "$REQ_RUN" "$1" "$2" "$3,\"ms\":$((NOW_MS - began))"; do
		tries=$((tries + 1))
		[ "$tries" -lt "$OUTCOME_TRIES" ] || exit 70
		sleep 1
	done
	exit 0
}

# read_clock: sets NOW_MS, of a clock that nobody sets, without a process that could be ended with a step. date has no fractions on busybox.
read_clock() {
	if [ -r /proc/uptime ]; then
		read -r uptime _ </proc/uptime
		# hundredths with a 1 before them, since 08 would be read as octal
		hundredths=1${uptime#*.}
		NOW_MS=$((${uptime%.*} * 1000 + (hundredths - 100) * 10))
	else
		read_now
		NOW_MS=$((NOW * 1000))
	fi
}

main "$@"
