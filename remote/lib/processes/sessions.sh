# Which processes of a run live: what proc(5) says of them, told apart from others that got their numbers later.

# session_lives SID BOOT_ID START_TIME: a process of that session lives. The boot id, the leader's start time, and whose its
# processes are keep a reused number from being taken for it.
session_lives() {
	[ "$#" -eq 3 ] || return 1
	if [ ! -r /proc/self/stat ]; then
		kill -0 "$1" 2>/dev/null
		return
	fi
	read_boot
	[ "$BOOT" = "$2" ] || return 1
	# another process has that number by now; the loop below may meet others of its session first
	! process_facts "/proc/$1/stat" || [ "$PROCESS_START" = "$3" ] || return 1
	wanted=$1
	set +f
	for stat in /proc/[0-9]*/stat; do
		set -f
		process_facts "$stat" || continue
		[ "$PROCESS_SESSION" != "$wanted" ] || ! may_be_of_session "$3" || return 0
	done
	set -f
	return 1
}

# may_be_of_session START_TIME: the process of process_facts did not begin before the session's leader, and was started by this account or
# by root. Once all of a session have ended, another person's may get its number, and lose its leader as well.
may_be_of_session() {
	[ "$PROCESS_START" -ge "$1" ] || return 1
	by_account=$(printf 'Uid:\t%s\t' "$(id -u)")
	by_root=$(printf 'Uid:\t0\t')
	fact=''
	{ while read -r fact && [ "$fact" = "${fact#Uid:}" ]; do :; done <"/proc/$PROCESS_ID/status"; } 2>/dev/null
	forget_read
	case "$fact" in
	"$by_account"* | "$by_root"*) ;;
	*) return 1 ;;
	esac
}

# head_lives SID BOOT_ID START_TIME: the head of a run lives; another process that got its number is not it.
head_lives() {
	[ "$#" -eq 3 ] || return 1
	if [ ! -r /proc/self/stat ]; then
		kill -0 "$1" 2>/dev/null
		return
	fi
	process_facts "/proc/$1/stat" && [ "$PROCESS_START" = "$3" ] && read_boot && [ "$BOOT" = "$2" ]
}

# find_steps SESSION PID: sets STEPS: all processes of the session but its leader, that one and its children.
find_steps() {
	STEPS=''
	set +f
	for stat in /proc/[0-9]*/stat; do
		set -f
		process_facts "$stat" && [ "$PROCESS_SESSION" = "$1" ] || continue
		case "$PROCESS_ID,$PROCESS_PARENT" in
		"$1",* | "$2",* | *,"$2") ;;
		*) STEPS="$STEPS $PROCESS_ID" ;;
		esac
	done
	set -f
}

# kill_steps SIGNAL: those that find_steps found.
kill_steps() {
	for each in $STEPS; do
		kill "-$1" "$each" 2>/dev/null || :
	done
}

# forget_read: after a read of a process's file that stopped before the end. Where the process has gone meanwhile, bash cannot go back in
# the file: it keeps what it read ahead, and the next read of any file would get that.
forget_read() {
	read -r _ </dev/null || :
}

BOOT=''

# read_boot: sets BOOT, the id of this boot of the host; where it has none (some containers), a word in its place.
read_boot() {
	[ -n "$BOOT" ] || { read_line /proc/sys/kernel/random/boot_id && BOOT=${LINE:--}; }
}

# process_facts /proc/N/stat: sets PROCESS_ID, _PARENT, _SESSION, _START (proc(5)); fails for one that is gone or has ended.
process_facts() {
	facts=''
	# the name in parentheses may hold anything, newlines as well
	{ while read -r part || [ -n "$part" ]; do facts="$facts$part "; done <"$1"; } 2>/dev/null
	[ -n "$facts" ] || return 1
	PROCESS_ID=${facts%% *}
	# shellcheck disable=SC2086
	set -- ${facts##*) }
	# one whose first thread alone has ended still runs
	case "$1" in
	Z | X) [ "${18}" -gt 1 ] || return 1 ;;
	esac
	PROCESS_PARENT=$2 PROCESS_SESSION=$4 PROCESS_START=${20}
}
