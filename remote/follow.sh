# The follower: copies a run's log to the client from a byte on, whether the run lives, has ended, or ended long ago.
# It holds no lock and runs no step: a client that stalls or goes away hurts nothing but its own follower.
FOLLOW_SECONDS=0.1
SETTLE_TRIES=10

# follow RUN OFFSET_BYTES: exits with the run's exit code once all of the log was copied.
follow() {
	followed=$RUNS/$1
	exec 4<"$followed/log"
	[ "$2" -eq 0 ] || tail -c "+$(($2 + 1))" <&4 || exit 0
	waited=0
	leader=''
	while :; do
		ended=''
		[ ! -s "$followed/ended" ] || ended=yes
		# each cat goes on where the one before stopped; it fails when the client has gone
		cat <&4 || exit 0
		[ -z "$ended" ] || break
		# what came while it copied a lot is copied without a pause
		[ ! -s "$followed/ended" ] || continue
		[ -n "$leader" ] || leader=$(first_line "$followed/session")
		# shellcheck disable=SC2086 # three words of our own
		if head_lives $leader; then
			waited=0
		elif [ "$waited" -lt 20 ]; then
			# it may be about to begin, or just to end
			waited=$((waited + 1))
		else
			waited=0
			# it was forgotten meanwhile
			[ -d "$followed" ] || exit 76
			settle_alone "$1"
		fi
		sleep "$FOLLOW_SECONDS"
	done
	exit "$(first_line "$followed/ended")"
}

# settle_alone RUN: settles a dead run, if nobody holds the lock; somebody who just settles it is waited for.
settle_alone() {
	[ -n "$1" ] || return 0
	(
		# a word of find or mv into a pipe that nobody reads would hold the lock
		exec 9<"$APPS/$REQ_APP/lock" >/dev/null 2>&1
		tries=0
		until flock -n 9; do
			tries=$((tries + 1))
			# shellcheck disable=SC2046 # three words of our own
			[ "$tries" -le "$SETTLE_TRIES" ] && [ ! -s "$RUNS/$1/ended" ] && ! head_lives $(first_line "$RUNS/$1/session") || exit 0
			sleep "$FOLLOW_SECONDS"
		done
		settle "$1"
	) || :
}
