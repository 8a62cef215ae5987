# Waiting for what others write down of a run. Who waits has a `sleep` beside it, and says in a file of the run's folder which process
# that is; who writes something down ends it. The process has that file open, as descriptor 8. That tells it from another one that got its
# number later, and costs no reading. Nothing waits in the file, so it never fills up. Where nobody ends the process, it ends by itself.

NAP=''

# begin_nap FILE SECONDS: before the last look at what is waited for, so that what comes after that look ends the nap. On a disk
# without room for that, there is none. The file keeps its length, so that it needs no more room later.
begin_nap() {
	{ [ -d /proc/self ] && command exec 8<>"$1"; } 2>/dev/null || return 0
	# a signal may come before its number is noted
	before_nap=${!-}
	NAP=new
	sleep "$2" >/dev/null 2>&1 3<&- 4<&- 5<&- &
	NAP=$!
	printf '%-10s\n' "$NAP" 2>/dev/null >&8 || end_nap
}

end_nap() {
	if [ "$NAP" = new ]; then
		NAP=${!-}
		[ "$NAP" != "$before_nap" ] || NAP=''
	fi
	[ -z "$NAP" ] || kill "$NAP" 2>/dev/null || :
	NAP=''
}

# wake_up: before this writes to a client that may be slow: with busybox a write fails that is under way when a child ends.
wake_up() {
	napped=$NAP
	end_nap
	# bash says how a process has ended
	[ -z "$napped" ] || wait "$napped" 2>/dev/null || :
}

# take_nap SECONDS: until it ends, or for so long where there is none. Fails if somebody has ended it.
take_nap() {
	[ -n "$NAP" ] || {
		sleep "$1"
		return
	}
	# bash says how a process has ended
	wait "$NAP" 2>/dev/null && NAP='' && return
	NAP=''
	return 1
}

# ring RUN_DIR follow|watch: ends the naps of those that follow that run, or of its supervisor.
ring() {
	set +f
	set -- "$1/nap.$2"*
	set -f
	for each_nap; do
		[ -s "$each_nap" ] && { read -r sleeper <"$each_nap"; } 2>/dev/null || continue
		# shellcheck disable=SC3013 # dash, bash and busybox have -ef
		[ ! "/proc/$sleeper/fd/8" -ef "$each_nap" ] || kill "$sleeper" 2>/dev/null || :
	done
}
