# Whether each person who may deploy can log in and run the gate: asked of sshd, and of the account's own entries. A line of sshd's may keep
# out whom the config lets in; for members of a group who are not in the config that may be meant, and is only said.

check_logins() {
	command -v sshd >/dev/null && sshd -t 2>/dev/null || return 0
	[ -f "$STAGE/deployers" ] || return 0
	[ -f "$STAGE/points" ] || stage_points
	wanted_people=" $(sed -n 's/^person \([^ ]*\) .*/\1/p' "$APPS/$APP/grants" | tr '\n' ' ')"
	asked=0
	while read -r deployer <&3; do
		has_account "$deployer" || continue
		asked=$((asked + 1))
		[ "$asked" -le "$MOST_ASKED" ] || break
		why=$(account_fault "$deployer")
		[ -n "$why" ] || why=$(login_fault "$deployer")
		[ -n "$why" ] || continue
		case "$wanted_people" in
		*" $deployer "*)
			IN_FORCE=''
			differs "login of '$deployer'" "$why"
			;;
		*) say "'$deployer' may deploy, but cannot log in: $why" ;;
		esac
	done 3<"$STAGE/deployers"
}

# account_fault NAME: why its shell runs nothing. shadow(5): days since 1970 in which password and account change or end.
account_fault() {
	entry=$(getent passwd "$1")
	case "${entry##*:}" in
	'') ;;
	*/nologin | */false) printf 'its shell %s runs no command' "${entry##*:}" ;;
	*) [ -x "${entry##*:}" ] || printf 'its shell %s does not exist' "${entry##*:}" ;;
	esac | clean
	days=$(($(date +%s) / 86400))
	getent shadow "$1" 2>/dev/null | while IFS=: read -r _ _ changed _ most _ _ ends _; do
		if [ -n "$ends" ] && [ "$ends" -le "$days" ]; then
			printf "the account has expired (chage -l %s)" "$1"
		elif [ "$changed" = 0 ] || { [ -n "$changed" ] && [ -n "$most" ] && [ "$((changed + most))" -lt "$days" ]; }; then
			printf "its password has expired, and sshd requires a new one first (chage -l %s)" "$1"
		fi
	done
}

# login_fault NAME: why sshd lets it run the gate from nowhere, by what it says of the first of the points; nothing if it can from one.
login_fault() {
	fault=''
	while read -r point <&4; do
		sshd_says=$(sshd -T -f "$SSHD_CONFIG" -C "user=$1,$point" 2>/dev/null) || return 0
		printf '%s\n' "$sshd_says" >"$STAGE/sshd-of" || {
			printf 'what sshd says of it cannot be written to the staging folder (is the disk full?)'
			return 0
		}
		address=${point#*addr=}
		found=$(point_fault "$1" "${address%%,*}")
		[ -n "$found" ] || return 0
		[ -n "$fault" ] || fault=$found
	done 4<"$STAGE/points"
	[ -z "$fault" ] || printf "%s (sshd -T -C user=%s says so)" "$fault" "$1"
}

# point_fault NAME ADDRESS: of sshd-of, what stands in the way.
point_fault() {
	while read -r keyword value <&5; do
		case "$keyword" in
		pubkeyauthentication) [ "$value" != no ] || printf 'sshd accepts no keys (PubkeyAuthentication no)' ;;
		authenticationmethods)
			case " $value " in
			' any ' | *' publickey '*) ;;
			*) printf 'sshd requires more than a key (AuthenticationMethods %s)' "$value" ;;
			esac
			;;
		forcecommand) [ "$value" = none ] || [ "$value" = "$GATE" ] || printf 'sshd runs something else in place of the gate (ForceCommand %s)' "$value" ;;
		chrootdirectory) [ "$value" = none ] || printf 'sshd locks it into a folder that has no gate (ChrootDirectory %s)' "$value" ;;
		maxsessions) [ "$value" != 0 ] || printf 'sshd allows it no session (MaxSessions 0)' ;;
		esac
	done 5<"$STAGE/sshd-of" | clean
	allow_users=$(values_of allowusers)
	deny_users=$(values_of denyusers)
	allow_groups=$(values_of allowgroups)
	deny_groups=$(values_of denygroups)
	! in_users "$deny_users" "$1" "$2" || printf 'sshd turns it away (DenyUsers %s)' "$deny_users"
	[ -z "$allow_users" ] || in_users "$allow_users" "$1" "$2" || printf 'sshd lets others in (AllowUsers %s)' "$allow_users"
	! in_groups "$deny_groups" "$1" || printf 'sshd turns its group away (DenyGroups %s)' "$deny_groups"
	[ -z "$allow_groups" ] || in_groups "$allow_groups" "$1" || printf 'sshd lets other groups in (AllowGroups %s)' "$allow_groups"
}

# values_of KEYWORD: sshd tells one a line.
values_of() {
	sed -n "s/^$1 //p" "$STAGE/sshd-of" | tr '\n' ' '
}

# in_users PATTERNS NAME ADDRESS: one fits, and none with a ! does (sshd_config(5), ssh_config(5)).
in_users() {
	is_in=1
	for each in $1; do
		no=''
		case "$each" in
		!*) no=yes each=${each#!} ;;
		esac
		# a network in place of an address may be any
		case "$each" in
		*@*/*) each_address=$3 ;;
		*@*) each_address=${each#*@} ;;
		*) each_address='*' ;;
		esac
		# shellcheck disable=SC2254 # patterns of sshd's
		case "$2" in
		${each%%@*}) ;;
		*) continue ;;
		esac
		# shellcheck disable=SC2254
		case "$3" in
		$each_address) ;;
		*) continue ;;
		esac
		[ -z "$no" ] || return 1
		is_in=0
	done
	return "$is_in"
}

# in_groups PATTERNS NAME
in_groups() {
	for each_group in $(id -Gn "$2" 2>/dev/null); do
		! in_users "$1" "$each_group" '' || return 0
	done
	return 1
}
