# The gate: sshd runs it as the developer, in place of whatever the developer's client asked for (a forced
# command); from an ordinary shell account it is the command shipit-gate. It refuses every line but the few
# requests of docs/protocol.md and hands those, through one line in sudoers, to the runner.
# It is a convenience, not the boundary: the runner judges everything again.
# It prints only one sentence, on stderr, when it refuses (exit 77).

main() {
	needs id ls
	if [ "$#" -gt 0 ]; then
		# Called by hand: two requests at once would let one hide behind the other.
		[ -z "${SSH_ORIGINAL_COMMAND-}" ] || refuse
		for word; do
			case "$word" in
			'' | *' '*) refuse ;;
			esac
		done
		request=$*
	else
		request=${SSH_ORIGINAL_COMMAND-}
		request=${request#shipit-gate }
	fi
	judge_request "$request"
	if [ -z "$SUDO" ]; then
		set -- /bin/sh "$LIBEXEC/runner" "$request"
	else
		choose_account
		# each of these ends like a rule of sudoers that says no, and is something else
		[ -x "$SUDO" ] || die 70 "this account cannot run $SUDO on this host"
		[ -u "$SUDO" ] || die 70 "$SUDO is not setuid on this host, so it cannot work: ask root to reinstall its package"
		set -- "$SUDO" -n -u "$ACCOUNT" -- "$LIBEXEC/runner" "$request"
	fi
	# the one word of a deploy that asks is all that is ever read
	[ -n "$REQ_ASK" ] || exec </dev/null
	exec "$@"
}

# choose_account: sets ACCOUNT to the app's, which its recipe says. Where there is no app, or none that the caller may look at, it is
# the one of another app, where the runner answers the same as everywhere: a developer has a line in sudoers for that alone.
choose_account() {
	read_groups
	[ -z "$REQ_APP" ] || ! may read '' || return 0
	mine=$(each_app account_if_mine)
	if [ -z "$mine" ]; then
		[ -n "$(each_app print_account)" ] || die 77 'refused: no app is installed on this host'
		die 77 'refused: no app on this host has a group that this account is in; root adds it with: usermod -aG GROUP ACCOUNT'
	fi
	# shellcheck disable=SC2086 # names of accounts
	set -- $mine
	ACCOUNT=$1
}

account_if_mine() {
	! may read '' || print_account
}

main "$@"
