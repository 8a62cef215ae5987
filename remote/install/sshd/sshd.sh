# What sshd is told: its lines, made of the grants (access.sh), and the host's own settings, with our lines and without.
# The lines are proved (sshd-proof.sh) before anything is changed: a Match block or an Include of the host's may stand first.

GATE=/usr/local/libexec/shipit/gate
# 16 is sshd's own limit of files that include each other
SSHD_MOST_FILES=64

# read_sshd: the host's own settings are copied to sshd-own, without what shipit wrote, and asked about each account that is
# to get lines. Nothing of them changes until the end.
read_sshd() {
	sshd -t 2>"$STAGE/sshd" || {
		cat "$STAGE/sshd" >&2
		die 1 "the sshd of this host does not accept its own settings ('sshd -t' says why): nothing was changed"
	}
	copy_sshd own
	forced_people=$(forced_members)
	stage_points
	for account in $refused $people $forced_people; do
		ask_sshd "$STAGE/sshd-own" "$account" "$STAGE/own"
	done
}

# copy_sshd NAME: sshd_config as sshd-NAME, its Include of drop-ins led to a copy of that folder.
copy_sshd() {
	mkdir -p "$STAGE/sshd-$1.d" &&
		sed "$INCLUDES_DROP_INS s|\\([\"[:blank:]=]\\)\\(/etc/ssh/\\)\\{0,1\\}sshd_config\\.d/|\\1$STAGE/sshd-$1.d/|g" \
			"$SSHD_CONFIG" >"$STAGE/sshd-$1" || die 1 'cannot write to the staging folder: nothing was changed'
	set +f
	for drop_in in "${SSHD_DROP_IN%/*}"/*.conf; do
		set -f
		[ "$drop_in" = "$SSHD_DROP_IN" ] || [ ! -f "$drop_in" ] || cp "$drop_in" "$STAGE/sshd-$1.d/" ||
			die 1 'cannot write to the staging folder: nothing was changed'
	done
	set -f
}

# a line that includes all drop-ins, as an address of sed
INCLUDES_DROP_INS='/^[[:blank:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:blank:]=].*sshd_config\.d\/\*\.conf/'

reads_drop_ins() {
	grep -Eiqs '^[[:blank:]]*Include[[:blank:]=](.*[[:blank:]])?"?(/etc/ssh/)?sshd_config\.d/\*\.conf' "$SSHD_CONFIG"
}

# list_sshd_files: sshd_config and what it includes, one a line of STAGE/sshd-files.
list_sshd_files() {
	printf '%s\n' "$SSHD_CONFIG" >"$STAGE/sshd-files" || no_room
	sshd_count=0
	# the list grows while it is read
	while read -r sshd_file <&5; do
		sshd_count=$((sshd_count + 1))
		[ "$sshd_count" -le "$SSHD_MOST_FILES" ] || die 1 "$SSHD_CONFIG includes more than $SSHD_MOST_FILES files: nothing was changed"
		sed -n 's/^[[:blank:]]*[Ii][Nn][Cc][Ll][Uu][Dd][Ee][[:blank:]=]*//p' "$sshd_file" 2>/dev/null | tr -d '"' | tr '[:blank:]' '\n' |
			while read -r sshd_pattern; do
				case "$sshd_pattern" in
				'') continue ;;
				/*) ;;
				*) sshd_pattern=/etc/ssh/$sshd_pattern ;;
				esac
				set +f
				for sshd_included in $sshd_pattern; do
					[ ! -f "$sshd_included" ] || [ "$sshd_included" = "$SSHD_DROP_IN" ] || printf '%s\n' "$sshd_included" >>"$STAGE/sshd-files" || exit 1
				done
				set -f
			done || no_room
	done 5<"$STAGE/sshd-files"
}

# find_ours: sets ours: the people whose accounts shipit made, and who get lines.
find_ours() {
	ours=''
	for person in $people; do
		! is_ours "$person" || is_by_hand "$person" || ours="$ours$person "
	done
}

# sshd_lines: DenyUsers of all blocks that match are joined, so that theirs holds wherever it stands.
sshd_lines() {
	printf '# Written by shipit from the config of each app on this host.\n'
	if [ -n "$refused" ]; then
		printf '\n# deploy and build accounts: nobody logs in as one of them\nMatch User %s\n    DenyUsers *\n' "$(joined "$refused")"
		printf '    AuthorizedKeysFile none\n    ForceCommand /bin/false\n'
		keys_alone
		no_forwarding
	fi
	if [ -n "$ours" ]; then
		printf '\n# accounts that shipit made: only for deploys, only with the keys that root installed\nMatch User %s\n' "$(joined "$ours")"
		printf '    AuthorizedKeysFile %s/%%u\n' "$PEOPLE_KEYS"
		keys_alone
		gate_only "$ours"
	fi
	if [ -n "$forced" ]; then
		printf '\n# from sshd.forceCommand: members of the groups in the policy may deploy, and do nothing else here\nMatch Group %s\n' \
			"$(joined "$forced")"
		gate_only "$forced_people"
		# bash reads .bashrc for sshd, unless it believes that another shell started it
		printf '    SetEnv SHLVL=9\n'
	fi
	for person in $people; do
		! is_ours "$person" && ! is_by_hand "$person" || continue
		printf '\n# an account that has other uses: one more file of keys\nMatch User %s\n    AuthorizedKeysFile %s\n' \
			"$person" "$(key_files "$person")"
	done
	printf '\nMatch all\n'
}

# joined NAMES: with commas
joined() {
	printf '%s' "${1% }" | tr ' ' ','
}

keys_alone() {
	printf '    %s\n' \
		'AuthorizedKeysCommand none' \
		'TrustedUserCAKeys none' \
		'PasswordAuthentication no' \
		'KbdInteractiveAuthentication no' \
		'HostbasedAuthentication no' \
		'GSSAPIAuthentication no' \
		'KerberosAuthentication no'
}

# DisableForwarding alone missed X11 and agents before OpenSSH 10.
no_forwarding() {
	printf '    %s\n' \
		'DisableForwarding yes' \
		'AllowTcpForwarding no' \
		'AllowStreamLocalForwarding no' \
		'AllowAgentForwarding no' \
		'X11Forwarding no' \
		'PermitTunnel no' \
		'PermitTTY no' \
		'PermitUserRC no'
}

# gate_only NAMES: what of the client's own environment reaches the shell must not matter to it.
gate_only() {
	printf '    ForceCommand %s\n' "$GATE"
	no_forwarding
	printf '    %s\n' \
		'AcceptEnv LANG' \
		"MaxSessions $(fewest_sessions "$1")" \
		'ClientAliveInterval 15' \
		'ClientAliveCountMax 4'
}

# fewest_sessions NAMES: 4, or less where the host has less for one of them.
fewest_sessions() {
	{
		printf '4\n'
		for name in $1; do
			own_values maxsessions "$name"
		done
	} | sort -n | head -n 1
}

# key_files NAME: where sshd looks for the person's keys now, and our file.
key_files() {
	now=$(own_values authorizedkeysfile "$1" | head -n 1)
	[ "$now" != none ] || now=''
	printf '%s' "$now${now:+ }$PEOPLE_KEYS/%u"
}

# keep_known_lines: an older sshd does not know all of them. The proof says whether those that it knows will do.
keep_known_lines() {
	! takes_lines "$STAGE/sshd-lines" || return 0
	while IFS= read -r line; do
		case "$line" in
		' '*)
			printf 'Match User nobody\n%s\n' "$line" >"$STAGE/sshd-line" || no_room
			takes_lines "$STAGE/sshd-line" || continue
			;;
		esac
		printf '%s\n' "$line" || no_room
	done <"$STAGE/sshd-lines" >"$STAGE/sshd-known" && mv "$STAGE/sshd-known" "$STAGE/sshd-lines" ||
		die 1 'cannot write to the staging folder: nothing was changed'
	takes_lines "$STAGE/sshd-lines" || {
		cat "$STAGE/sshd" >&2
		die 1 'sshd does not accept its new lines: nothing was changed'
	}
}

takes_lines() {
	cat "$STAGE/sshd-own" "$1" >"$STAGE/sshd-tried" || die 1 'cannot write to the staging folder: nothing was changed'
	sshd -t -f "$STAGE/sshd-tried" 2>"$STAGE/sshd"
}

say_sshd_lines() {
	say "sshd reads no drop-ins here: add these lines to the end of $SSHD_CONFIG, check them with 'sshd -t', and reload sshd:"
	cat "$STAGE/sshd-lines"
}

# Sessions that are open stay open.
reload_sshd() {
	sshd -t 2>/dev/null || return 0
	if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
		systemctl reload ssh 2>/dev/null || systemctl reload sshd 2>/dev/null || say 'cannot reload sshd: do that by hand'
	elif read -r sshd_id _ 2>/dev/null </run/sshd.pid && [ "$(cat "/proc/$sshd_id/comm" 2>/dev/null)" = sshd ]; then
		kill -HUP "$sshd_id" && say 'sshd has read its settings again'
	else
		say 'sshd is not running, or its process id is unknown: reload it by hand'
	fi
}
