# What steps write goes to the log through a pipe and one process, the pump (tee). A step that has a descriptor of the log itself
# could hand it to a daemon, which would write there for ever. The pump ends with the run. Whatever still holds the other end of the
# pipe then writes to nowhere, and is not ended by it: many daemons were started by a step, and write where that one wrote.

# How long a run waits for the pump to come to the end of what was written: first without a pause, as long as a sleep costs, then with one
# of 0.02 s each.
QUICK_TURNS=40
OUTPUT_TURNS=100
# without a pause, for a process to start: a sleep would cost more
START_TURNS=200
# of the processes that steps left running, those that are named
MOST_LEFT=5
# how long what is about to end may take for it
LEFT_PAUSE_SECONDS=0.2

PUMP=''
# what the pump reads, by a name
OUTPUT=''

# open_output: starts and joins it, the first time, where the pump was killed, or where it has given the log up and there is room again.
open_output() {
	[ -z "$PUMP" ] || read_pump
	[ -z "$PUMP" ] || [ "$pump_state" = gone ] || { has_given_up && say_incomplete 2>/dev/null; } || return 0
	start_output && join_output
}

# has_given_up: the tee of coreutils writes no more to what it once could not write, and says so.
has_given_up() {
	pump_says=''
	read -r pump_says <"$RUN_DIR/pump-says"
	[ -n "$pump_says" ]
} 2>/dev/null

say_incomplete() {
	{
		end_line
		printf 'shipit: the log is incomplete: part of the output could not be written\n'
	} >>"$RUN_DIR/log"
}

# start_output: starts the pump. Until join_output it waits, and what is written goes to the log itself.
start_output() {
	OUTPUT=$RUN_DIR/output
	[ ! -e "$OUTPUT" ] || rm -f "$OUTPUT"
	# blanks: on a full disk there is only room in their place
	mkfifo "$OUTPUT" && printf '%20s\n' '' >"$RUN_DIR/pump-says" || return
	# opened for both, since the one end waits for the other
	exec 6<>"$OUTPUT"
	# the pump begins when it is told that the pipe is open for writing, and ends if this process ends before; tee continues where the log
	# can't be written, so that no step hangs; a session of its own, since a cancel ends all of this one
	: | {
		exec 5<&0 7<"$OUTPUT" 6<&- 9<&-
		read -r input <&7 || exit
		[ "$input" != named ] || exec 5<&7
		exec setsid tee -a "$RUN_DIR/log" <&5 5<&- 7<&-
	} >/dev/null 2<>"$RUN_DIR/pump-says" &
	PUMP=$!
}

# join_output: this process's own output, and that of all that it starts, goes to the pump from here on. The pipe has no name where that is
# possible: SELinux lets a program that it gives a domain of its own (restorecon) write to its caller's pipe, and not to a named one in this
# folder.
join_output() {
	if has_pipe "$PUMP" 5; then
		OUTPUT=/proc/$PUMP/fd/0
		exec >"/proc/$PUMP/fd/5" 2>&1
		printf '\n' >&6
	else
		printf 'named\n' >&6
		exec >"$OUTPUT" 2>&1
	fi
	exec 6<&-
	! process_facts "/proc/$PUMP/stat" || printf '%s %s %s\n' "$PUMP" "$BOOT" "$PROCESS_START" >"$RUN_DIR/pump"
}

# has_pipe PID NUMBER: waits until a process that was just started has a pipe as this descriptor. Fails where that can't be seen.
has_pipe() {
	turns=0
	until [ -p "/proc/$1/fd/$2" ]; do
		[ -d "/proc/$1" ] && [ "$turns" -lt "$((OUTPUT_TURNS + START_TURNS))" ] || return 1
		turns=$((turns + 1))
		[ "$turns" -le "$START_TURNS" ] || sleep 0.02
	done
}

# settle_output: waits until all that was written is in the log. Then the pipe is empty, and the pump sleeps.
settle_output() {
	turns=0
	while [ "$turns" -lt "$OUTPUT_TURNS" ]; do
		read_pump
		[ "$pump_state" = works ] || return 0
		turns=$((turns + 1))
		[ "$turns" -le "$QUICK_TURNS" ] || rest 0.02
	done
}

# rest SECONDS: a cancel may end it, and the shell would say so in the log.
rest() {
	{ sleep "$1"; } 2>/dev/null
}

# read_pump: sets pump_state: works, waits (for more to be written), or gone.
read_pump() {
	pump_state=gone
	if [ -r /proc/self/status ]; then
		# of proc(5)'s files the one that says it soonest, since the shell reads a byte at a time
		state=''
		{ while read -r state && [ "$state" = "${state#State:}" ]; do :; done <"/proc/$PUMP/status"; } 2>/dev/null
		forget_read
		state=${state#State:?}
	else
		state=$(ps -o stat= -p "$PUMP") || return 0
	fi
	case "$state" in
	'' | [ZX]*) ;;
	[SI]*) pump_state=waits ;;
	*) pump_state=works ;;
	esac
}

