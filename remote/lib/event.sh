# Events (docs/protocol.md). On the wire: 0x1e, the session token, a space, one JSON object, a newline. In runs/ID/events: the
# size of the log when it happened, a space, the JSON. That is made of judged words and numbers only, so nothing needs escaping.

# event NAME FIELDS: sends one; FIELDS begins with a comma or is empty.
event() {
	object "$@"
	send "$OBJECT"
}

# send JSON: one control line.
send() {
	printf '\036%s %s\n' "$SESSION" "$1"
}

# object NAME FIELDS: sets OBJECT, the JSON alone.
object() {
	read_stamp
	OBJECT="{\"event\":\"$1\",\"time\":\"$stamp\"$2}"
}

# note_event RUN_DIR NAME FIELDS: writes down what happened in a run.
note_event() {
	object "$2" "$3"
	append_event "$1" "$OBJECT"
}

# append_event RUN_DIR JSON: opens the file for the one line, so that no step gets a descriptor of it. The newline in front
# ends a line that a full disk has cut off; readers skip what is not an event (next_event).
append_event() {
	size_of_log "$1"
	printf '\n%s %s\n' "$SIZE" "$2" >>"$1/events" && ring "$1" follow
}

at_pump=''

# size_of_log RUN_DIR: sets SIZE, of its log. Where the pump (run/output.sh) has just written, proc(5) says how far, without a process.
size_of_log() {
	{
		{ is_pump_of "$1" || { read -r at_pump _ <"$1/pump" && is_pump_of "$1"; }; } && read -r SIZE <"/proc/$at_pump/fdinfo/3" &&
			forget_read && SIZE=${SIZE#pos:?} && [ "$SIZE" -gt 0 ]
	} 2>/dev/null || size_of "$1/log"
}

# is_pump_of RUN_DIR: it is, as long as the run names it.
is_pump_of() {
	# shellcheck disable=SC3013 # dash, bash and busybox have -ef
	[ -e "$1/pump" ] && [ "/proc/$at_pump/fd/3" -ef "$1/log" ]
}

# size_of FILE: sets SIZE, in bytes; 0 for none. ls and not wc, which reads the whole file on busybox.
size_of() {
	SIZE=0
	[ -s "$1" ] || return 0
	# what ends a step may hit this process: again, then
	# shellcheck disable=SC2012 # POSIX has no stat; the size is the fifth word
	SIZE=$(exec ls -n "$1" 2>/dev/null) || SIZE=$(exec ls -n "$1" 2>/dev/null) || SIZE=''
	if [ -z "$SIZE" ] && [ -e "$1" ]; then
		answer_of ls -n "$1"
		SIZE=$ANSWER
	fi
	# shellcheck disable=SC2086
	set -- $SIZE
	SIZE=${5:-0}
}

# find_live: sets LIVE, the field that tells what is live; empty if nothing is.
find_live() {
	LIVE=''
	[ ! -s "$STATE/live" ] || live_field "$STATE/live"
}

# live_field FILE: sets LIVE of a file as STATE/live is one. That may be read while it is written (run/end.sh).
live_field() {
	read -r commit kind ref run how <"$1"
	# half a word: it is just written
	[ "$how" = complete ] || how=partial
	LIVE=",\"live\":{\"commit\":\"$commit\",\"kind\":\"$kind\",\"ref\":\"$ref\",\"run\":\"$run\",\"how\":\"$how\"}"
}
