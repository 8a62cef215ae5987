# What steps write goes to the log through a pipe and one process, the pump (tee). A step that has a descriptor of the log itself
# could hand it to a daemon, which would write there for ever. The pump ends with the run. Whatever still holds the other end of the
# pipe then writes to nowhere, and is not ended by it: many daemons were started by a step, and write where that one wrote.

# How long a run waits for the pump to come to the end of what was written: first without a pause, then with one of 0.02 s each.
QUICK_TURNS=20
OUTPUT_TURNS=100
# of the processes that steps left running, those that are named
MOST_LEFT=5
# how long what is about to end may take for it
LEFT_PAUSE_SECONDS=0.2

PUMP=''

# open_output: this process's own output, and that of all that it starts, from here on. Again, if the pump was killed.
open_output() {
	[ -z "$PUMP" ] || read_pump
	[ -z "$PUMP" ] || [ "$pump_state" = gone ] || return 0
	pipe=$RUN_DIR/output
	[ ! -e "$pipe" ] || rm -f "$pipe"
	mkfifo "$pipe" || return
	# opened for both, since the one end waits for the other
	exec 6<>"$pipe"
	# tee continues where the log can't be written, so that no step hangs; a session of its own, since a cancel ends all of this one
	setsid tee -a "$RUN_DIR/log" <"$pipe" >/dev/null 2>&1 6<&- 9<&- &
	PUMP=$!
	exec >"$pipe" 2>&1 6<&-
	! process_facts "/proc/$PUMP/stat" || printf '%s %s %s\n' "$PUMP" "$BOOT" "$PROCESS_START" >"$RUN_DIR/pump"
}

# settle_output: waits until all that was written is in the log. Then the pipe is empty, and the pump sleeps.
settle_output() {
	turns=0
	while [ "$turns" -lt "$OUTPUT_TURNS" ]; do
		read_pump
		[ "$pump_state" = works ] || return 0
		turns=$((turns + 1))
		[ "$turns" -le "$QUICK_TURNS" ] || sleep 0.02
	done
}

# read_pump: sets pump_state: works, waits (for more to be written), or gone.
read_pump() {
	pump_state=gone
	if [ -r /proc/self/stat ]; then
		{ read -r stat <"/proc/$PUMP/stat"; } 2>/dev/null || return 0
		stat=${stat##*') '}
	else
		stat=$(ps -o stat= -p "$PUMP") || return 0
	fi
	case "$stat" in
	[ZX]*) ;;
	[SI]*) pump_state=waits ;;
	*) pump_state=works ;;
	esac
}

# close_output: the end of the log, but for what this names: the processes that steps left running.
close_output() {
	[ -n "$PUMP" ] || return 0
	settle_output
	exec >/dev/null 2>&1
	# the pump ends now, unless somebody else holds the pipe
	settle_output
	find_left
	if [ "$pump_state" != gone ]; then
		# opened before the pump ends: a moment in which nobody reads would end what writes
		exec 6<>"$RUN_DIR/output"
		exec 5<"$RUN_DIR/output" 6<&-
		setsid cat <&5 >/dev/null 2>&1 5<&- 9<&- &
		exec 5<&-
		kill "$PUMP" 2>/dev/null || :
	elif ! wait "$PUMP"; then
		printf 'shipit: the log is incomplete: part of the output could not be written\n' >>"$RUN_DIR/log"
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
		case "$LEFT" in
		*" $PROCESS_ID "*) continue ;;
		esac
		# busybox's stays for a second after what it watches
		case "$(command_of "$PROCESS_ID")" in
		"timeout -k $KILL_AFTER_SECONDS "*) ;;
		*) LEFT="$LEFT$PROCESS_ID " ;;
		esac
	done
	[ "$LEFT" != ' ' ] || LEFT=''
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
		# shellcheck disable=SC2012 # the owner is the third word
		read -r _ _ owner _ <<END_OF_LISTING
$(ls -ld "/proc/$each" 2>/dev/null)
END_OF_LISTING
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
