# The steps of a run: which are left out, how one becomes a process, how often it is tried, and what follows if it fails.

# what is left of a second after TERM and before KILL, for what ignores TERM (or whose caller made it ignored)
KILL_AFTER_SECONDS=5
RETRY_SECONDS=1
# a look ahead that takes longer says nothing
LOOK_LIMIT_SECONDS=120

# do_step NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN RETRIES [PAUSE_SECONDS ON_FAILURE]
do_step() {
	find_skip "$3" "$4" "$6"
	if [ -n "$SKIP" ]; then
		note_event "$RUN_DIR" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"skipped\",\"reason\":\"$SKIP\""
		return
	fi
	obey_cancel ",\"number\":$1,\"step\":\"$2\""
	open_output || no_room ''
	be_watched
	[ "$4" != publish ] || [ -e "$RUN_DIR/published" ] || look_ahead "$1" "$2" "$3"
	here=",\"number\":$1,\"step\":\"$2\""
	note_step "$1" "$4" "$3" "$2" || no_room "$here"
	if [ "$4" = publish ] && [ ! -e "$RUN_DIR/published" ]; then
		printf '' >"$RUN_DIR/published" && write_live partial || no_room "$here"
		keep "$RUN_DIR/published" "$RUN_DIR/step.$NOTED" "$RUN_DIR" "$STATE/live" "$STATE"
	fi
	note_event "$RUN_DIR" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"started\"" || no_room "$here"
	attempt=1
	step_began=''
	until try_step "$1" "$3" "$5"; do
		[ "$attempt" -le "$7" ] && [ ! -e "$RUN_DIR/cancel" ] && [ ! -e "$RUN_DIR/log-full" ] && ! has_no_ref || break
		note_event "$RUN_DIR" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"retrying\",\"status\":$status,\"attempt\":$attempt"
		attempt=$((attempt + 1))
		# timeout ends no more than one group of processes
		[ -z "$over" ] || clear_session
		rest "${8:-$RETRY_SECONDS}"
		[ ! -e "$RUN_DIR/cancel" ] || break
	done
	note_event "$RUN_DIR" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"ended\",\"status\":$status,\"ms\":$((NOW_MS - step_began))$over" || no_room "$here,\"status\":$status"
	[ "$status" -eq 0 ] || fail_step "$1" "$2" "$7" "${9-}"
	if [ ! -e "$RUN_DIR/told" ] && [ -s "$RUN_DIR/commit" ]; then
		read_line "$RUN_DIR/commit"
		note_event "$RUN_DIR" commit ",\"commit\":\"$LINE\""
		printf '' >"$RUN_DIR/told"
	fi
	[ ! -s "$RUN_DIR/superseded" ] || end_superseded
}

# end_superseded: what is live is newer, and stays.
end_superseded() {
	live_field "$RUN_DIR/superseded"
	finish superseded 0 "$LIVE"
}

# look_ahead NUMBER NAME KIND: before the first step that changes what is live: ends the run if one of them is impossible (step/look.sh).
# After a command nobody knows what there is: it alone is looked at, without a program.
look_ahead() {
	first=$1
	coming=''
	impossible=''
	if [ "$3" = command ]; then
		(
			run_command() { look_at_command "$@"; }
			"step_$1"
		)
		[ "$?" -ne 1 ] || impossible=$1
	else
		recipe_steps note_coming
		# shellcheck disable=SC2086 # numbers
		start_step 0 look "$LOOK_LIMIT_SECONDS" $coming
		read_line "$RUN_DIR/impossible"
		impossible=$LINE
	fi
	settle_output
	obey_cancel ",\"number\":$1,\"step\":\"$2\""
	[ -z "$impossible" ] || recipe_steps end_impossible
}

note_coming() {
	find_skip "$3" "$4" "$6"
	[ "$1" -ge "$first" ] && [ -z "$SKIP" ] || return 0
	case "$4" in
	publish) coming="$coming $1" ;;
	*) coming="$coming -" ;;
	esac
}

end_impossible() {
	[ "$1" != "$impossible" ] || finish failed 1 ",\"number\":$1,\"step\":\"$2\",\"reason\":\"impossible\""
}

