# What a recipe runs as root starts here, by one exact line of sudoers: as-root PROGRAM [ARGUMENT]... It trusts nothing that a process hands
# to the next one, and a daemon that is started keeps what it was started with: environment, folder, umask, priority, processors,
# limits, ignored signals. All of them become what root's are. It refuses to run as anybody but root. Exit codes: the program's, or
# 70, 77.

# systemd's own for what it starts (DefaultLimitNOFILE): some programs go through all that they could open
OPEN_FILES=1024
MOST_OPEN_FILES=524288

main() {
	cd / || exit 70
	answer_of id -u
	[ "$ANSWER" -eq 0 ] && [ "$#" -gt 0 ] || die 77 'refused: only root may run this'
	umask 022
	reset_inherited
	check_inherited
	[ -z "$KEEPS" ] || die 77 "refused: called with $KEEPS"
	reset_place 2>/dev/null
	reset_limits 2>/dev/null
	# of coreutils 8.31, by its path, since busybox has an env of its own; elsewhere a signal that the caller ignores stays ignored
	set -- PATH="$PATH" HOME=/root USER=root LOGNAME=root SHELL=/bin/sh "$@"
	if /usr/bin/env --default-signal true 2>/dev/null; then
		own_keyring /usr/bin/env -i --default-signal "$@"
	fi
	own_keyring env -i "$@"
}

# reset_place: what the scheduler knows of this process. Where a tool is missing, or a container does not
# allow it, it stays as it is.
reset_place() {
	renice 0 -p "$$" >/dev/null
	chrt -o -p 0 "$$" >/dev/null
	ionice -c 0 -p "$$" >/dev/null
	reset_processors
}

# reset_limits: to those of process 1, by the names of /proc/ID/limits, of prlimit, and the letters of ulimit with their units.
reset_limits() {
	while read -r name option letter unit; do
		name=$(printf '%s' "$name" | tr _ ' ')
		# shellcheck disable=SC2046 # two words
		set -- $(sed -n "s/^Max $name  *\\([^ ]*\\)  *\\([^ ]*\\).*/\\1 \\2/p" /proc/1/limits)
		[ "$#" -eq 2 ] || continue
		if [ "$option" = nofile ]; then
			[ "$2" != unlimited ] && [ "$2" -le "$MOST_OPEN_FILES" ] || set -- "$1" "$MOST_OPEN_FILES"
			[ "$2" -lt "$OPEN_FILES" ] || set -- "$OPEN_FILES" "$2"
		fi
		# where root may not raise a hard limit (a container), the soft one goes as far as it can
		if command -v prlimit >/dev/null; then
			prlimit --pid "$$" "--$option=$1:$2" || prlimit --pid "$$" "--$option=$1:" || prlimit --pid "$$" "--$option=$(hard_limit "$name"):"
		else
			[ "$1" = unlimited ] || set -- "$(($1 / unit))" "$2"
			[ "$2" = unlimited ] || set -- "$1" "$(($2 / unit))"
			set_limit "$letter" "$@"
		fi
	done <<END_OF_LIMITS
cpu_time cpu t 1
file_size fsize f 512
data_size data d 1024
stack_size stack s 1024
core_file_size core c 512
resident_set rss m 1024
processes nproc u 1
open_files nofile n 1
locked_memory memlock l 1024
address_space as v 1024
file_locks locks x 1
pending_signals sigpending i 1
msgqueue_size msgqueue q 1
nice_priority nice e 1
realtime_priority rtprio r 1
realtime_timeout rttime R 1
END_OF_LIMITS
}

# hard_limit NAME: this process's own.
hard_limit() {
	sed -n "s/^Max $1  *[^ ]*  *\([^ ]*\).*/\1/p" "/proc/$$/limits"
}

# set_limit LETTER SOFT HARD: dash calls processes p, and has few letters.
set_limit() {
	# shellcheck disable=SC3045 # where the shell has them; an unknown letter ends a shell, so a subshell tries it
	[ "$1" != u ] || (ulimit -u) >/dev/null 2>&1 || set -- p "$2" "$3"
	# shellcheck disable=SC3045 # as above
	(ulimit "-$1") >/dev/null 2>&1 || return 0
	# shellcheck disable=SC3045 # as above
	ulimit -H "-$1" "$3"
	# shellcheck disable=SC3045 # as above
	ulimit -S "-$1" "$2" || ulimit -S "-$1" "$(ulimit -H "-$1")"
}

main "$@"
