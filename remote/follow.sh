# The follower: copies a run's log to the client from a byte on, whether the run lives, has ended, or ended long ago.
# It holds no lock and runs no step: a client that stalls or goes away hurts nothing but its own follower.
FOLLOW_SECONDS=0.1

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
		if [ -z "$leader" ]; then
			leader=$(first_line "$followed/session")
			leader=${leader%% *}
		fi
		if [ -n "$leader" ] && kill -0 "$leader" 2>/dev/null; then
			waited=0
		elif [ "$waited" -lt 20 ]; then
			# it may be about to begin, or just to end
			waited=$((waited + 1))
		else
			waited=0
			settle_alone
		fi
		sleep "$FOLLOW_SECONDS"
	done
	exit "$(first_line "$followed/ended")"
}

# settle_alone: settles a dead run, if nobody holds the lock.
settle_alone() {
	(
		exec 9<"$APPS/$REQ_APP/lock"
		flock -n 9 && settle
	) || :
}
