# What sudo passes on of a process besides limits and variables, and what a daemon would keep: reset where any account may do
# that, refused where not.

# ns; what a process has that nobody has changed
TIMER_SLACK=50000
# what a core dump holds, as the kernel has it at the start
CORE_FILTER=0x33

# reset_inherited: each is a file of this shell's own, which all that it starts begins with.
reset_inherited() {
	{
		# "kill me first"
		printf 0 >/proc/self/oom_score_adj
		# with a large one no sleep would end, and no time limit come
		printf '%s' "$TIMER_SLACK" >/proc/self/timerslack_ns
		printf '%s' "$CORE_FILTER" >/proc/self/coredump_filter
	} 2>/dev/null || :
}

# check_inherited: sets KEEPS, what can't be reset by this account, or nothing. That memory may not be made executable (PR_SET_MDWE) the
# kernel tells nobody.
check_inherited() {
	KEEPS=''
	{ read -r slack </proc/self/timerslack_ns; } 2>/dev/null || slack=$TIMER_SLACK
	[ "$slack" -le "$TIMER_SLACK" ] || KEEPS='a timer slack (PR_SET_TIMERSLACK)'
	{ read -r personality </proc/self/personality; } 2>/dev/null || personality=00000000
	# a 32-bit system on a 64-bit kernel may have one
	[ "$personality" = 00000000 ] || [ "$(getconf LONG_BIT 2>/dev/null)" = 32 ] || KEEPS='another personality (setarch)'
	read_status self
	[ "$HUGE_PAGES" != 0 ] || KEEPS='huge pages switched off (PR_SET_THP_DISABLE)'
}

# read_status self|PID: sets HUGE_PAGES and PROCESSORS, as proc(5) has them for the process; empty where it does not.
read_status() {
	HUGE_PAGES=''
	PROCESSORS=''
	{
		while IFS=: read -r name value; do
			# behind a tab
			case "$name" in
			THP_enabled) HUGE_PAGES=${value#?} ;;
			Cpus_allowed) PROCESSORS=${value#?} && return ;;
			esac
		done <"/proc/$1/status"
	} 2>/dev/null
}

# reset_processors: to those of process 1, where the caller has chosen others. Where that is not allowed, it stays as it is.
reset_processors() {
	own_processors=$PROCESSORS
	read_status 1
	[ -z "$PROCESSORS" ] || [ "$PROCESSORS" = "$own_processors" ] || taskset -p "$(printf '%s' "$PROCESSORS" | tr -d ',')" "$$" >/dev/null 2>&1
}
