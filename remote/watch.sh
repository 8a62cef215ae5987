# The supervisor: stands beside a run's steps, in their session and in no step's process group, and ends with the run.
# It ends the step of a run that is cancelled, and keeps the log bounded. watch APP RUN LEADER; only the run calls it.

WATCH_SECONDS=0.2
# from TERM to KILL, in turns of WATCH_SECONDS
GRACE_TURNS=15
MAX_LOG_BYTES=1073741824

main() {
	cd / || exit 70
	trap '' HUP PIPE
	exec </dev/null
	APP=$1
	enter_state "$APP"
	RUN_DIR=$RUNS/$2
	turns=0
	while [ ! -e "$RUN_DIR/ended" ] && kill -0 "$3" 2>/dev/null; do
		phase='' KIND=''
		[ ! -s "$RUN_DIR/step" ] || read -r _ _ phase KIND _ <"$RUN_DIR/step"
		if [ "$(wc -c <"$RUN_DIR/log")" -gt "$MAX_LOG_BYTES" ]; then
			: >"$RUN_DIR/log-full"
			end_step "$3" KILL
		elif [ -s "$RUN_DIR/cancel" ] && may_end; then
			if [ "$turns" -eq 0 ]; then
				end_step "$3" TERM
			elif [ "$turns" -ge "$GRACE_TURNS" ]; then
				end_step "$3" KILL
			fi
			turns=$((turns + 1))
		fi
		sleep "$WATCH_SECONDS"
	done
}

# may_end: a prepare step ends at once, a publish step only if it was asked to end now.
may_end() {
	[ -n "$phase" ] || return 1
	read -r _ when <"$RUN_DIR/cancel"
	[ "$phase" = prepare ] || [ "$when" = now ]
}

# end_step SESSION SIGNAL: what root runs can't be ended from here: its own time limit does. What the build account runs
# is ended by one exact line of sudoers.
end_step() {
	case "$KIND" in
	root) [ -z "$SUDO" ] || return 0 ;;
	build) [ -z "$SUDO" ] || "$SUDO" -n -u "build-$APP" -- "$LIBEXEC/build" "$APP" stop </dev/null >/dev/null 2>&1 || : ;;
	esac
	kill_steps "$1" "$2"
}

# kill_steps SESSION SIGNAL: all processes of the session but its leader, this one and its own children.
kill_steps() {
	session=$1
	signal=$2
	set +f
	for stat in /proc/[0-9]*/stat; do
		set -f
		process_facts "$stat" && [ "$PROCESS_SESSION" = "$session" ] || continue
		case "$PROCESS_ID" in
		"$session" | "$$") continue ;;
		esac
		[ "$PROCESS_PARENT" = "$$" ] || kill "-$signal" "$PROCESS_ID" 2>/dev/null || :
	done
	set -f
}

main "$@"
