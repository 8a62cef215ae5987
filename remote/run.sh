# The run: the first process of a session that the runner starts, as the app's account. It carries out the recipe's steps in
# order, one process each, and writes events and outcome. Its output is the run's log. It holds the lock.
# run APP RUN CLOCK_BASE; only the runner calls it, once the start is recorded.

main() {
	cd / || exit 70
	needs id ls date sed grep tail sleep mv rm mkdir
	trap '' HUP PIPE
	exec </dev/null
	is_app "$1" && is_run "$2" || refuse
	REQ_APP=$1
	APP=$1
	REQ_RUN=$2
	# the runner has just looked at who can write it
	OWNED_APP=$REQ_APP
	load_recipe "$REQ_APP"
	enter_state "$REQ_APP"
	RUN_DIR=$RUNS/$REQ_RUN
	# the start is its last line
	WHOLE=" $STATE/history "
	read -r _ REQ_KIND REQ_REF _ <"$RUN_DIR/by" || exit 70
	read_line "$RUN_DIR/asked"
	REQ_COMMIT=$LINE
	read_line "$RUN_DIR/flags"
	REQ_FLAGS=" $LINE "
	TREE=$STATE/tree/$REQ_RUN
	read_line "$RUN_DIR/rollback"
	BACK_TO=$LINE
	find_kept "$BACK_TO"
	WATCHER=''
	# before there is a step that could be ended
	CLOCK_BASE=$3
	read_now
	read_clock
	began=$NOW_MS
	process_facts "/proc/$$/stat" || PROCESS_START=0
	read_boot
	printf '%s %s %s\n' "$$" "$BOOT" "${PROCESS_START:-0}" >"$RUN_DIR/session" || no_room ''
	start_output || no_room ''
	# while the pump starts
	discard_trees
	clear_staging
	mkdir -p "$TREE" "$TREE.home"
	made=$?
	join_output && [ "$made" -eq 0 ] || no_room ''
	recipe_steps do_step
	if [ -e "$RUN_DIR/published" ]; then
		# all was done: there is room to say so
		true >"$RUN_DIR/room"
		write_live complete || no_room ''
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
	# of a look that was killed (runner/look.sh); one that lives holds the folder of all
	[ ! -e "$STATE/plan" ] || (exec 7<"$STATE" && flock -n 7 && discard "$STATE/plan") || :
}

# be_watched: at every step, since the supervisor may have been killed.
be_watched() {
	[ -z "$WATCHER" ] || ! kill -0 "$WATCHER" 2>/dev/null || return 0
	if [ -r /proc/self/stat ]; then
		{ supervise "$$"; } >>"$RUN_DIR/log" 2>&1 9<&- &
	else
		/bin/sh "$LIBEXEC/watch" "$REQ_APP" "$REQ_RUN" "$$" >>"$RUN_DIR/log" 2>&1 9<&- &
	fi
	WATCHER=$!
}

main "$@"
