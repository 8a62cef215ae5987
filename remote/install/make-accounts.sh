# The accounts, groups and memberships of an app: what lacks, and making it.

survey_accounts() {
	for account in $ACCOUNT $BUILDERS $READER; do
		survey_one account "$account" "account $account (no password, no shell)"
	done
	for group in $POLICY_GROUPS; do
		survey_one group "$group" "group $group"
	done
	while read -r kind name group <&4; do
		[ "$kind" = person ] || continue
		survey_one group "$group" "group $group"
		survey_one account "$name" "account $name (no password, for deploys alone)"
		is_member "$name" "$group" || planned + "$name in the group $group"
	done 4<"$STAGE/root$APPS/$APP/grants"
}

# survey_one KIND NAME WORDS: what is made, or taken up again.
survey_one() {
	if ! "has_$1" "$2"; then
		planned + "$3"
	elif is_kept "$1" "$2"; then
		if remembered "$1 $2"; then
			planned '~' "$1 $2: is locked, and nothing can run as it; it is unlocked"
		else
			planned + "$3, of an earlier install, which kept it"
		fi
	fi
}

# check_kept: before an account is taken up again, nobody is it.
check_kept() {
	for account in $ACCOUNT $BUILDERS $READER $(granted person); do
		if is_kept account "$account"; then
			busy=$(staying_processes "$account")
			[ -z "$busy" ] || refuse_processes "processes run as $account, which an uninstall has locked: ${busy% }" "$account"
		elif is_locked "$account"; then
			refuse_locked "$account"
		fi
	done
}

# refuse_locked ACCOUNT: another one than shipit has locked it, or what shipit wrote down of it is not to be believed.
refuse_locked() {
	say "the account $1 is locked (it has expired), and $KEPT does not say that an uninstall of shipit did it, or is not root's alone: neither sudo nor sshd would run anything as $1. If it is meant for '$APP', end what runs as it, and unlock it:"
	say_kill "$1"
	printf "  usermod -e '' %s\n" "$1"
	die 1 "$1 is locked: nothing was changed"
}

# returning: the accounts that an uninstall has kept, and this install takes up: what is theirs was left.
returning() {
	for account in $ACCOUNT $BUILDERS $READER $(granted person); do
		! is_kept account "$account" || remembered "account $account" || printf '%s ' "$account"
	done
}

# end_kept: nothing runs as an account when it is unlocked.
end_kept() {
	for account in $ACCOUNT $BUILDERS $READER $(granted person); do
		! is_kept account "$account" || end_processes "$account" || {
			say_running "$account"
			fail "something still runs as $account, which an uninstall has locked"
		}
	done
}

# survey_left: names what is left of them, for --check.
survey_left() {
	back=$(returning)
	# shellcheck disable=SC2086 # names of accounts
	[ -z "$back" ] || ! search_accounts $back || name_left $back
}

make_accounts() {
	nologin=$(nologin_shell)
	# before they can be used, and own more
	end_kept
	# shellcheck disable=SC2046 # names of accounts
	clear_accounts $(returning)
	for group in $POLICY_GROUPS; do
		make_group "$group"
	done
	make_account "$ACCOUNT" "$STATE_ROOT" "$nologin"
	for account in $BUILDERS; do
		make_account "$account" "$STATE_ROOT/empty" "$nologin"
	done
	[ -z "$READER" ] || make_account "$READER" "$STATE_ROOT" "$nologin"
	while read -r kind name group <&4; do
		[ "$kind" = person ] || continue
		make_group "$group"
		if ! has_account "$name" || is_kept account "$name"; then
			# sshd runs the gate by the account's shell
			make_account "$name" "$STATE_ROOT" /bin/sh
			open_to_keys "$name" || fail "cannot set up the account $name"
		fi
		is_member "$name" "$group" || {
			note "member $name $group"
			remember "member $name $group"
			add_member "$name" "$group" || fail "cannot add $name to the group $group"
			say "$name is in the group $group"
		}
	done 4<"$STAGE/root$APPS/$APP/grants"
}

make_group() {
	if is_kept group "$1"; then
		remember "group $1"
		say "took up the group $1 of an earlier install"
	fi
	! has_group "$1" || return 0
	note "group $1"
	remember "group $1"
	add_group "$1" || fail "cannot make the group $1"
	say "made the group $1"
}

# make_account NAME HOME SHELL
make_account() {
	if is_kept account "$1"; then
		note "taken $1"
		remember "account $1"
		take_up "$@" || fail "cannot take up the account $1"
		say "took up the account $1 of an earlier install"
	fi
	! has_account "$1" || return 0
	note "account $1"
	remember "account $1"
	add_account "$@" || fail "cannot make the account $1"
	say "made the account $1"
}