# close_output: the end of the log, but for what this names: the processes that steps left running.
close_output() {
	[ -n "$PUMP" ] || return 0
	settle_output
	exec >/dev/null 2>&1
	# the pump ends meanwhile, unless somebody else holds the pipe
	find_left
	settle_output
	if [ "$pump_state" != gone ]; then
		# opened before the pump ends: a moment in which nobody reads would end what writes
		exec 6<>"$RUN_DIR/output"
		setsid cat <"$OUTPUT" >/dev/null 2>&1 6<&- 9<&- &
		has_pipe "$!" 0 || sleep "$LEFT_PAUSE_SECONDS"
		exec 6<&-
		kill "$PUMP" 2>/dev/null || :
		# what is named now it does not write: the log is measured anew
		rm -f "$RUN_DIR/pump"
	elif ! wait "$PUMP"; then
		say_incomplete
	fi
	name_left
}

# find_left: sets LEFT, the numbers of processes that steps left running: those of this session, and of those that left it, the ones
# of this account that still have the variables of a step.
find_left() {
	LEFT=''
	[ -r /proc/self/stat ] || return 0
	list_left
	[ -n "$LEFT" ] || return 0
	sleep "$LEFT_PAUSE_SECONDS"
	list_left
}

list_left() {
	LEFT=' '
	set +f
	IFS=$NEWLINE
	# shellcheck disable=SC2046 # a name each
	set -- $(grep -lsE -e "^[0-9]+ \\(.*\\) [A-Z] [0-9]+ [0-9]+ $$ " -e "SHIPIT_RUN=$REQ_RUN" /proc/[0-9]*/stat /proc/[0-9]*/environ)
	IFS=' '
	set -f
	for file; do
		process_facts "${file%/*}/stat" || continue
		# a name may look like the rest of the line, and anybody chooses that of his own process
		case "$file,$PROCESS_SESSION" in
		*/environ,* | *,"$$") ;;
		*) continue ;;
		esac
		case "$PROCESS_ID,$PROCESS_PARENT" in
		"$$",* | "${WATCHER:-$$}",* | *,"${WATCHER:-$$}" | "$PUMP",*) continue ;;
		esac
		# the supervisor slept, and was gone before it could end that
		# shellcheck disable=SC3013 # dash, bash and busybox have -ef
		[ ! "/proc/$PROCESS_ID/fd/8" -ef "$RUN_DIR/nap.watch" ] || continue
		case "$LEFT" in
		*" $PROCESS_ID "*) continue ;;
		esac
		LEFT="$LEFT$PROCESS_ID "
	done
	[ "$LEFT" = ' ' ] || pass_over_timeouts
	[ "$LEFT" != ' ' ] || LEFT=''
}

# pass_over_timeouts: busybox's timeout stays for a second after what it watches.
pass_over_timeouts() {
	begins="timeout -k $KILL_AFTER_SECONDS "
	set -- /dev/null
	for each in $LEFT; do
		set -- "$@" "/proc/$each/cmdline"
	done
	# head writes the name of each file before it; what is read of a command line is too short to look like such a name
	heads=$(head -c "${#begins}" "$@" 2>/dev/null | tr '\000' ' ')
	candidates=$LEFT
	LEFT=' '
	for each in $candidates; do
		case "$heads" in
		*"==> /proc/$each/cmdline <==$NEWLINE$begins"*) ;;
		*) LEFT="$LEFT$each " ;;
		esac
	done
}

# command_of PID: prints its command line, as one line; of a process of the kernel's, or one that is gone, nothing.
command_of() {
	tr '\000-\037\177' ' ' 2>/dev/null <"/proc/$1/cmdline" | head -c 300
}

# name_left: in the log with all words of the command, in the events with the letters and digits of the first.
name_left() {
	named=0
	[ -n "$LEFT" ] || [ "$pump_state" = gone ] || {
		end_line >>"$RUN_DIR/log"
		printf 'shipit: a process that a step started is still running, under an account that this one cannot see\n' >>"$RUN_DIR/log"
	}
	for each in $LEFT; do
		if [ "$named" -ge "$MOST_LEFT" ]; then
			printf 'shipit: and others\n' >>"$RUN_DIR/log"
			return
		fi
		words=$(command_of "$each") && [ -n "$words" ] || continue
		# shellcheck disable=SC2012,SC2046 # words: the owner is the third
		set -- $(ls -ld "/proc/$each" 2>/dev/null)
		owner=${3-}
		# one of our own that takes its time to end, on a slow host
		[ -n "$owner" ] || continue
		name=${words%% *}
		name=$(printf '%s' "${name##*/}" | tr -cd "$ALNUM._-" | head -c 40)
		made_of "$ALNUM._@-" "$owner" || owner='?'
		[ "$named" -gt 0 ] || end_line >>"$RUN_DIR/log"
		printf "shipit: process %s, which a step started, is still running as %s: %s\n" "$each" "$owner" "$words" >>"$RUN_DIR/log"
		note_event "$RUN_DIR" left ",\"pid\":$each,\"user\":\"$owner\",\"command\":\"${name:--}\""
		named=$((named + 1))
	done
}

# end_line: what a step wrote may lack its newline.
end_line() {
	[ -z "$(tail -c 1 "$RUN_DIR/log")" ] || printf '\n'
}
