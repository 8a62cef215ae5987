# The accounts, groups and memberships of an app: what lacks, and making it.

# accounts and groups that this run has made
MADE_NOW=''

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

# survey_one KIND NAME WORDS
survey_one() {
	if ! "has_$1" "$2"; then
		planned + "$3"
	elif ! is_half_gone "$1" "$2"; then
		:
	elif [ "$1" = account ]; then
		planned '~' "account $2: no app uses it, or a run that did not finish has locked it; it stays, locked, and a new one is made"
	else
		planned '~' "group $2: shipit made it, and no app uses it; it stays, without members, and a new one is made"
	fi
}

# is_half_gone account|group NAME: shipit made it, and a run that was to take its rights away did not come to its end: it is locked, or no
# installed app names it. What had its number may be there still, and so may the members of a group.
is_half_gone() {
	"has_$1" "$2" && remembered "$1 $2" && ! has "$1:$2" "$MADE_NOW" || return 1
	{ [ "$1" = account ] && is_locked "$2"; } || ! is_named "$1" "$2"
}

# is_named account|group NAME: by an installed app. One whose grants are gone may name any.
is_named() {
	for naming_app in $(installed_apps | tr '\n' ' '); do
		[ -f "$APPS/$naming_app/grants" ] || return 0
		case "$1" in
		account) named_in="^(account $2\$|(person|deploys-as) $2 )" ;;
		*) named_in="^(group|person [^ ]*) $2\$" ;;
		esac
		! grep -Eq -e "$named_in" "$APPS/$naming_app/grants" || return 0
	done
	return 1
}

# check_jobs: a file of cron or mail that has the name of an account would be the account's.
check_jobs() {
	for account in $ACCOUNT $BUILDERS $READER $(granted person); do
		! has_account "$account" || continue
		planted=$(job_files "$account" | tr '\n' ' ')
		[ -z "$planted" ] || die 1 "there is no account $account yet, but $(show "${planted% }") would be its: look at what it says and remove it; nothing was changed"
	done
}

# check_locked: nothing would run as an account that is locked.
check_locked() {
	for account in $ACCOUNT $BUILDERS $READER $(granted person); do
		is_locked "$account" || continue
		is_half_gone account "$account" || refuse_locked "$account"
		[ "$account" = "$ACCOUNT" ] || continue
		for locked_app in $(installed_apps | tr '\n' ' '); do
			[ "$(account_of "$locked_app")" = "$account" ] || continue
			# an uninstall takes that first
			[ ! -e "$SUDOERS/shipit-$locked_app" ] || refuse_locked "$account"
			# what the account owns there has to go first
			die 1 "an uninstall of '$locked_app' has locked the account $account, and did not finish: run 'sh SCRIPT --uninstall' with the script of '$locked_app' first; nothing was changed"
		done
	done
}

# refuse_locked ACCOUNT: by somebody else.
refuse_locked() {
	say "the account $1 is locked (it has expired): neither sudo nor sshd would run anything as $1. If it is meant for '$APP', end what runs as it, and unlock it:"
	say_kill "$1"
	printf "  usermod -e '' %s\n" "$1"
	die 1 "$1 is locked: nothing was changed"
}

make_accounts() {
	nologin=$(nologin_shell)
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
		if ! has_account "$name" || is_half_gone account "$name"; then
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
	! is_half_gone group "$1" || keep_group "$1" || fail "cannot rename the group $1, which no app uses"
	! has_group "$1" || return 0
	MADE_NOW="$MADE_NOW group:$1"
	note "group $1"
	remember "group $1"
	add_group "$1" || fail "cannot make the group $1"
	say "made the group $1"
}

# make_account NAME HOME SHELL
make_account() {
	if is_half_gone account "$1"; then
		lock_out "$1" || fail "something still runs as $1, which no app uses"
		keep_account "$1" || fail "cannot rename the account $1, which no app uses"
	fi
	! has_account "$1" || return 0
	MADE_NOW="$MADE_NOW account:$1"
	note "account $1"
	remember "account $1"
	add_account "$@" || fail "cannot make the account $1"
	say "made the account $1"
}
