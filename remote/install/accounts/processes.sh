# What runs as an account, and how it ends: before the account is locked for good.

# how often, with pauses of 0.1 s, an account is looked at and its processes are ended
END_TURNS=30
# so many looks in a row have to find nothing
QUIET_LOOKS=2
# for one shell that runs as the account: its processes can stop it
SHELL_SECONDS=3

# processes_of ACCOUNT: the ids of its processes, on one line. By what the kernel says of each thread, which may have rights of its own: the owner of /proc/ID is root where a
# process asked not to be dumped. It does not see a process that forks and ends all the time: only end_processes is sure of those.
processes_of() {
	processes_uid=$(id -u "$1" 2>/dev/null) || return 0
	set +f
	# not what has ended: it stays for as long as its parent does not wait for it
	grep -lsE "^Uid:.*[[:blank:]]$processes_uid([[:blank:]]|\$)" /proc/[0-9]*/task/[0-9]*/status | while read -r processes_file; do
		! grep -qsE '^State:[[:blank:]]+[^ZX]' "$processes_file" || printf '%s\n' "$processes_file"
	done | sed 's,^/proc/,,; s,/.*,,' | sort -u | tr '\n' ' '
	set -f
}

# staying_processes ACCOUNT: those that are still there at a second look. They may be of use to somebody, who is asked first.
staying_processes() {
	seen_first=$(processes_of "$1")
	[ -n "$seen_first" ] || return 0
	sleep 0.1
	for seen_now in $(processes_of "$1"); do
		! has "$seen_now" "$seen_first" || printf '%s ' "$seen_now"
	done
}

# end_processes ACCOUNT: ends all that runs as it. Fails if something may be left: LEFT_RUNNING has the ids that were seen. Its ways in are
# closed by then, so that nothing new begins.
end_processes() {
	LEFT_RUNNING='' LEFT_PEOPLE=''
	end_uid=$(id -u "$1" 2>/dev/null) && [ "$end_uid" -ne 0 ] || return 0
	end_turn=0
	quiet=0
	while [ "$end_turn" -lt "$END_TURNS" ]; do
		end_turn=$((end_turn + 1))
		if kill_all "$1"; then
			LEFT_RUNNING=$(processes_of "$1")
			quiet=$((quiet + 1))
			[ -z "$LEFT_RUNNING" ] || quiet=0
			[ "$quiet" -lt "$QUIET_LOOKS" ] || return 0
		else
			LEFT_RUNNING=$(processes_of "$1")
			quiet=0
		fi
		for left_process in $LEFT_RUNNING; do
			end_seen "$left_process"
		done
		sleep 0.1
	done
	return 1
}

# kill_all ACCOUNT: kill(2) with -1, as the account: the kernel ends all its processes in one go, and none can fork meanwhile. Fails if the
# shell that does it did not come to its end: one of those processes was quicker.
kill_all() {
	as_locked "$SHELL_SECONDS" "$1" 'kill -KILL -1 2>/dev/null; exit 0' >/dev/null 2>&1
}

# as_locked SECONDS ACCOUNT COMMAND: as as_account does it (accounts.sh), without groups, and also as an account that is locked.
as_locked() {
	if has_setpriv --clear-groups; then
		set -- "$1" setpriv --reuid "$(id -u "$2")" --regid "$(id -g "$2")" --clear-groups /bin/sh -c "$3"
	else
		set -- "$1" su -s /bin/sh -c "$3" "$2"
	fi
	locked_seconds=$1
	shift
	set -- env -i PATH="$PATH" LC_ALL=C setsid "$@"
	! command -v keyctl >/dev/null || set -- keyctl session - "$@"
	(
		# there may be so many processes that another could not start (dash has a letter of its own)
		# shellcheck disable=SC3045
		ulimit -u unlimited || ulimit -p unlimited
		exec timeout -s KILL "$locked_seconds" "$@" </dev/null 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
	) 2>/dev/null
}

# end_seen ID: what the account itself may not end (somebody else's process, with its rights by a setuid file), or what ends it. Notes whose
# process it is.
end_seen() {
	seen_real=$(sed -n 's/^Uid:[[:blank:]]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[ -z "$seen_real" ] || [ "$seen_real" -eq "$end_uid" ] || has "$seen_real" "$LEFT_PEOPLE" || LEFT_PEOPLE="$LEFT_PEOPLE$seen_real "
	set +f
	! grep -qsE "^Uid:.*[[:blank:]]$end_uid([[:blank:]]|\$)" "/proc/$1"/task/[0-9]*/status || kill -KILL "$1" 2>/dev/null
	set -f
}

# say_running ACCOUNT: what end_processes could not end.
say_running() {
	for left_person in $LEFT_PEOPLE; do
		left_name=$(getent passwd "$left_person" | cut -d : -f 1)
		say "a process of ${left_name:+the account $left_name (}number $left_person${left_name:+)} has the rights of $1, through a setuid file"
	done
	say "something still runs as $1${LEFT_RUNNING:+ (processes ${LEFT_RUNNING% })}: it could not be ended, and the account stays locked. Restart the host, or end it by hand, and run this again:"
	[ -z "$LEFT_PEOPLE" ] || [ -z "$LEFT_RUNNING" ] || printf '  kill -KILL %s\n' "${LEFT_RUNNING% }"
	say_kill "$1"
}

# say_kill ACCOUNT: the command that ends all that runs as it.
say_kill() {
	if has_setpriv --clear-groups; then
		printf "  setpriv --reuid %s --clear-groups /bin/sh -c 'kill -KILL -1'\n" "$(id -u "$1")"
	else
		printf "  su -s /bin/sh -c 'kill -KILL -1' %s\n" "$1"
	fi
}

# has_setpriv OPTION: of util-linux. busybox' can't change the account, and its su takes one that is locked, which that of PAM refuses.
has_setpriv() {
	setpriv --reuid 0 --regid 0 "$1" true 2>/dev/null
}

# refuse_processes SENTENCE ACCOUNT: before anything is changed.
refuse_processes() {
	say "$1. End them first, then run this again:"
	say_kill "$2"
	die 1 "something runs as $2: nothing was changed"
}
