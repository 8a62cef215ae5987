# The follower: sends a run's log and events to the client from a place on, whether the run lives, has ended, or ended long ago.
# It holds no lock and runs no step: a client that stalls or goes away hurts nothing but its own follower.
# while there is news, between two looks, if the run does not end: after the first news, and from then on
FIRST_SECONDS=0.1
MORE_SECONDS=0.4
# turns in a row in which a run seems not to live
DEAD_TURNS=6
SETTLE_TRIES=5
SETTLE_SECONDS=0.2
# after so many turns without news it sleeps until there are some (lib/nap.sh), or for so long
QUIET_TURNS=3
NAP_SECONDS=8
# while there is news it asks only so often whether the run lives
UNASKED_TURNS=3
# what is copied at a time, as cat does
BLOCK_BYTES=131072

# open_log RUN: opens the log (descriptor 4) and the events (5) at the place that the request names. Fails where there is not
# that much.
open_log() {
	followed=$RUNS/$1
	exec 3>&1 4<"$followed/log" 5<"$followed/events"
	pending=''
	skipped=0
	while [ "$skipped" -lt "$REQ_EVENTS" ]; do
		next_event || return 1
		skipped=$((skipped + 1))
	done
	size_of "$followed/log"
	[ "$REQ_OFFSET" -le "$SIZE" ] || return 1
	copied=$REQ_OFFSET
	# a seek: nothing is read
	[ "$copied" -eq 0 ] || dd bs=1 skip="$copied" count=0 <&4 2>/dev/null
}

# follow on|once: sends the rest of the log and the events, each at its place, and exits with the run's exit code once it has
# ended; `once` sends what there is, and exits with 0.
follow() {
	waited=0
	leader=''
	quiet=0
	unasked=0
	pause=$FIRST_SECONDS
	while :; do
		if [ "$quiet" -ge "$QUIET_TURNS" ]; then
			begin_nap "$followed/nap.follow.$$" "$NAP_SECONDS"
			[ -z "$NAP" ] || pause=$FIRST_SECONDS
		fi
		quiet=$((quiet + 1))
		had=$copied
		ended=''
		[ ! -s "$followed/ended" ] || ended=yes
		# measured before the events are read: what was written after an event is not sent before it. Somebody may have cut it: it is looked
		# at itself before anything is sent, and before a nap
		{ [ "$quiet" -le "$QUIET_TURNS" ] && size_of_log "$followed" && [ "$SIZE" -eq "$copied" ]; } || size_of "$followed/log"
		[ "$SIZE" -le "$copied" ] || quiet=0
		while next_event; do
			quiet=0
			# a newer one; where power went, the log may lack what the events count
			[ "$AT" -le "$SIZE" ] || size_of "$followed/log"
			[ "$AT" -le "$SIZE" ] || AT=$SIZE
			copy_to "$AT"
			wake_up
			send "$EVENT" || exit 0
		done
		copy_to "$SIZE"
		[ "$1" = on ] || exit 0
		[ -z "$ended" ] || break
		# what came while it copied a lot is copied without a pause
		[ ! -s "$followed/ended" ] || continue
		# it was forgotten, or somebody has cut it
		[ "$SIZE" -ge "$copied" ] || exit 76
		[ -n "$leader" ] || { read_line "$followed/session" && leader=$LINE; }
		# what has just written something lives; what its steps left may write for ever
		unasked=$((unasked + 1))
		# shellcheck disable=SC2086 # three words of our own
		if [ "$quiet$waited" = 00 ] && [ "$unasked" -lt "$UNASKED_TURNS" ]; then
			:
		elif unasked=0 && head_lives $leader; then
			waited=0
		elif [ "$waited" -lt "$DEAD_TURNS" ]; then
			# it may be about to begin, or just to end
			waited=$((waited + 1))
			quiet=0
		else
			waited=0
			[ -d "$followed" ] || exit 76
			settle_alone "${followed##*/}"
		fi
		# more has come meanwhile
		[ "$((copied - had))" -lt "$BLOCK_BYTES" ] || continue
		[ "$quiet" -gt 0 ] || wake_up
		if [ -z "$NAP" ]; then
			begin_nap "$followed/nap.end" "$pause"
			[ ! -s "$followed/ended" ] || continue
		fi
		take_nap "$pause" || :
		pause=$MORE_SECONDS
	done
	wake_up
	[ ! -e "$followed/nap.follow.$$" ] || rm -f "$followed/nap.follow.$$"
	read_line "$followed/ended"
	exit "$LINE"
}

# next_event: sets AT and EVENT. What is not an event was cut off by a full disk; the rest of a line comes in a later round.
next_event() {
	while IFS='' read -r line <&5; do
		line=$pending$line
		pending=''
		AT=${line%% *}
		EVENT=${line#* }
		case "$line" in
		*' {'*'}') ! is_number "$AT" || return 0 ;;
		esac
	done
	pending=$pending$line
	return 1
}

# copy_to BYTES: sends the log up to there.
copy_to() {
	[ "$copied" -lt "$1" ] || return 0
	wake_up
	send_bytes "$(($1 - copied))"
	copied=$1
}

# send_bytes COUNT: so many bytes of descriptor 4, to descriptor 3: a frame of whole blocks, and one of the rest.
send_bytes() {
	[ "$1" -lt "$BLOCK_BYTES" ] || send_blocks "$BLOCK_BYTES" "$(($1 / BLOCK_BYTES))"
	[ "$(($1 % BLOCK_BYTES))" -eq 0 ] || send_blocks "$(($1 % BLOCK_BYTES))" 1
}

# send_blocks BYTES COUNT: one frame, by one process. What dd tells is how many blocks it has read whole: fewer, since the log
# was cut, or an error, since the client has gone, end the answer in the middle of the frame.
send_blocks() {
	send "{\"event\":\"output\",\"size\":$(($1 * $2))}" || exit 76
	case "$(exec dd bs="$1" count="$2" <&4 2>&1 >&3)" in
	"$2+0 "*) ;;
	*) exit 76 ;;
	esac
}

# settle_alone RUN: settles a dead run, if nobody holds the lock; somebody who just settles it is waited for.
settle_alone() {
	[ -n "$1" ] && [ ! -s "$RUNS/$1/ended" ] || return 0
	(
		# a word of find or mv into a pipe that nobody reads would hold the lock
		exec 9<"$APPS/$REQ_APP/lock" >/dev/null 2>&1
		tries=0
		until flock -n 9; do
			tries=$((tries + 1))
			read_line "$RUNS/$1/session"
			# shellcheck disable=SC2086 # three words of our own
			[ "$tries" -le "$SETTLE_TRIES" ] && [ ! -s "$RUNS/$1/ended" ] && ! head_lives $LINE || exit 0
			sleep "$SETTLE_SECONDS"
		done
		settle "$1"
	) || :
}
