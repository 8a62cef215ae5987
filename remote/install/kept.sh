# Accounts and groups that shipit made, once no app names them: they stay, locked, for good. Their numbers must go to nobody else: an
# unlinked setuid file that somebody holds open, a descriptor on its way through a socket, a process that nobody saw, would have the
# rights of the account that gets the number next. An install under the same name takes them up again.

# of root's: `account NAME UID GID` and `group NAME - GID`, for what an uninstall has kept; a line stays for as long as the host
KEPT=$STATE_ROOT/kept

# kept_line KIND NAME: as it is in the record, with the numbers that the host has now.
kept_line() {
	if [ "$1" = account ]; then
		printf 'account %s %s %s' "$2" "$(id -u "$2" 2>/dev/null)" "$(id -g "$2" 2>/dev/null)"
	else
		kept_entry=$(getent group "$2")
		kept_entry=${kept_entry#*:*:}
		printf 'group %s - %s' "$2" "${kept_entry%%:*}"
	fi
}

# is_kept KIND NAME: an uninstall has kept it, nobody has had it since, and no install has taken it up again. An uninstall that did not come
# to its end has locked accounts that are still on the record of what shipit made.
is_kept() {
	if remembered "$1 $2"; then
		[ "$1" = account ] && is_locked "$2" || return 1
	else
		[ -e "$KEPT" ] && is_roots "$KEPT" && grep -qxF -e "$(kept_line "$1" "$2")" "$KEPT" || return 1
	fi
	[ "$1" = group ] || has_no_password "$2"
}

# is_locked ACCOUNT: it has expired, which is how lock_account leaves it: sudo runs nothing for it, and sshd lets it in no more. Without the
# tools of shadow-utils nothing tells such an account from another one without a password.
is_locked() {
	has_account "$1" && command -v usermod >/dev/null || return 1
	expires=$(shadow_of "$1" | cut -d : -f 8)
	case "$expires" in
	'' | *[!0123456789]*) return 1 ;;
	esac
	[ "$expires" -le "$(($(date +%s) / 86400))" ]
}

# write_kept KIND NAME
write_kept() {
	kept=$(kept_line "$1" "$2")
	! grep -qsxF -e "$kept" "$KEPT" || return 0
	(umask 077 && printf '%s\n' "$kept" >>"$KEPT")
}

# keep_account NAME: nobody can become it, and nobody gets its number or that of its group.
keep_account() {
	has_account "$1" || return 0
	write_kept account "$1" && lock_account "$1"
}

# lock_out NAME: nobody can become it, and nobody is it. Fails if something still runs.
lock_out() {
	lock_account "$1"
	remove_jobs "$1"
	end_processes "$1" && return
	say_running "$1"
	return 1
}

lock_account() {
	if command -v usermod >/dev/null; then
		usermod -L -e 1 -s "$(nologin_shell)" "$1" 2>/dev/null
	else
		passwd -l "$1" >/dev/null 2>&1
	fi
}

# take_up NAME HOME SHELL: it has no password still.
take_up() {
	! command -v usermod >/dev/null || usermod -e '' -d "$2" -s "$3" "$1" 2>/dev/null
}

# keep_group NAME: without members, so that whoever was one is none when an install takes it up.
keep_group() {
	has_group "$1" || return 0
	write_kept group "$1" || return 1
	kept_members=$(getent group "$1")
	for kept_member in $(printf '%s' "${kept_members##*:}" | tr ',' ' '); do
		remove_member "$kept_member" "$1" || return 1
	done
}

nologin_shell() {
	for nologin in /sbin/nologin /usr/sbin/nologin /bin/false; do
		[ ! -x "$nologin" ] || break
	done
	printf '%s' "$nologin"
}

# say_kept: at the end, of STAYING: the kinds and names.
say_kept() {
	[ -n "$STAYING" ] || return 0
	say "these stay, locked and without rights, so that nobody gets their numbers:$STAYING"
	say 'an install under the same names takes them up again. docs/administrator.md says when they may be deleted'
}
