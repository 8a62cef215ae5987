# Starts what a recipe runs as root: as-root PROGRAM [ARGUMENT]... It is called by one exact line of sudoers for each root step.
# It trusts nothing that the calling process hands on. A daemon would keep all of it: environment, folder, umask, priority, processors,
# limits, ignored signals. So each of these is set to what root has. It refuses to run as anybody but root.
# Exit codes: the program's, or 70, 77.

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
	# nice and the policy stand 17 and 39 words after the name (proc(5))
	read -r stat </proc/self/stat
	# shellcheck disable=SC2086 # words
	set -- ${stat##*) }
	[ "${17-},${39-}" = 0,0 ] || {
		renice 0 -p "$$"
		chrt -o -p 0 "$$"
	} >/dev/null
	ionice -c 0 -p "$$" >/dev/null
	reset_processors
}

# reset_limits: to those of process 1, where they differ.
reset_limits() {
	limits=$(cat /proc/1/limits "/proc/$$/limits") || return
	own=${limits##*"${NEWLINE}Limit "}
	options=''
	reset_limit cpu t 1 'cpu time'
	reset_limit fsize f 512 'file size'
	reset_limit data d 1024 'data size'
	reset_limit stack s 1024 'stack size'
	reset_limit core c 512 'core file size'
	reset_limit rss m 1024 'resident set'
	reset_limit nproc u 1 processes
	reset_limit nofile n 1 'open files'
	reset_limit memlock l 1024 'locked memory'
	reset_limit as v 1024 'address space'
	reset_limit locks x 1 'file locks'
	reset_limit sigpending i 1 'pending signals'
	reset_limit msgqueue q 1 'msgqueue size'
	reset_limit nice e 1 'nice priority'
	reset_limit rtprio r 1 'realtime priority'
	reset_limit rttime R 1 'realtime timeout'
	[ -n "$options" ] && command -v prlimit >/dev/null || return
	# shellcheck disable=SC2086 # options
	prlimit --pid "$$" $options && return
	# where root may not raise a hard limit (a container), the soft one goes as far as it can
	for option in $options; do
		prlimit --pid "$$" "$option" || prlimit --pid "$$" "${option%:*}:" ||
			prlimit --pid "$$" "${option%%=*}=$(prlimit --pid "$$" "${option%%=*}" --output HARD --noheadings --raw):"
	done
}

# reset_limit OPTION LETTER UNIT NAME: of prlimit, of ulimit and in bytes or the like, and of /proc/ID/limits. With prlimit it is only noted.
reset_limit() {
	option=$1 letter=$2 unit=$3 name=$4
	values=${limits#*"Max $name "}
	[ "$values" != "$limits" ] || return 0
	# shellcheck disable=SC2086 # words
	set -- ${values%%"$NEWLINE"*}
	if [ "$option" = nofile ]; then
		[ "$2" != unlimited ] && [ "$2" -le "$MOST_OPEN_FILES" ] || set -- "$1" "$MOST_OPEN_FILES"
		[ "$2" -lt "$OPEN_FILES" ] || set -- "$OPEN_FILES" "$2"
	fi
	values=${own#*"Max $name "}
	# shellcheck disable=SC2086 # words
	set -- "$1" "$2" ${values%%"$NEWLINE"*}
	[ "$1,$2" != "$3,$4" ] || return 0
	options="$options --$option=$1:$2"
	! command -v prlimit >/dev/null || return 0
	[ "$1" = unlimited ] || set -- "$(($1 / unit))" "$2"
	[ "$2" = unlimited ] || set -- "$1" "$(($2 / unit))"
	set_limit "$letter" "$1" "$2"
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
