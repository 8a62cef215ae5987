# What a supervisor does, in a process of its own beside a run's steps, and in no step's process group: it ends with the last of them. It
# ends the step of a run that is cancelled, and keeps the log bounded. The run begins one as a copy of itself, without reading all of this
# again; a cancel that finds none starts the program watch.

# how often it looks around by itself: while a run is not cancelled, and while it is, or writes so much that its log may soon be full
WATCH_SECONDS=1
ENDING_SECONDS=0.2
MUCH_BYTES=67108864
# from TERM to KILL, in turns of ENDING_SECONDS
GRACE_TURNS=15
# (the events are few: a step has as many as it has tries, and a cancel two)
MAX_LOG_BYTES=1073741824

# supervise LEADER: APP and RUN_DIR say of which run.
supervise() {
	trap '' HUP PIPE
	# the run is done with it: between two commands, and without a word of the shell's
	trap 'end_nap; exit 0' TERM
	exec </dev/null
	# a copy has another number than $$
	process_facts /proc/self/stat || PROCESS_ID=$$ PROCESS_START=0
	SUPERVISOR=$PROCESS_ID
	read_boot
	printf '%s %s %s\n' "$SUPERVISOR" "$BOOT" "${PROCESS_START:-0}" 2>/dev/null >"$RUN_DIR/watch" || :
	turns=0
	seen=0
	# not by a signal: a head that was killed is there until its parent waits for it, and a caller may be the parent, and never do that
	# (PR_SET_CHILD_SUBREAPER)
	read_line "$RUN_DIR/session"
	head=$LINE
	# a run whose head was killed ends with its last process
	# shellcheck disable=SC2086 # three words of our own
	while [ ! -s "$RUN_DIR/ended" ] && { head_lives $head || steps_live "$1"; }; do
		size_of_log "$RUN_DIR"
		[ "$SIZE" = "$seen" ] || ring "$RUN_DIR" follow
		pause=$ENDING_SECONDS
		[ "$((SIZE - seen))" -ge "$MUCH_BYTES" ] || [ -s "$RUN_DIR/cancel" ] || ! head_lives $head || pause=$WATCH_SECONDS
		seen=$SIZE
		begin_nap "$RUN_DIR/nap.watch" "$pause"
		phase='' KIND=''
		read_step "$RUN_DIR"
		HERE=$STEP
		[ -z "$HERE" ] || find_phase
		if [ "$SIZE" -gt "$MAX_LOG_BYTES" ]; then
			printf '\n' >"$RUN_DIR/log-full"
			end_step "$1" KILL
		elif [ -s "$RUN_DIR/cancel" ] && may_end; then
			if [ "$turns" -eq 0 ]; then
				end_step "$1" TERM || continue
			elif [ "$turns" -ge "$GRACE_TURNS" ]; then
				end_step "$1" KILL
			fi
			turns=$((turns + 1))
		fi
		take_nap "$ENDING_SECONDS"
	done
	ring "$RUN_DIR" follow
}

# find_phase: sets phase and KIND, of the step as it was read.
find_phase() {
	phase=${HERE#* * }
	KIND=${phase#* }
	phase=${phase%% *} KIND=${KIND%% *}
}

# may_end: a prepare step ends at once, a publish step only if it was asked to end now.
may_end() {
	[ -n "$phase" ] || return 1
	read -r _ when <"$RUN_DIR/cancel"
	[ "$phase" = prepare ] || [ "$when" = now ]
}

# end_step SESSION SIGNAL: what root runs can't be ended from here: its own time limit does, and the step stays with it. What the build
# account runs is ended by one exact line of sudoers.
end_step() {
	[ "$KIND" != build ] || stop_builder "$APP"
	kill_found "$1" "$2"
}

# kill_found SESSION SIGNAL: fails, and ends nothing, where the run has come to another step meanwhile: that may be one that may finish.
kill_found() {
	find_steps "$1" "$SUPERVISOR"
	read_step "$RUN_DIR"
	[ "$STEP" = "$HERE" ] || return 1
	[ "$KIND,${SUDO:+sudo}" != root,sudo ] || ! is_root_at_work || return 0
	kill_steps "$2"
}

# is_root_at_work: one of the processes is root's, of a root step or of a service. Before and after that a service's wait is this account's.
is_root_at_work() {
	for each in $STEPS; do
		kill -0 "$each" 2>/dev/null || [ ! -d "/proc/$each" ] || return 0
	done
	return 1
}

steps_live() {
	find_steps "$1" "$SUPERVISOR"
	[ -n "$STEPS" ]
}
