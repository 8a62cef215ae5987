# sshd.forceCommand is for accounts whose owners have a home of their own. sshd runs the gate by the login shell, so that what
# the shell or the loader reads there comes first: who has such a shell or such a file is named, and nothing is changed.

# forced_members: the people whom Match Group would wall in, on one line; accounts that shipit made have lines of their own.
forced_members() {
	for forced_group in $forced; do
		awk -v group="$forced_group" '$0 == "person " $2 " " group { print $2 }' "$STAGE/grants"
		members_of "$forced_group"
	done | sort -u | while read -r forced_name; do
		[ -z "$forced_name" ] || is_ours "$forced_name" || printf '%s ' "$forced_name"
	done
}

check_forced() {
	for account in $forced_people; do
		forced_entry=$(getent passwd "$account") || continue
		forced_shell=${forced_entry##*:}
		forced_entry=${forced_entry%:*}
		forced_home=${forced_entry##*:}
		case "${forced_shell##*/}" in
		nologin | false) continue ;;
		sh | dash | ash | mksh) ;;
		bash) grep -q '^    SetEnv' "$STAGE/sshd-lines" || conflict_of_shell 'and this sshd (before 7.8) has no SetEnv to prevent it' ;;
		*) conflict_of_shell '' ;;
		esac
		if [ -e "$forced_home/.pam_environment" ] && pam_reads_homes; then
			conflict "PAM gives the variables of $forced_home/.pam_environment to the shell of '$account', before the gate: remove the file, or remove user_readenv=1 from /etc/pam.d"
		fi
		[ "$(own_values permituserenvironment "$account")" = no ] ||
			conflict "sshd gives the variables of ~/.ssh/environment to the shell of '$account', before the gate: set PermitUserEnvironment no"
	done
}

conflict_of_shell() {
	conflict "the shell of '$account' ($forced_shell) reads a file of its owner before the gate${1:+, $1}: with sshd.forceCommand, run: usermod -s /bin/sh $account"
}

pam_reads_homes() {
	set +f
	cat /etc/pam.d/sshd /etc/pam.d/common-* /etc/pam.d/system-auth /etc/pam.d/password-auth /etc/pam.d/base-* 2>/dev/null |
		grep -Eq '^[^#]*pam_env\.so.*user_readenv=1'
	pam_status=$?
	set -f
	return "$pam_status"
}
