# What the parts of the install script share: places, words for the screen, and small questions to the host. Root runs it
# on the host; it trusts root's own files. Exit codes: 0, 1 (it said why), 2 (usage), 75 (a deploy runs).

APPS=/etc/shipit/apps
PEOPLE_KEYS=/etc/ssh/authorized_keys.d
SSHD_CONFIG=/etc/ssh/sshd_config
SSHD_DROP_IN=/etc/ssh/sshd_config.d/50-shipit.conf
SUDOERS=/etc/sudoers.d
STATE_ROOT=/var/lib/shipit
# for root alone: the journal of a change, and what was not there before shipit
RECORDS=$STATE_ROOT/install
JOURNAL=$RECORDS/journal
MADE=$RECORDS/made
# the histories of apps that are gone, for root alone
UNINSTALLED=$STATE_ROOT/uninstalled

say() {
	print_wrapped "$TASK: " "$1"
}

# print_wrapped LEAD TEXT: on a terminal TEXT breaks between words, and what follows hangs below its beginning.
print_wrapped() {
	if [ ! -t 1 ] || ! command -v fold >/dev/null; then
		printf '%s%s\n' "$1" "$2" || :
		return 0
	fi
	columns=$(stty size <&1 2>/dev/null) || columns='24 80'
	columns=${columns#* }
	[ "$columns" -ge 40 ] || columns=80
	printf '%s\n' "$2" | fold -s -w "$((columns - ${#1}))" | {
		lead=$1
		while IFS= read -r wrapped; do
			printf '%s%s\n' "$lead" "${wrapped% }"
			lead=$(printf '%*s' "${#1}" '')
		done
	} || :
}

# trail KEY=VALUE...: a line for syslog, where there is one (remote/lib/trail.sh).
trail() {
	! command -v logger >/dev/null || timeout 2 logger -t shipit -p authpriv.notice -- "app=$APP" "by=${SUDO_USER:-root}" "$@" </dev/null >/dev/null 2>&1 8<&- 9<&- || :
}

die() {
	printf '%s: %s\n' "$TASK" "$2" >&2
	exit "$1"
}

# has WORD LIST: the word is one of the list's.
has() {
	case " $2 " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

# sum_of FILE: sets SUM.
sum_of() {
	SUM=$(sha256sum <"$1") || return 1
	SUM=${SUM%% *}
}

# facts PATH: sets FACTS to mode and owner as a manifest has them: 0755 root:root
facts() {
	FACTS=$(stat -c '%a %U:%G' "$1" 2>/dev/null) || return 1
	case "${FACTS%% *}" in
	???) FACTS=0$FACTS ;;
	??) FACTS=00$FACTS ;;
	?) FACTS=000$FACTS ;;
	esac
}

# remembered LINE: shipit made it on this host, so it may take it away again.
remembered() {
	[ -f "$MADE" ] && grep -qxF -e "$1" "$MADE"
}

# newer A B: version A comes after version B. Numbers and dots count; what follows a - or a + does not.
newer() {
	newer_left=${1%%[-+]*}.
	newer_right=${2%%[-+]*}.
	while [ -n "$newer_left$newer_right" ]; do
		newer_a=${newer_left%%.*}
		newer_b=${newer_right%%.*}
		newer_left=${newer_left#*.}
		newer_right=${newer_right#*.}
		[ "${newer_a:-0}" -le "${newer_b:-0}" ] || return 0
		[ "${newer_a:-0}" -ge "${newer_b:-0}" ] || return 1
	done
	return 1
}

# version_in MANIFEST: the version of shipit that wrote it; nothing if there is none.
version_in() {
	[ -f "$1" ] || return 0
	read -r _ _ found_version _ <"$1" || :
	printf '%s' "$found_version"
}

# installed_apps: one name on a line.
installed_apps() {
	set +f
	for each_app in "$APPS"/*/; do
		each_app=${each_app%/}
		[ ! -f "$each_app/recipe" ] || printf '%s\n' "${each_app##*/}"
	done
	set -f
}

# build_places: the work places of the app's build accounts that are there, one a line.
build_places() {
	set +f
	for place in "$STATE_ROOT/build/$APP" "$STATE_ROOT/build/$APP"_*; do
		[ ! -d "$place" ] || printf '%s\n' "$place"
	done
	set -f
}

# make_stage: a folder of root alone, gone when the script ends; where that is to be had, on a file system that only root can fill.
make_stage() {
	stage_in=/tmp
	! grep -qs '^[^ ]* /run tmpfs ' /proc/self/mounts || ! root_leads_to /run/. || stage_in=/run
	STAGE=$(mktemp -d "$stage_in/shipit-install.XXXXXX") || die 1 'cannot make a temporary folder: nothing was changed'
	trap 'rm -rf "$STAGE" "$LOADED"' EXIT
	mv "$LOADED/installer" "$STAGE/installer" && rmdir "$LOADED" || no_room
	# its name may be anybody's from here on
	trap 'rm -rf "$STAGE"' EXIT
	# where bash keeps the text of a here-document
	TMPDIR=$STAGE
	# what a run that was killed left
	find /tmp /run -maxdepth 1 -type d -user root -name 'shipit-install.??????' ! -path "$STAGE" -exec rm -rf {} + 2>/dev/null
}

# no_room: to be called where a write to the staging folder failed. Others may fill a disk for a moment: a list that is not whole would
# take away what it lacks.
no_room() {
	[ -n "$APPLY" ] || die 1 'cannot write to the staging folder (is the disk full?): nothing was changed'
	[ ! -d "$JOURNAL" ] || fail 'cannot write to the staging folder (is the disk full?)'
	die 1 'cannot write to the staging folder (is the disk full?): run this again'
}

# stage NAME: stdin is to become NAME in the staging folder. cat ends at the first write that fails, which many a loop and many a program
# would not tell.
stage() {
	cat >"$STAGE/$1" || no_room
}

ask() {
	printf '%s: make these changes? [y/N] ' "$TASK"
	answer=''
	read -r answer </dev/tty || :
	case "$answer" in
	y | Y | yes) ;;
	*) die 1 'nothing was changed' ;;
	esac
}
