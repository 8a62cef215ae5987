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
		[ ! -e "$followed/ended" ] || ended=yes
		# each cat goes on where the one before stopped; it fails when the client has gone
		cat <&4 || exit 0
		[ -z "$ended" ] || break
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
			settle_alone
		fi
		sleep "$FOLLOW_SECONDS"
	done
	exit "$(first_line "$followed/ended")"
}

# head_lives SID BOOT_ID START_TIME: the head of a run lives; another process that got its number is not it.
head_lives() {
	[ "$#" -eq 3 ] || return 1
	if [ ! -r /proc/self/stat ]; then
		kill -0 "$1" 2>/dev/null
		return
	fi
	process_facts "/proc/$1/stat" && [ "$PROCESS_START" = "$3" ] && [ "$(boot_id)" = "$2" ]
}

# settle_alone: settles a dead run, if nobody holds the lock; somebody who just settles it is waited for.
settle_alone() {
	(
		exec 9<"$APPS/$REQ_APP/lock"
		tries=0
		until flock -n 9; do
			tries=$((tries + 1))
			newest=$RUNS/$(first_line "$STATE/current")
			# shellcheck disable=SC2046 # three words of our own
			[ "$tries" -le "$SETTLE_TRIES" ] && [ ! -e "$newest/ended" ] && ! head_lives $(first_line "$newest/session") || exit 0
			sleep "$FOLLOW_SECONDS"
		done
		settle
	) || :
}
