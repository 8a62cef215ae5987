# The locks of apps: nothing that a run reads is replaced while one is running. A subshell for each, since the shells have few
# descriptors and a lock lasts as long as its shell.

HOLDER_SECONDS=2

# with_locks COMMAND [APP]...: runs COMMAND while it holds the lock of each app; exits 75 if one is taken.
with_locks() {
	locked_command=$1
	shift
	if [ "$#" -eq 0 ]; then
		"$locked_command"
		return
	fi
	(
		take_lock "$1"
		shift
		with_locks "$locked_command" "$@"
	)
}

take_lock() {
	[ -e "$APPS/$1/lock" ] || return 0
	exec 9<"$APPS/$1/lock"
	until flock -n 9; do
		[ "$WAIT_SECONDS" -gt 0 ] || [ "$TASK" != uninstall ] || say_holders "$1"
		[ "$WAIT_SECONDS" -gt 0 ] || die 75 "a run of '$1' is in progress$(holder_of "$1"): nothing was changed; try again later, or wait for it with --wait SECONDS"
		WAIT_SECONDS=$((WAIT_SECONDS - 1))
		sleep 1
	done
}

# say_holders APP: what the kernel says of them. Code of the app's account can hold the lock for good, and say what it likes of a run.
say_holders() {
	lock_number=$(stat -Lc %i "$APPS/$1/lock")
	# /proc/locks has the process that took it, and others may have inherited it (Linux 4.1 tells that)
	set +f
	lock_holders=$({
		awk -v "file=:$lock_number\$" '$2 == "FLOCK" && $6 ~ file { print $5 }' /proc/locks
		grep -lsE "^lock:.*FLOCK.*:$lock_number 0 EOF" /proc/[0-9]*/fdinfo/* | cut -d / -f 3
	} 2>/dev/null | sort -u)
	set -f
	for lock_holder in $lock_holders; do
		[ -d "/proc/$lock_holder" ] || continue
		say "process $lock_holder ($(show "$(tr '\0' ' ' <"/proc/$lock_holder/cmdline" 2>/dev/null | head -c 100)")) of $(stat -c %U "/proc/$lock_holder") holds the lock of '$1'"
	done
	holder_account=$(account_of "$1")
	[ -n "$holder_account" ] && has_account "$holder_account" || return 0
	say "if no deploy should be running, end everything that runs as $holder_account, and run this again:"
	say_kill "$holder_account"
}

# holder_of APP: the files are the account's, so the account reads them. It may have put anything there, a pipe as well, and its
# processes may stop one another: root waits for none of them (as_account), and takes what they say as words for the screen.
holder_of() {
	holder_account=$(account_of "$1")
	[ -n "$holder_account" ] || return 0
	# shellcheck disable=SC2016 # another sh expands it
	as_account "$HOLDER_SECONDS" "$holder_account" '
		read -r run <"$1/current" && read -r who kind ref since <"$1/runs/$run/by" &&
			printf "%.64s %.16s %.200s" "$who" "$kind" "$ref"' "$STATE_ROOT/apps/$1" >"$STAGE/holder" 2>/dev/null || return 0
	holder_words=$(head -c 300 "$STAGE/holder" | clean)
	[ -z "$holder_words" ] || printf ' (%s)' "$holder_words"
}
