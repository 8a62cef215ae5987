# The end of a run: whatever ends it, nothing of it is left running, what is live is written down, and it has one outcome.

# of what is left of a step that was ended: from TERM to KILL, and until it is left alone (root's is); turns of 0.2 s
CLEAR_KILL_TURNS=5
CLEAR_TURNS=10
# how often a second passes in the hope of room for the outcome
OUTCOME_TRIES=60

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

# mark_left: a rollback that succeeded: what it left is no longer a way back, nor is another run that shows the same. What is
# live is not left: somebody may go back to just that; and what was left before, and was named now, is good again.
mark_left() {
	[ -s "$RUN_DIR/left" ] || return 0
	read_line "$RUN_DIR/left"
	left=" $LINE "
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

# write_live partial|complete [RUN COMMIT]: what is in place from now on, where it is not this run's. Both words take the same
# room, so that complete is written over partial; live_field expects half of each.
write_live() {
	read_line "$RUN_DIR/commit"
	commit=${3:-$LINE}
	in_place="${commit:--} $REQ_KIND $REQ_REF ${2:-$REQ_RUN}"
	read_line "$STATE/live"
	if [ "$1,$LINE" = "complete,$in_place partial" ]; then
		printf '%s complete\n' "$in_place" 1<>"$STATE/live"
	else
		printf '%s %-8s\n' "$in_place" "$1" >"$STATE/live.new" && mv "$STATE/live.new" "$STATE/live"
	fi
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
	# from here on nothing may be ended
	[ -z "$WATCHER" ] || kill "$WATCHER" 2>/dev/null || :
	# the step that was ended may have been at it
	[ "$1" = succeeded ] || stop_builder "$REQ_APP" 9<&-
	discard "$TREE" "$TREE.home" || :
	if [ -e "$RUN_DIR/making" ]; then
		read_line "$RUN_DIR/making"
		half=$LINE
		[ -z "$half" ] || discard "$half" || :
		rm -f "$RUN_DIR/making"
	fi
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
