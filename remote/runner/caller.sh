# The state of the process that called the runner, which sudo hands on, and which what a deploy starts would keep: priority,
# scheduling, processors, limits. What an account may undo is undone; what it may not, is refused. Root steps start from root's own state
# (as-root.sh). Without sudo (the sandbox) it is a person's own.

# bytes, signals: what kernels give everybody, or less
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
	while read -r _ limit _ soft hard _; do
		case "$limit" in
		locked) check_limit l memlock "$MIN_LOCKED_BYTES" ;;
		pending) check_limit i sigpending "$MIN_PENDING_SIGNALS" ;;
		msgqueue) check_limit q msgqueue "$MIN_QUEUE_BYTES" ;;
		esac
	done </proc/self/limits
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

# check_limit LETTER NAME LEAST: raises the soft limit as far as it may.
check_limit() {
	at_least "$3" "$hard" "$1"
	[ "$soft" = "$hard" ] || ! command -v prlimit >/dev/null || prlimit --pid "$$" "--$2=$hard:$hard" 2>/dev/null
}
