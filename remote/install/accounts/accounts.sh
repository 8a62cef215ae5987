# Accounts and groups, by the tools of shadow-utils (Debian, RHEL) or of busybox (Alpine).

has_group() {
	getent group "$1" >/dev/null
}

has_account() {
	id -u "$1" >/dev/null 2>&1
}

# is_member ACCOUNT GROUP: by number, since a directory may have names with a blank.
is_member() {
	group_entry=$(getent group "$2") || return 1
	group_entry=${group_entry#*:*:}
	has "${group_entry%%:*}" "$(id -G "$1" 2>/dev/null)"
}

# members_of GROUP: its people, one a line, those whose own group it is too.
members_of() {
	group_entry=$(getent group "$1") || return 0
	printf '%s\n' "${group_entry##*:}" | tr ',' '\n'
	group_entry=${group_entry#*:*:}
	getent passwd | sed -n "s/^\\([^:]*\\):[^:]*:[0-9]*:${group_entry%%:*}:.*/\\1/p"
}

add_group() {
	if command -v groupadd >/dev/null; then
		groupadd "$1"
	else
		addgroup "$1"
	fi
}

# A group that an account has as its own goes with the account.
remove_group() {
	has_group "$1" || return 0
	if command -v groupdel >/dev/null; then
		groupdel "$1"
	else
		delgroup "$1"
	fi
}

# add_account NAME HOME SHELL: no password, one group, no home of its own to plant files in
add_account() {
	if command -v useradd >/dev/null; then
		useradd --system --user-group --no-create-home --home-dir "$2" --shell "$3" "$1"
	else
		has_group "$1" || addgroup -S "$1" || return 1
		adduser -S -D -H -h "$2" -s "$3" -G "$1" "$1"
	fi
}

remove_account() {
	! has_account "$1" || {
		if command -v userdel >/dev/null; then
			userdel "$1" 2>/dev/null
		else
			deluser "$1"
		fi
	} || return 1
	remove_group "$1"
}

# rename_account FROM TO: its number stays. usermod refuses as long as something runs with the number.
rename_account() {
	usermod -l "$2" "$1" 2>/dev/null || {
		# it is there for as long as it is in passwd
		rename_in /etc/shadow "$1" "$2" && rename_in /etc/passwd "$1" "$2"
	}
}

# rename_group FROM TO
rename_group() {
	groupmod -n "$2" "$1" 2>/dev/null || {
		rename_in /etc/gshadow "$1" "$2" && rename_in /etc/group "$1" "$2"
	}
}

# rename_in FILE FROM TO: where no tool of the host does it. Under the lock of shadow-utils: FILE.lock, which is the second name of a file with
# the number of a process that lives. Nobody finds half a file.
rename_in() {
	grep -qs "^$2:" "$1" || return 0
	! grep -q "^$3:" "$1" || return 1
	renamed=$1.shipit-$$
	if printf '%s' "$$" >"$1.$$" && ln "$1.$$" "$1.lock" 2>/dev/null; then
		# -a for SELinux' label
		cp -a "$1" "$renamed" && sed "s/^$2:/$3:/" "$1" >"$renamed" && [ -s "$renamed" ] && mv -f "$renamed" "$1"
		renaming=$?
		rm -f "$renamed" "$1.lock" "$1.$$"
		return "$renaming"
	fi
	rm -f "$1.$$"
	return 1
}

# No password fits it, and yet the account is not locked: where PAM is not in use, sshd lets nobody in to a locked one.
open_to_keys() {
	printf '%s:*\n' "$1" | chpasswd -e
}

# shadow_of ACCOUNT: its line of shadow(5).
shadow_of() {
	getent shadow "$1" 2>/dev/null || OF=$1 awk -F : '$1 "" == ENVIRON["OF"]' /etc/shadow 2>/dev/null
}

# has_no_password ACCOUNT: one that starts with ! or * fits none.
has_no_password() {
	case "$(shadow_of "$1")" in
	'' | *:'!'* | *:'*'*) return 0 ;;
	esac
	return 1
}

# add_member NAME GROUP
add_member() {
	if command -v gpasswd >/dev/null; then
		gpasswd -a "$1" "$2" >/dev/null
	else
		addgroup "$1" "$2"
	fi
}

remove_member() {
	is_member "$1" "$2" || return 0
	if command -v gpasswd >/dev/null; then
		gpasswd -d "$1" "$2" >/dev/null
	else
		delgroup "$1" "$2"
	fi
}

# as_account SECONDS NAME COMMAND [WORD]...: of root's own words. The account's other processes can stop it, read what it has and
# write where it can: it gets no terminal, no lock, nothing of root's environment or session keyring, and no longer than that.
as_account() {
	as_seconds=$1
	as_name=$2
	as_command=$3
	shift 3
	if has_setpriv --init-groups; then
		# su opens a session of systemd, whose logind SELinux does not let use what the caller hands to it (Debian 13)
		set -- setpriv --reuid "$(id -u "$as_name")" --regid "$(id -g "$as_name")" --init-groups /bin/sh -c "$as_command" sh "$@"
	else
		set -- su -s /bin/sh -c "$as_command" "$as_name" sh "$@"
	fi
	set -- env -i PATH="$PATH" LC_ALL=C setsid "$@"
	! command -v keyctl >/dev/null || set -- keyctl session - "$@"
	timeout -k 1 "$as_seconds" "$@" </dev/null 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
}
