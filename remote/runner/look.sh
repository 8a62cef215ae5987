# The fuller look of a plan: what a deploy would change; and the checks of a status. A step process of its own (step/plan/each.sh) fetches and
# compares in a scratch folder, STATE/plan. Nothing of it is sent before that folder is gone, so that a client that stalls or goes away
# leaves nothing.

# all of a look; how long another one is waited for, in turns of 0.5 s
LOOK_LIMIT_SECONDS=120
MOST_LOOK_TURNS=60

# check_again: the checks of what is live, with its flags.
check_again() {
	[ -s "$STATE/live" ] || return 0
	read -r live_commit _ _ live_run _ <"$STATE/live"
	read_line "$RUNS/$live_run/flags"
	keep_known_flags "$LINE"
	TIP=''
	look_around checks "$live_commit"
}

# look_around WORD...: what the step is called with. One look of an app at a time: descriptor 7 is locked for as long as a process of it
# lives. What an earlier one left that was killed goes first.
look_around() {
	exec 7<"$STATE"
	turns=0
	until flock -n 7; do
		[ "$turns" -lt "$MOST_LOOK_TURNS" ] || {
			tell_unseen busy
			return
		}
		turns=$((turns + 1))
		sleep 0.5
	done
	SCRATCH=$STATE/plan
	looker=''
	# before setsid the looker has no group of its own
	trap '[ -z "$looker" ] || kill -KILL "$looker" 2>/dev/null; end_look; exit 143' TERM INT
	if ! { discard "$SCRATCH" && mkdir "$SCRATCH"; } >/dev/null 2>&1; then
		end_look
		tell_unseen storage
		return
	fi
	# in a session of its own, so that all of it can be ended, and without the caller's keys
	(own_keyring setsid env -i PATH="$PATH" HOME="$SCRATCH" LC_ALL=C SHIPIT_APP="$REQ_APP" SHIPIT_RUN=plan SHIPIT_REF_KIND="$REQ_KIND" \
		SHIPIT_REF="$REQ_REF" SHIPIT_COMMIT="$TIP" SHIPIT_FLAGS="$REQ_FLAGS" SHIPIT_BACK_TO='' \
		nice -n 10 timeout -k 5 "$LOOK_LIMIT_SECONDS" /bin/sh "$LIBEXEC/step" "$@" \
		>"$SCRATCH/log" 2>&1) &
	looker=$!
	wait "$looker"
	looked=$?
	why=''
	case "$looked" in
	0) ;;
	124 | 137 | 143) why='time' ;;
	*)
		why=failed
		printf '%s\n' "$looked" 2>/dev/null >"$SCRATCH/status" && [ -s "$SCRATCH/status" ] || why=storage
		;;
	esac
	read_line "$SCRATCH/reason"
	reason=$LINE
	size_of "$SCRATCH/log"
	has_events=''
	[ ! -r "$SCRATCH/log" ] || [ ! -r "$SCRATCH/events" ] || {
		has_events=yes
		exec 3>&1 4<"$SCRATCH/log" 5<"$SCRATCH/events"
	}
	end_look
	[ "$reason" != ref-not-found ] || {
		event refused ',"reason":"ref-not-found","exit":66'
		exit 66
	}
	[ -z "$has_events" ] || send_look "$SIZE"
	[ -z "$why" ] || tell_unseen "$why"
}

# end_look: no process of it is left, and no file.
end_look() {
	trap - TERM INT
	[ -z "$looker" ] || kill -KILL "-$looker" 2>/dev/null || :
	discard "$SCRATCH" >/dev/null 2>&1 || :
	exec 7<&-
}

# send_look SIZE: the events, each after the output that belongs to it.
send_look() {
	pending=''
	copied=0
	while next_event; do
		[ "$AT" -le "$1" ] || AT=$1
		copy_to "$AT"
		send "$EVENT"
	done
	copy_to "$1"
	exec 4<&- 5<&-
}

# tell_unseen WHY: there is more to see, and this is all.
tell_unseen() {
	event unseen ",\"reason\":\"$1\""
}

# tell_space: where a deploy writes. Asked at once, folders of one file system have the same room.
tell_space() {
	set -- "$STATE"
	for place in $(published | tr '\n' ' '); do
		[ ! -d "$PREFIX$place" ] || set -- "$@" "$PREFIX$place"
	done
	df -Pk "$@" 2>/dev/null | sed -n 's/^.*[[:blank:]]\([0-9][0-9]*\)  *[0-9][0-9]*  *\([0-9][0-9]*\)  *[0-9][0-9]*%  *.*$/\2 \1/p' |
		while read -r free all; do
			event space ",\"path\":\"${1#"$PREFIX"}\",\"free\":$free,\"all\":$all"
			shift
		done
}
