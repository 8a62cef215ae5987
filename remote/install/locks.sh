# The locks of apps: nothing that a run reads is replaced while one goes on. A subshell for each, since the shells have few
# descriptors and a lock lasts as long as its shell.

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
		[ "$WAIT_SECONDS" -gt 0 ] || die 75 "a run of '$1' goes on$(holder_of "$1"): nothing was changed; try again, or with --wait SECONDS"
		WAIT_SECONDS=$((WAIT_SECONDS - 1))
		sleep 1
	done
}

# holder_of APP: the files are deploybot's, so deploybot reads them, and what they say is made of harmless letters.
holder_of() {
	# shellcheck disable=SC2016 # another sh expands it
	holder_words=$(sudo -n -u "$ACCOUNT" -- /bin/sh -c '
		read -r run <"$1/current" && read -r who kind ref since <"$1/runs/$run/by" &&
			printf "%s %s %s" "$who" "$kind" "$ref"' sh "$STATE_ROOT/apps/$1" 2>/dev/null </dev/null |
		tr -cd 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._/+@,#=-')
	[ -z "$holder_words" ] || printf ' (%s)' "$holder_words"
}
