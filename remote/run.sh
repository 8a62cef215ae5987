# The run: the head of a session of its own that the runner starts as deploybot. It carries out the recipe's
# steps in order, one process each, and writes the outcome. Its output is the run's log; it holds the lock.
# run REQUEST; only the runner calls it.

# what is left of a second after TERM and before KILL, for what ignores TERM (or whose caller made it ignored)
KILL_AFTER_SECONDS=5

main() {
	cd / || exit 70
	trap '' HUP PIPE
	exec </dev/null
	judge_request "$1" ''
	enter_state "$REQ_APP"
	RUN_DIR=$RUNS/$REQ_RUN
	TREE=$STATE/tree/$REQ_RUN
	TOKEN=$(first_line "$RUN_DIR/token")
	began=$(now_ms)
	process_facts "/proc/$$/stat" || PROCESS_START=0
	printf '%s %s %s\n' "$$" "$(boot_id)" "${PROCESS_START:-0}" >"$RUN_DIR/session" || exit 70
	start=$(first_line "$RUN_DIR/start")
	printf '\036%s %s\n' "$TOKEN" "${start%\}},\"steps\":[$(plan)]}"
	rm -rf "$STATE/tree"
	mkdir -p "$TREE" || finish failed 70 ''
	/bin/sh "$LIBEXEC/watch" "$REQ_APP" "$REQ_RUN" "$$" 9<&- &
	published=''
	recipe_steps do_step
	[ -z "$published" ] || write_live complete
	finish succeeded 0 ''
}

# do_step NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN
do_step() {
	skipped=$(skip_reason "$3" "$6")
	if [ -n "$skipped" ]; then
		event "$TOKEN" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"skipped\",\"reason\":\"$skipped\""
		return
	fi
	printf '%s %s %s\n' "$1" "$(date +%s)" "$2" >"$RUN_DIR/step"
	if [ "$4" = publish ] && [ -z "$published" ]; then
		published=yes
		write_live partial
	fi
	event "$TOKEN" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"started\""
	step_began=$(now_ms)
	start_step "$1" "$3" "$5"
	status=$?
	ms=$(($(now_ms) - step_began))
	over=''
	case "$status" in
	# out of time: 124 is coreutils', 143 busybox's; 137 when TERM did not help
	124 | 137 | 143) [ "$ms" -lt "$(($5 * 1000))" ] || over=",\"limit\":$5" ;;
	esac
	event "$TOKEN" step ",\"number\":$1,\"name\":\"$2\",\"state\":\"ended\",\"status\":$status,\"ms\":$ms$over"
	if [ "$status" -ne 0 ]; then
		how=",\"number\":$1,\"step\":\"$2\",\"status\":$status"
		[ ! -e "$RUN_DIR/log-full" ] || finish failed 1 "$how,\"reason\":\"log-full\""
		[ -z "$over" ] || finish timed-out 1 "$how$over"
		# only the git step is told to end with 66 (step.sh)
		case "$status,$(first_line "$RUN_DIR/reason")" in
		66,ref-not-found) finish failed 66 "$how,\"reason\":\"ref-not-found\"" ;;
		esac
		finish failed 1 "$how"
	fi
	if [ ! -e "$RUN_DIR/told" ] && [ -s "$RUN_DIR/commit" ]; then
		event "$TOKEN" commit ",\"commit\":\"$(first_line "$RUN_DIR/commit")\""
		: >"$RUN_DIR/told"
	fi
}

# start_step NUMBER KIND LIMIT_SECONDS: the one place where a step becomes a process. It gets no descriptor but the log, and
# an environment of its own. Root and build steps have their limit on the far side of sudo.
start_step() {
	limit="timeout -k $KILL_AFTER_SECONDS $3"
	[ "$2" = own ] || [ -z "$SUDO" ] || limit=''
	# shellcheck disable=SC2086 # no word, or four
	env -i PATH="$PATH" HOME="$STATES" LC_ALL=C \
		SHIPIT_APP="$REQ_APP" SHIPIT_RUN="$REQ_RUN" SHIPIT_REF_KIND="$REQ_KIND" SHIPIT_REF="$REQ_REF" \
		SHIPIT_COMMIT="${REQ_COMMIT:-$(first_line "$RUN_DIR/commit")}" SHIPIT_FLAGS="$REQ_FLAGS" \
		$limit /bin/sh "$LIBEXEC/step" "$1" 9<&-
}

# write_live partial|complete: what is in place from now on.
write_live() {
	commit=$(first_line "$RUN_DIR/commit")
	printf '%s %s %s %s %s\n' "${commit:--}" "$REQ_KIND" "$REQ_REF" "$REQ_RUN" "$1" >"$STATE/live.new" &&
		mv "$STATE/live.new" "$STATE/live"
}

# finish OUTCOME EXIT FIELDS
finish() {
	rm -rf "$TREE"
	end_run "$REQ_RUN" "$1" "$2" "$3,\"ms\":$(($(now_ms) - began))"
	exit 0
}

# Milliseconds of a clock that nobody sets; date has no fractions on busybox.
now_ms() {
	if [ -r /proc/uptime ]; then
		read -r uptime _ </proc/uptime
		# hundredths with a 1 before them, since 08 would be read as octal
		hundredths=1${uptime#*.}
		printf '%s' "$((${uptime%.*} * 1000 + (hundredths - 100) * 10))"
	else
		printf '%s' "$(($(date +%s) * 1000))"
	fi
}

main "$@"