# all have as many digits
NOTED=100000

# note_step NUMBER PHASE KIND NAME: by a new file, so that a run on a full disk begins no further step. The clock tells the same step from itself on the way back (lib/supervise.sh).
note_step() {
	read_clock
	NOTED=$((NOTED + 1))
	printf '%s %s %s %s %s\n' "$1" "$NOW_MS" "$2" "$3" "$4" >"$RUN_DIR/step.$NOTED"
}

# try_step NUMBER KIND LIMIT_SECONDS: sets status, and over if the time ran out; step_began at the first try, and NOW_MS at the end of each.
try_step() {
	read_clock
	try_began=$NOW_MS
	step_began=${step_began:-$NOW_MS}
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

# start_step NUMBER KIND LIMIT_SECONDS [WORD]...: the one place where a step becomes a process. It gets no descriptor but the log, and
# an environment of its own. Root and build steps have their limit on the far side of sudo. A command is started as it is: what the step
# program would do before it, this process has read already.
start_step() {
	limit="timeout -k $KILL_AFTER_SECONDS $3"
	started_kind=$2
	case "$2" in
	root | build) [ -z "$SUDO" ] || limit='' ;;
	esac
	started=$1
	shift 3
	read_line "$RUN_DIR/commit"
	# the shell would say in the log how a step was ended, bash with all that stands here. Without the return dash would take this redirection
	# for the subshell's
	{
		(
			exec 2>&1
			# a program that writes to one that has ended is to end, too; HUP is ignored for the runner, too, and stays so
			trap - PIPE
			# the run itself began with an empty environment (start_run)
			HOME=$TREE.home
			SHIPIT_APP=$REQ_APP SHIPIT_RUN=$REQ_RUN SHIPIT_REF_KIND=$REQ_KIND SHIPIT_REF=$REQ_REF
			SHIPIT_COMMIT=${REQ_COMMIT:-$LINE} SHIPIT_FLAGS=$REQ_FLAGS SHIPIT_BACK_TO=$BACK_TO
			export HOME SHIPIT_APP SHIPIT_RUN SHIPIT_REF_KIND SHIPIT_REF SHIPIT_COMMIT SHIPIT_FLAGS SHIPIT_BACK_TO
			exec 9<&-
			case "$started_kind" in
			command | root)
				umask 022
				LIMITED=$limit
				"step_$started"
				;;
			esac
			start_program "$@"
		)
		return
	} 2>/dev/null
}

# start_program [WORD]...: becomes the program of all other steps.
start_program() {
	# shellcheck disable=SC2086 # no word, or four
	exec $limit /bin/sh "$LIBEXEC/step" "$started" "$@"
}

# change_service WORD...: of the steps that root has a part in, the one that is more than a command.
change_service() {
	start_program
}

# fail_step NUMBER NAME RETRIES ON_FAILURE: the run ends with this step, and may go back by itself before.
fail_step() {
	how=",\"number\":$1,\"step\":\"$2\",\"status\":$status"
	[ ! -e "$RUN_DIR/log-full" ] || finish failed 1 "$how,\"reason\":\"log-full\""
	# a publish step that was allowed to finish, and would not have been tried again, has failed by itself
	read_step "$RUN_DIR"
	phase=${STEP#* * }
	[ "${phase%% *},$4" = publish, ] && ! is_cancelled_now && [ "$attempt" -gt "$3" ] || obey_cancel "$how"
	outcome=failed
	[ -z "$over" ] || outcome=timed-out how=$how$over
	if [ "$4" = rollback ]; then
		go_back_alone
		! is_cancelled_now || obey_cancel "$how$WAY"
		finish "$outcome" 1 "$how$WAY"
	fi
	! has_no_ref || finish failed 66 "$how,\"reason\":\"ref-not-found\""
	finish "$outcome" 1 "$how"
}

# has_no_ref: the step ended since there is no such ref. Only the git step is told to end with 66 (step.sh).
has_no_ref() {
	read_line "$RUN_DIR/reason"
	[ "$status,$LINE" = 66,ref-not-found ]
}
