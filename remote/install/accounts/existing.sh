# Accounts of our names that were on the host before, or that somebody has given more since: what they may do is what the code that runs
# under them may do.

# accounts that a distribution has by itself end below this
FIRST_FREE=100

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
			refuse_account "may run other commands with sudo ($(show "$(sudo_lines "$account" | head -n 1)")): take that out of sudoers"
		# the repository's administrator may add the reader to a group
		[ "$account" = "$READER" ] || [ "$(id -G "$account" | wc -w)" -eq 1 ] ||
			refuse_account "is in other groups ($(show "$(id -Gn "$account")")): take it out of them (gpasswd -d)"
		home=${entry%:*}
		home=${home##*:}
		[ ! -e "$home/.ssh" ] && [ ! -L "$home/.ssh" ] || refuse_account "has keys in $(show "$home/.ssh"): remove that folder"
	done
}

refuse_account() {
	die 1 "the account $account, which may only build or read the repository, $1; nothing was changed"
}

# check_number ACCOUNT: it is not root, and no other account is it.
check_number() {
	number=$(id -u "$1" 2>/dev/null) || return 0
	[ "$number" -ne 0 ] || die 1 "the account $1 is root: nothing was changed"
	twins=$(getent passwd | cut -d : -f 1,3 | grep -c ":$number\$")
	[ "$twins" -le 1 ] || die 1 "another account has the same number as $1 ($number): nothing was changed"
}

# sudo_lines ACCOUNT: what it may run by sudo, but for the lines of shipit.
sudo_lines() {
	sudo -n -l -U "$1" 2>/dev/null </dev/null | sed -n 's/^[[:blank:]]*(/(/p' | grep -v -e " NOPASSWD: $LIBEXEC/"
}

# say_account: an account that runs the steps may be an old one, with rights that others need it to have. They are named: every deploy
# has them.
say_account() {
	has_account "$ACCOUNT" || return 0
	sudo_lines "$ACCOUNT" | while read -r line; do
		say "sudo also allows $ACCOUNT something that no recipe needs: $(show "$line")"
	done
	for number in $(id -G "$ACCOUNT"); do
		[ "$number" = "$(id -g "$ACCOUNT")" ] || say "$ACCOUNT is also in the group $(show "$(getent group "$number" | cut -d : -f 1)"), which no deploy needs"
	done
}

# check_account: the one that runs the steps was here before shipit: it is nobody's login, and no daemon's. sshd will let nobody in as it.
check_account() {
	! is_ours "$ACCOUNT" && ! is_in_use "$ACCOUNT" || return 0
	deploy_number=$(id -u "$ACCOUNT")
	[ "$deploy_number" -ge "$FIRST_FREE" ] && [ "$deploy_number" -ne "$NOBODY" ] ||
		refuse_own_account "is a system account (number $deploy_number)"
	has_no_password "$ACCOUNT" ||
		refuse_own_account "has a password: people may log in with it, and sshd would refuse them" "run 'passwd -l $ACCOUNT'"
	for policy_group in $POLICY_GROUPS; do
		! is_member "$ACCOUNT" "$policy_group" || refuse_own_account "is in the group $policy_group, so the programs that its steps run could deploy" "run 'gpasswd -d $ACCOUNT $policy_group'"
	done
	entry=$(getent passwd "$ACCOUNT")
	home=${entry%:*}
	home=${home##*:}
	for key_file in $(login_key_files "$ACCOUNT" "$home"); do
		[ ! -s "$key_file" ] ||
			refuse_own_account "has keys in $(show "$key_file"): people may log in with them, and sshd would refuse that" 'remove that file'
	done
	case "$home" in
	"$STATE_ROOT" | "$STATE_ROOT"/*) ;;
	/var/lib/* | /var/spool/* | /var/cache/*)
		[ -z "$(find "$home" -maxdepth 1 -mindepth 1 2>/dev/null | head -n 1)" ] ||
			refuse_own_account "has data in $(show "$home"), like the account of a daemon"
		;;
	esac
}

# check_names: of a directory come names that no tool of the host would make.
check_names() {
	for policy_group in $POLICY_GROUPS; do
		has_group "$policy_group" || can_make "$policy_group" || refuse_name group "$policy_group"
	done
	for person in $(granted person); do
		has_account "$person" || can_make "$person" || refuse_name account "$person"
	done
}

can_make() {
	case "$1" in
	[!abcdefghijklmnopqrstuvwxyz_]* | *[!abcdefghijklmnopqrstuvwxyz0123456789_-]* | ?????????????????????????????????*) return 1 ;;
	esac
}

refuse_name() {
	die 1 "this host has no $1 $2, and cannot create one with that name: if a directory service has it, make sure that 'getent' finds it; nothing was changed"
}

# login_key_files ACCOUNT HOME: where sshd looks for its keys, one word each.
login_key_files() {
	key_patterns=$(sshd -T -C "user=$1,host=localhost,addr=127.0.0.1" 2>/dev/null </dev/null | sed -n 's/^authorizedkeysfile //p')
	for key_pattern in ${key_patterns:-.ssh/authorized_keys .ssh/authorized_keys2}; do
		case "$key_pattern" in
		none) continue ;;
		%h/*) key_pattern=$2${key_pattern#%h} ;;
		/*) ;;
		*) key_pattern=$2/$key_pattern ;;
		esac
		printf '%s\n' "$key_pattern" | sed "s/%u/$1/g"
	done
}

# is_in_use ACCOUNT: an app on this host runs as it.
is_in_use() {
	for used_by in $(installed_apps | tr '\n' ' '); do
		[ "$(account_of "$used_by")" != "$1" ] || return 0
	done
	return 1
}

# refuse_own_account WHY [WAY_OUT]
refuse_own_account() {
	die 1 "the account $ACCOUNT existed before shipit, and $1: set another one in the config (account: 'deploy-$APP')${2:+ or, if only deploys use it, $2}; nothing was changed"
}
