# The state of the process that called the runner, which sudo hands on, and which what a deploy starts would keep: priority,
# scheduling, processors, limits. What an account may undo is undone; what it may not, is refused. Root steps start from root's own state
# (as-root.sh). Without sudo (the sandbox) it is a person's own.

MIN_OPEN_FILES=256
MIN_PROCESSES=512
MIN_STACK_BYTES=1048576
# what kernels give everybody, or less
MIN_LOCKED_BYTES=65536
MIN_PENDING_SIGNALS=256
MIN_QUEUE_BYTES=819200

# reset_caller: needs /proc, as every host has.
reset_caller() {
	[ -n "$SUDO" ] && [ -r /proc/self/stat ] || return 0
	reset_inherited
	check_inherited
	[ -z "$KEEPS" ] || die 77 "refused: called with $KEEPS"
	reset_processors
	! command -v ionice >/dev/null || ionice -c 0 -p "$$" >/dev/null 2>&1
	check_priority
}

# check_limits: sudo hands on the limits of the caller; under one a deploy could run and its record could not be written. Each stands in a line:
# 'Max', a name of one or two words, the soft limit, the hard one, the unit.
check_limits() {
	[ -n "$SUDO" ] || [ -r /proc/self/limits ] || return 0
	while read -r _ limit of soft hard _; do
		case "$limit $of" in
		'cpu time') must_be_unlimited t ;;
		'file size') must_be_unlimited f ;;
		'data size') must_be_unlimited d ;;
		'address space') must_be_unlimited v ;;
		'stack size') at_least "$MIN_STACK_BYTES" "$soft" s ;;
		'open files') at_least "$MIN_OPEN_FILES" "$soft" n ;;
		'processes '*) at_least "$MIN_PROCESSES" "$of" u ;;
		'locked memory') raise_limit l memlock "$MIN_LOCKED_BYTES" ;;
		'pending signals') raise_limit i sigpending "$MIN_PENDING_SIGNALS" ;;
		'msgqueue size')
			raise_limit q msgqueue "$MIN_QUEUE_BYTES"
			return
			;;
		esac
	done </proc/self/limits
	die 70 'this host does not tell the limits of a process (/proc/self/limits)'
}

must_be_unlimited() {
	[ "$soft" = unlimited ] || die 77 "refused: called with a limit (ulimit -$1)"
}

# at_least MINIMUM LIMIT LETTER
at_least() {
	[ "$2" = unlimited ] || [ "$2" -ge "$1" ] || die 77 "refused: called with a limit (ulimit -$3)"
}

# check_priority: nice and the policy stand 17 and 39 words after the name (proc(5)); SCHED_BATCH is 3, SCHED_IDLE 5. Only root can
# undo them, and a run at the end of every queue would hold the lock for as long as it takes.
check_priority() {
	# the name in parentheses may hold anything; ours holds no newline
	read -r stat </proc/self/stat
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	[ "${17}" -le 0 ] || die 77 'refused: called with a low priority (nice): a run would keep it, and hold the lock for longer; start shipit, and the ssh or sshd that it comes by, without nice'
	case "${39-0}" in
	3 | 5) die 77 'refused: called with a low-priority scheduling policy (chrt): a run would keep it, and hold the lock for longer; start shipit, and the ssh or sshd that it comes by, without chrt' ;;
	esac
}

# raise_limit LETTER NAME LEAST: raises the soft limit as far as it may go.
raise_limit() {
	[ -n "$SUDO" ] || return 0
	at_least "$3" "$hard" "$1"
	[ "$soft" = "$hard" ] || ! command -v prlimit >/dev/null || prlimit --pid "$$" "--$2=$hard:$hard" 2>/dev/null
}
