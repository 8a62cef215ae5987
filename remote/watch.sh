# The supervisor: stands beside a run's steps, in their session and in no step's process group, and ends with the run.
# It keeps the log bounded. watch APP RUN LEADER; only the run calls it.

WATCH_SECONDS=0.2
MAX_LOG_BYTES=1073741824

main() {
	cd / || exit 70
	trap '' HUP PIPE
	exec </dev/null
	enter_state "$1"
	while [ ! -e "$RUNS/$2/ended" ] && kill -0 "$3" 2>/dev/null; do
		if [ "$(wc -c <"$RUNS/$2/log")" -gt "$MAX_LOG_BYTES" ]; then
			: >"$RUNS/$2/log-full"
			kill_steps "$3" KILL
		fi
		sleep "$WATCH_SECONDS"
	done
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
