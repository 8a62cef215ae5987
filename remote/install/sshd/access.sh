# Who may come in by which key: the root-owned key files, and whom sshd is to let in, to wall in and to turn away. It is made
# of the grants of all apps on the host, so that two apps may name the same person.
#   group GROUP | deploys-as ACCOUNT alone|shared | account ACCOUNT | person NAME GROUP | force GROUP | published FOLDER | repository PATH | label TYPE PATH

# gather_grants: of this app as they are staged (not at all when it goes), of the others as they are installed.
gather_grants() {
	true >"$STAGE/grants" || die 1 'cannot write to the staging folder: nothing was changed'
	# what is not granted goes: half a list would take away what other apps have
	[ ! -f "$STAGE/root$APPS/$APP/grants" ] || cat "$STAGE/root$APPS/$APP/grants" >>"$STAGE/grants" ||
		die 1 'cannot write to the staging folder (is the disk full?): nothing was changed'
	for other in $(installed_apps | tr '\n' ' '); do
		[ "$other" = "$APP" ] || [ ! -f "$APPS/$other/grants" ] || cat "$APPS/$other/grants" >>"$STAGE/grants" ||
			die 1 'cannot write to the staging folder (is the disk full?)'
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
	CONFLICTS=''
	people=$(granted person)
	forced=$(granted force)
	refused="$(granted deploys-as)$(granted account)"
	[ -z "$people" ] || want folder 0755 root:root "$PEOPLE_KEYS"
	for person in $people; do
		keys_of "$person" | stage keys || exit
		stage_file 0644 root:root "$PEOPLE_KEYS/$person" <"$STAGE/keys"
	done
	[ -n "$people$forced$refused" ] && command -v sshd >/dev/null || return 0
	read_sshd
	find_ours
	sshd_lines | stage sshd-lines || exit
	keep_known_lines
	reads_drop_ins || return 0
	stage_file 0644 root:root "$SSHD_DROP_IN" <"$STAGE/sshd-lines"
	copy_sshd new
	cp "$STAGE/sshd-lines" "$STAGE/sshd-new.d/${SSHD_DROP_IN##*/}" || die 1 'cannot write to the staging folder: nothing was changed'
}

# keys_of NAME: its lines of all apps, each once.
keys_of() {
	printf '# Written by shipit from the config of each app on this host; only root may change it.\n'
	{
		[ ! -f "$STAGE/root$APPS/$APP/people/$1" ] || cat "$STAGE/root$APPS/$APP/people/$1"
		for other in $(installed_apps | tr '\n' ' '); do
			[ "$other" = "$APP" ] || [ ! -f "$APPS/$other/people/$1" ] || cat "$APPS/$other/people/$1"
		done
	} | sort -u | while read -r key; do
		printf 'restrict,command="%s" %s\n' "$GATE" "$key"
	done
}

# check_access: the key files are nobody else's, and sshd takes its lines and does with them what they are meant to do.
check_access() {
	for person in $people; do
		[ ! -e "$PEOPLE_KEYS/$person" ] || sed 's/.* //' /etc/shipit/access 2>/dev/null | grep -qxF -e "$PEOPLE_KEYS/$person" ||
			die 1 "$PEOPLE_KEYS/$person exists, and shipit did not make it: nothing was changed"
	done
	[ -f "$STAGE/sshd-lines" ] || return 0
	check_forced
	! reads_drop_ins || prove_sshd "$STAGE/sshd-new"
	[ -n "$CONFLICTS" ] || return 0
	# an uninstall must not fail for what another app lacks
	[ "$TASK" != uninstall ] || return 0
	die 1 'sshd would not behave as the config asks: nothing was changed'
}

# conflict SENTENCE: why the lines would not do.
conflict() {
	CONFLICTS=yes
	say "$1" >&2
}
