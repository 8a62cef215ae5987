# Who may come in by which key: the root-owned key files, and what sshd must know of them. They are made of the grants of
# all apps on the host, so that two apps may name the same person.
#   group GROUP | account ACCOUNT | person NAME GROUP | force GROUP | published FOLDER | label TYPE PATH

GATE=/usr/local/libexec/shipit/gate

# gather_grants: of this app as they are staged (not at all when it goes), of the others as they are installed.
gather_grants() {
	: >"$STAGE/grants" || die 1 'cannot write to the staging folder: nothing was changed'
	[ ! -f "$STAGE/root$APPS/$APP/grants" ] || cat "$STAGE/root$APPS/$APP/grants" >>"$STAGE/grants"
	for other in $(installed_apps | tr '\n' ' '); do
		[ "$other" = "$APP" ] || [ ! -f "$APPS/$other/grants" ] || cat "$APPS/$other/grants" >>"$STAGE/grants"
	done
}

# granted KIND: the names, each once, on one line.
granted() {
	sed -n "s/^$1 \\([^ ]*\\).*/\\1/p" "$STAGE/grants" | sort -u | tr '\n' ' '
}

# is_ours NAME: shipit made the account, or is about to: it is for deploys alone.
is_ours() {
	! has_account "$1" || remembered "account $1"
}

stage_access() {
	LIST=$STAGE/list.access
	people=$(granted person)
	forced=$(granted force)
	[ -z "$people" ] || want folder 0755 root:root "$PEOPLE_KEYS"
	for person in $people; do
		keys_of "$person" >"$STAGE/keys"
		stage_file 0644 root:root "$PEOPLE_KEYS/$person" <"$STAGE/keys"
	done
	[ -n "$people$forced" ] || return 0
	sshd_lines >"$STAGE/sshd-lines"
	if reads_drop_ins; then
		stage_file 0600 root:root "$SSHD_DROP_IN" <"$STAGE/sshd-lines"
	fi
}

# keys_of NAME: its lines of all apps, each once.
keys_of() {
	printf '# Written by shipit from the config of each app on this host; root alone may change it.\n'
	{
		[ ! -f "$STAGE/root$APPS/$APP/people/$1" ] || cat "$STAGE/root$APPS/$APP/people/$1"
		for other in $(installed_apps | tr '\n' ' '); do
			[ "$other" = "$APP" ] || [ ! -f "$APPS/$other/people/$1" ] || cat "$APPS/$other/people/$1"
		done
	} | sort -u | while read -r key; do
		printf 'restrict,command="%s" %s\n' "$GATE" "$key"
	done
}

sshd_lines() {
	printf '# Written by shipit from the config of each app on this host.\n'
	ours=''
	for person in $people; do
		! is_ours "$person" || ours="$ours${ours:+,}$person"
	done
	if [ -n "$ours" ]; then
		printf '\n# accounts that shipit made: for deploys alone, by the keys that root installed alone\nMatch User %s\n' "$ours"
		printf '    AuthorizedKeysFile %s/%%u\n    PasswordAuthentication no\n' "$PEOPLE_KEYS"
		gate_only
	fi
	if [ -n "$forced" ]; then
		printf '\n# asked for by sshd.forceCommand: whoever is in a group of the policy deploys, and does nothing else here\nMatch Group %s\n' \
			"$(printf '%s' "${forced% }" | tr ' ' ',')"
		gate_only
	fi
	for person in $people; do
		! is_ours "$person" || continue
		printf '\n# an account with a life of its own: one more file of keys\nMatch User %s\n    AuthorizedKeysFile %s\n' \
			"$person" "$(key_files "$person")"
	done
	printf '\nMatch all\n'
}

# The forwarding lines stand together: DisableForwarding alone missed X11 and agents before OpenSSH 10.
gate_only() {
	cat <<END_OF_LINES
    ForceCommand $GATE
    DisableForwarding yes
    AllowTcpForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    PermitTunnel no
    PermitTTY no
    PermitUserRC no
    MaxSessions 4
    ClientAliveInterval 15
    ClientAliveCountMax 4
END_OF_LINES
}

# key_files NAME: where sshd looks for the person's keys now, and our file.
key_files() {
	now=$(sshd -T -C "user=$1,host=localhost,addr=127.0.0.1" 2>/dev/null | sed -n 's/^authorizedkeysfile //p')
	case "$now" in
	none) now='' ;;
	'') now=.ssh/authorized_keys ;;
	esac
	has "$PEOPLE_KEYS/%u" "$now" || now="$now${now:+ }$PEOPLE_KEYS/%u"
	printf '%s' "$now"
}

reads_drop_ins() {
	grep -Eiqs '^[[:blank:]]*Include[[:blank:]].*/etc/ssh/sshd_config\.d/\*\.conf' "$SSHD_CONFIG"
}

# sshd_lacks: sshd reads no drop-ins here, and has not got the lines in its own file either.
sshd_lacks() {
	[ -f "$STAGE/sshd-lines" ] && ! reads_drop_ins || return 1
	for person in $people; do
		has "$PEOPLE_KEYS/%u" "$(sshd -T -C "user=$person,host=localhost,addr=127.0.0.1" 2>/dev/null | sed -n 's/^authorizedkeysfile //p')" ||
			return 0
	done
	[ -z "$people" ] && ! grep -qF "ForceCommand $GATE" "$SSHD_CONFIG"
}

# check_access: the key files are nobody else's, and sshd takes its lines.
check_access() {
	[ -f "$STAGE/sshd-lines" ] || return 0
	command -v sshd >/dev/null || die 1 'install these first: sshd'
	for person in $people; do
		[ ! -e "$PEOPLE_KEYS/$person" ] || grep -qsF -e " $PEOPLE_KEYS/$person" /etc/shipit/access ||
			die 1 "$PEOPLE_KEYS/$person is there already, and not shipit's: nothing was changed"
	done
	cat "$SSHD_CONFIG" "$STAGE/sshd-lines" >"$STAGE/sshd_config" || die 1 'cannot write to the staging folder: nothing was changed'
	sshd -t -f "$STAGE/sshd_config" 2>"$STAGE/sshd" || {
		cat "$STAGE/sshd" >&2
		die 1 'sshd does not accept its new lines: nothing was changed'
	}
}

# Sessions that are open stay open.
reload_sshd() {
	sshd -t 2>/dev/null || return 0
	if [ -d /run/systemd/system ] && command -v systemctl >/dev/null; then
		systemctl reload ssh 2>/dev/null || systemctl reload sshd 2>/dev/null || say 'cannot reload sshd: do that by hand'
	elif read -r sshd_id _ 2>/dev/null </run/sshd.pid && [ "$(cat "/proc/$sshd_id/comm" 2>/dev/null)" = sshd ]; then
		kill -HUP "$sshd_id" && say 'sshd has read its settings again'
	else
		say 'sshd does not run, or says nowhere under which id: reload it by hand'
	fi
}
