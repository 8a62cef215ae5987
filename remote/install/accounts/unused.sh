# What shipit made on this host and no app uses now: accounts, groups, memberships, SELinux rules.

# unused: prints the lines of the record of what shipit made that are not granted (gather_grants), newest first.
unused() {
	[ -f "$MADE" ] || return 0
	while read -r kind name rest <&4; do
		case "$kind" in
		account)
			! grep -qxF -e "account $name" "$STAGE/grants" && ! grep -Eq "^(person|deploys-as) $name " "$STAGE/grants" || continue
			;;
		group)
			! grep -qxF -e "group $name" "$STAGE/grants" && ! grep -q "^person [^ ]* $name\$" "$STAGE/grants" || continue
			;;
		member) ! grep -qxF -e "person $name $rest" "$STAGE/grants" || continue ;;
		fcontext) ! is_label_used "$name" || continue ;;
		*) continue ;;
		esac
		printf '%s %s%s\n' "$kind" "$name" "${rest:+ $rest}"
	done 4<"$STAGE/made"
}

# list_unused: in STAGE/unused, which ends with a line of its own: a list that is cut off would leave accounts as they are.
list_unused() {
	true >"$STAGE/made" || no_room
	[ ! -f "$MADE" ] || sed -n '1!G;h;$p' "$MADE" | stage made || exit
	{ unused && printf 'end\n'; } | stage unused || exit
	[ "$(tail -n 1 "$STAGE/unused")" = end ] || no_room
}

is_label_used() {
	while read -r label_kind label_first label_second <&3; do
		case "$label_kind" in
		published) [ "$(as_pattern "$label_first")(/.*)?" != "$1" ] || return 0 ;;
		label) [ "$(as_pattern "$label_second")" != "$1" ] || return 0 ;;
		esac
	done 3<"$STAGE/grants"
	return 1
}

survey_unused() {
	list_unused
	while read -r line <&4; do
		case "$line" in
		end) ;;
		account\ * | group\ *) planned - "$line (made by shipit, and no app uses it: it stays, locked)" ;;
		*) planned - "$line (made by shipit, and no app uses it)" ;;
		esac
	done 4<"$STAGE/unused"
}

# close_unused: nobody can become an account that goes, and what runs as it ends. Sets RUNNING to those of which something still runs.
close_unused() {
	list_unused
	RUNNING=''
	while read -r kind name _ <&4; do
		[ "$kind" = account ] && has_account "$name" || continue
		lock_out "$name" || RUNNING="$RUNNING $name"
	done 4<"$STAGE/unused"
}

# remove_unused: after close_unused, when all else is in place. What can't go yet stays on the record: it fails then, and LEFT names it.
remove_unused() {
	LEFT='' STAYING=''
	going=''
	while read -r kind name rest <&4; do
		[ "$kind" = account ] && has_account "$name" && ! has "$name" "$RUNNING" || continue
		going="$going $name"
	done 4<"$STAGE/unused"
	# shellcheck disable=SC2086 # names of accounts
	clear_accounts $going
	while read -r kind name rest <&4; do
		case "$kind" in
		account) ! has "$name" "$RUNNING" && keep_account "$name" ;;
		group) keep_group "$name" ;;
		member) remove_member "$name" "$rest" ;;
		fcontext) remove_label "$name" ;;
		end) ;;
		esac || {
			has "$name" "$RUNNING" || say "cannot take the $kind $name${rest:+ $rest} away"
			LEFT="$LEFT, $kind $name"
			continue
		}
		case "$kind" in
		end) continue ;;
		account | group) [ -z "$KEPT_AS" ] || STAYING="$STAYING $kind $name (now $KEPT_AS)," ;;
		*) say "removed the $kind $name${rest:+ $rest}" ;;
		esac
		forget "$kind $name${rest:+ $rest}" || LEFT="$LEFT, $kind $name"
	done 4<"$STAGE/unused"
	STAYING=${STAYING%,}
	say_kept
	# looked at again: nothing of the above is believed
	list_unused
	while read -r kind name _ <&4; do
		[ "$kind" = account ] && ! has "$name" "$(printf '%s' "$LEFT" | tr -d ',')" || continue
		say "the account $name still exists, and no app uses it"
		LEFT="$LEFT, account $name"
	done 4<"$STAGE/unused"
	LEFT=${LEFT#, }
	[ -z "$LEFT" ]
}

# forget LINE: of the record of what shipit made.
forget() {
	[ -f "$MADE" ] || return 0
	{ grep -vxF -e "$1" "$MADE" || [ "$?" -eq 1 ]; } | cat >"$MADE.new" || {
		rm -f "$MADE.new"
		say "cannot record that the $1 is gone (is the disk full?)"
		return 1
	}
	mv -f "$MADE.new" "$MADE"
}
