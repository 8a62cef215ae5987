# Accounts and groups that shipit made, once no app names them: they stay, locked, for good, under a name that says their number. Their
# numbers must go to nobody: an unlinked setuid file that somebody holds open, a descriptor on its way through a socket, a process that no
# look at the host shows, would have the rights of the account that gets the number next. That holds for the same app as well, so an
# install under the same names makes new accounts.

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

# keep_account NAME: nobody can become it, nobody gets its number or that of its own group, and its name is free. Sets KEPT_AS.
keep_account() {
	KEPT_AS=''
	has_account "$1" || return 0
	kept_as=shipit-$(id -u "$1") || return 1
	lock_account "$1" || return 1
	# whoever has the name next would get them
	remove_jobs "$1"
	[ -z "$(job_files "$1")" ] || return 1
	kept_group=$(id -g -n "$1")
	for kept_other in $(id -G -n "$1"); do
		[ "$kept_other" = "$kept_group" ] || remove_member "$1" "$kept_other" 2>/dev/null
	done
	if [ "$kept_group" = "$1" ]; then
		rename_group "$1" "shipit-$(id -g "$1")" || return 1
	fi
	# the last: until then the next run begins here again
	rename_account "$1" "$kept_as" || return 1
	KEPT_AS=$kept_as
}

# lock_out NAME: nobody can become it, and nobody is it. Fails if something still runs.
lock_out() {
	lock_account "$1"
	remove_jobs "$1"
	end_processes "$1" && {
		# what they have planted meanwhile
		remove_jobs "$1"
		return 0
	}
	say_running "$1"
	return 1
}

lock_account() {
	if command -v usermod >/dev/null; then
		usermod -L -e 1 -s "$(nologin_shell)" "$1" 2>/dev/null
		is_locked "$1"
	else
		# which fails for one that is locked already
		passwd -l "$1" >/dev/null 2>&1 || has_no_password "$1"
	fi
}

# keep_group NAME: without members. Sets KEPT_AS.
keep_group() {
	KEPT_AS=''
	has_group "$1" || return 0
	kept_entry=$(getent group "$1")
	for kept_member in $(printf '%s' "${kept_entry##*:}" | tr ',' ' '); do
		remove_member "$kept_member" "$1" || return 1
	done
	kept_entry=${kept_entry#*:*:}
	rename_group "$1" "shipit-${kept_entry%%:*}" || return 1
	KEPT_AS=shipit-${kept_entry%%:*}
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
	say 'an install under the same names makes new ones. docs/administrator.md of shipit says when these may be deleted'
}
