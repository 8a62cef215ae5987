# Accounts of our names that were on the host before, or that somebody has given more since: what they may do is what the code that runs
# under them may do.

# check_builders: an account that runs code of the repository has nothing but what the install gives it; nor has the one that reads the repository.
check_builders() {
	for account in $BUILDERS $READER; do
		has_account "$account" || continue
		check_number "$account"
		entry=$(getent passwd "$account")
		case "$entry" in
		*/nologin | */false) ;;
		*) refuse_account "has a shell ($(show "${entry##*:}")): run 'usermod -s /usr/sbin/nologin $account'" ;;
		esac
		has_no_password "$account" || refuse_account "has a password: run 'passwd -l $account'"
		[ -z "$(sudo_lines "$account")" ] ||
			refuse_account "may run other commands by sudo ($(show "$(sudo_lines "$account" | head -n 1)")): take that out of sudoers"
		# whoever administers the repository may let the reader into a group of theirs
		[ "$account" = "$READER" ] || [ "$(id -G "$account" | wc -w)" -eq 1 ] ||
			refuse_account "is in other groups ($(show "$(id -Gn "$account")")): take it out of them (gpasswd -d)"
		home=${entry%:*}
		home=${home##*:}
		[ ! -e "$home/.ssh" ] && [ ! -L "$home/.ssh" ] || refuse_account "has keys in $(show "$home/.ssh"): remove that folder"
	done
}

refuse_account() {
	die 1 "the account $account, which builds or reads the repository and may do nothing else, $1; nothing was changed"
}

# check_number ACCOUNT: it is not root, and no other account is it.
check_number() {
	number=$(id -u "$1") || return 0
	[ "$number" -ne 0 ] || die 1 "the account $1 is root: nothing was changed"
	twins=$(getent passwd | cut -d : -f 1,3 | grep -c ":$number\$")
	[ "$twins" -le 1 ] || die 1 "the account $1 shares its number $number with another one: nothing was changed"
}

# has_no_password ACCOUNT: one that starts with ! or * fits none.
has_no_password() {
	shadow=$(getent shadow "$1" 2>/dev/null || sed -n "/^$1:/p" /etc/shadow 2>/dev/null)
	case "$shadow" in
	'' | *:'!'* | *:'*'*) return 0 ;;
	esac
	return 1
}

# sudo_lines ACCOUNT: what it may run by sudo, but for the lines of shipit.
sudo_lines() {
	sudo -n -l -U "$1" 2>/dev/null </dev/null | sed -n 's/^[[:blank:]]*(/(/p' | grep -v -e " NOPASSWD: $LIBEXEC/"
}

# say_account: an account that runs the steps may be an old one, with rights that others need it to have. They are named: every deploy
# has them.
say_account() {
	has_account "$ACCOUNT" || return 0
	sudo_lines "$ACCOUNT" >"$STAGE/lines-of-sudo"
	while read -r line; do
		say "$ACCOUNT may also do by sudo what no recipe asks for: $(show "$line")"
	done <"$STAGE/lines-of-sudo"
	for number in $(id -G "$ACCOUNT"); do
		[ "$number" = "$(id -g "$ACCOUNT")" ] || say "$ACCOUNT is also in the group $(show "$(getent group "$number" | cut -d : -f 1)"), which no deploy needs"
	done
}
