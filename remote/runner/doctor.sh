# The runner's answer to doctor: what a host says of itself, as the app's account sees it, one fact after the other; docs/protocol.md
# lists them. It only looks, writes nothing, and asks sudo for nothing but the list of its own lines. The client judges.

# what a fact may hold (docs/protocol.md); the minus stands last, where tr takes it as itself
FACT_CHARACTERS="$ALNUM ._/+@,#=:()~%*\\n-"
# for what may ask a bus or a directory
LOOK_SECONDS=5

answer_doctor() {
	may read '' || turn_away policy 77 ''
	# shellcheck disable=SC2153 # host.sh's
	STATE=$STATES/$REQ_APP
	RUNS=$STATE/runs
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
	tell_all 2>/dev/null | tr -c "$FACT_CHARACTERS" _ | while read -r name value; do
		printf '\036%s {"event":"fact","time":"%s","name":"%s","value":"%.400s"}\n' "$SESSION" "$now" "$name" "$value"
	done
	event end ''
}

tell() {
	printf '%s %s\n' "$1" "$2"
}

tell_all() {
	tell clock "$(date -u +%s)"
	tell system "$(sed -n 's/^PRETTY_NAME=//p' /etc/os-release | tr -d '"')"
	tell shell "$(readlink -f /bin/sh)"
	tell gate "$(sed -n "s/^VERSION='\\(.*\\)'\$/\\1/p" "$LIBEXEC/gate")"
	tell_sudo
	tell_tools
	tell_account
	each_app tell_shared
	tell_view
	tell_forced
	tell_files
	tell_repository
	tell_disk
	tell lock "$(lock_state)"
	find_place
	tell waiting "$AHEAD"
	each_current tell_link
	tell_shared_files
	tell_services
	tell_selinux
	tell_logind
	[ ! -r /proc/sys/fs/protected_hardlinks ] || tell hardlinks "$(cat /proc/sys/fs/protected_hardlinks)"
}

# tell_link ROOT gone|dangling|changed
tell_link() {
	tell current "$2 $1/current"
}

tell_tools() {
	for tool in git rsync make tar flock setsid timeout curl wget od awk; do
		if ! command -v "$tool" >/dev/null; then
			tell tool "$tool missing"
			continue
		fi
		# the first line with a number: busybox complains before it says what it is
		version=$(timeout "$LOOK_SECONDS" "$tool" --version 2>&1 </dev/null | grep -m 1 '[0-9]\.[0-9]' | cut -c 1-60)
		tell tool "$tool ${version:-there}"
	done
}

tell_account() {
	entry=$(entry_of "$ACCOUNT")
	tell account "$(printf '%s' "$entry" | cut -d : -f 3,6,7)"
	case "$entry" in
	"$ACCOUNT"::*) tell password none ;;
	*) tell password "$(timeout "$LOOK_SECONDS" passwd -S "$ACCOUNT" </dev/null | cut -d ' ' -f 2)" ;;
	esac
	tell groups "$(id -Gn)"
	[ -n "$SUDO" ] || return 0
	tell asker-groups "$(id -Gn "$LOGIN")"
	tell asker-home "$(entry_of "$LOGIN" | cut -d : -f 6)"
}

# entry_of ACCOUNT: its line of passwd(5).
entry_of() {
	getent passwd "$1" || OF=$1 awk -F : '$1 "" == ENVIRON["OF"]' /etc/passwd
}

# tell_repository: of a repository on this host and the folders above it, and of what is in it and git reads first: LETTERS
# OWNER:GROUP PATH. Nothing is opened, since an account that may write the repository chooses what a name leads to.
tell_repository() {
	[ -n "$SUDO" ] && [ -n "${RECIPE_SERVED-}" ] || return 0
	tell reader "$(id -Gn "read-$REQ_APP" 2>/dev/null || printf missing)"
	place=$RECIPE_SERVED
	while [ -n "$place" ]; do
		tell_place "$place"
		place=${place%/*}
	done
	for name in HEAD config packed-refs refs objects .git; do
		[ ! -e "$RECIPE_SERVED/$name" ] && [ ! -L "$RECIPE_SERVED/$name" ] || tell_place "$RECIPE_SERVED/$name"
	done
}

tell_place() {
	tell repository "$(stat -c '%A %U:%G' "$1" || printf '%s' '- -') $1"
}

# tell_view: of builds, whose accounts may have no more than this one. What is in the way may be this account's own doing (spent).
tell_view() {
	[ -n "$SUDO" ] && [ -n "$(recipe_steps name_build)" ] || return 0
	can_hide || :
	tell view "$HIDES $(printf '%s' "$why_not" | tail -n 1)"
}

# name_build NUMBER NAME KIND ...
name_build() {
	[ "$3" != build ] || printf '%s ' "$1"
}

# FREE ALL MOUNT, in KiB, and the same of inodes where df tells them.
tell_disk() {
	disk=$STATE
	[ -d "$disk" ] || disk=$STATES
	tell space "$(df -Pk "$disk" | free_of_all)"
	tell inodes "$(df -Pi "$disk" | free_of_all)"
}

# free_of_all: of the second line of df -P; it has used before free.
free_of_all() {
	sed -n '2s/^.*[[:blank:]]\([0-9][0-9]*\)  *[0-9][0-9]*  *\([0-9][0-9]*\)  *[0-9][0-9]*%  *\(.*\)$/\2 \1 \3/p'
}

lock_state() {
	lock=$APPS/$REQ_APP/lock
	if [ ! -e "$lock" ]; then
		printf missing
	elif [ ! -r "$lock" ]; then
		printf unread
	elif flock -n "$lock" true; then
		printf free
	else
		printf held
	fi
}

tell_selinux() {
	if ! command -v selinuxenabled >/dev/null || ! selinuxenabled; then
		tell selinux off
		return
	fi
	tell selinux "$(getenforce)"
	tell domain "$(id -Z)"
	published | while read -r place; do
		tell context "$(stat -c %C "$PREFIX$place") $place"
	done
	[ ! -r "$APPS/$REQ_APP/grants" ] || sed -n 's/^label //p' "$APPS/$REQ_APP/grants" | while read -r type place; do
		tell label "$type $(stat -c %C "$PREFIX$place") $place"
	done
	for boolean in rsync_full_access httpd_enable_cgi; do
		boolean_is=$(getsebool "$boolean" 2>/dev/null) || continue
		tell selinux-boolean "$boolean_is"
	done
}

# Whether logind ends what a session left running. Of drop-ins with one name the first folder's counts, then the last line of all
# (logind.conf(5)); what is not set stands in the file as a comment.
tell_logind() {
	main=$PREFIX/etc/systemd/logind.conf
	[ -d "$PREFIX/etc/systemd" ] || return 0
	drop_ins=$(
		set +f
		for folder in etc run usr/local/lib usr/lib; do
			for file in "$PREFIX/$folder/systemd/logind.conf.d"/*.conf; do
				[ ! -r "$file" ] || printf '%s %s\n' "${file##*/}" "$file"
			done
		done | sort -s -k 1,1 | {
			last=''
			while read -r name file; do
				[ "$name" = "$last" ] || printf '%s\n' "$file"
				last=$name
			done
		}
	)
	for name in KillUserProcesses KillOnlyUsers KillExcludeUsers; do
		IFS='
'
		# shellcheck disable=SC2086 # one a line
		set -- "$main" $drop_ins
		IFS=' '
		value=$(cat "$@" | sed -n "s/^$name=//p" | tail -n 1)
		[ -n "$value" ] || value=$(sed -n "s/^#$name=//p" "$main" | tail -n 1)
		tell logind "$name $value"
	done
}
