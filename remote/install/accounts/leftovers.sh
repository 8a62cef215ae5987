# What an account that goes leaves on the host. The account itself stays, locked (kept.sh), so that a setuid file of it has no use. What can be
# found is removed all the same, and what has to stay is named.

# file systems that hold nothing of accounts, or that are other machines'
PASSED_OVER='proc sysfs devpts cgroup cgroup2 securityfs debugfs tracefs pstore bpf configfs efivarfs binfmt_misc fusectl nsfs'
PASSED_OVER="$PASSED_OVER autofs rpc_pipefs nfs nfs4 cifs smb3 ceph glusterfs lustre afs 9p"
# for all of it
SEARCH_SECONDS=300
# sticky, and root's: what lies there is its owner's, and nobody else can put something in its place
STICKY_FOLDERS='/tmp /var/tmp /dev/shm /dev/mqueue /run/lock /var/lock'
# for a look into one tree
GLANCE_SECONDS=20

# clear_accounts NAME...: removes what they own, and names what is left. Their processes have ended.
clear_accounts() {
	[ "$#" -gt 0 ] || return 0
	for each_name in "$@"; do
		each_uid=$(id -u "$each_name") && [ "$each_uid" -ne 0 ] || continue
		remove_ipc "$each_name" "$each_uid"
		clear_sticky "$each_uid"
	done
	search_accounts "$@" || return 0
	[ ! -s "$STAGE/left" ] || {
		search_left '' -exec /bin/sh -c "$TAKE_EACH" sh {} +
		# folders, once they are empty
		search_left -depth -exec /bin/sh -c "$TAKE_EACH" sh {} +
	}
	name_left "$@"
}

# search_accounts NAME...: lists in STAGE/left what they own. Fails where that is not known.
search_accounts() {
	SEARCH_UNTIL=$(($(date +%s) + SEARCH_SECONDS))
	owned_by=''
	for each_name in "$@"; do
		each_uid=$(id -u "$each_name") && [ "$each_uid" -ne 0 ] || continue
		owned_by="$owned_by${owned_by:+ -o }-user $each_uid"
	done
	[ -n "$owned_by" ] || return 1
	# one file that must be found, or this host's find does not understand what it is asked
	true >"$STAGE/of-$each_name" && chown "$each_name" "$STAGE/of-$each_name"
	if ! list_left left.all || ! grep -qxF -e "$STAGE/of-$each_name" "$STAGE/left.all"; then
		say_not_searched "$@"
		return 1
	fi
	rm -f "$STAGE/of-$each_name"
	# an empty list says that nothing is left: it is believed only if it could be written
	{ grep -vxF -e "$STAGE/of-$each_name" "$STAGE/left.all" || [ "$?" -eq 1 ]; } | cat >"$STAGE/left" || {
		say_not_searched "$@"
		return 1
	}
}

# name_left NAME...: after search_accounts.
name_left() {
	for each_name in "$@"; do
		each_uid=$(id -u "$each_name")
		owned_by="-user $each_uid"
		true >"$STAGE/left.$each_name" && { [ ! -s "$STAGE/left" ] || list_left "left.$each_name"; } && [ ! -s "$STAGE/left.$each_name" ] && [ -z "$(ipc_of "$each_uid")" ] || say_left "$each_name"
	done
}

say_left() {
	left=$(head -n 1 "$STAGE/left.$1" 2>/dev/null)
	say "the account $1 still owns $(show "${left:-IPC (see ipcs), or what find cannot tell}"): see 'find / -xdev -user $(id -u "$1")'"
}

# list_left NAME: what search_left finds, in STAGE/NAME. Fails where that is not all: the search did not come to its end, or the disk is full.
list_left() {
	rm -f "$STAGE/left.end"
	{
		search_left '' -print
		# what it may not look at, or what goes meanwhile, is 1
		[ "$?" -gt 1 ] || true >"$STAGE/left.end"
	} | cat >"$STAGE/$1" && [ -e "$STAGE/left.end" ]
}

say_not_searched() {
	for each_name in "$@"; do
		say "the search for what $each_name owns on this host did not finish: see 'find / -xdev -user $(id -u "$each_name")'"
	done
}

# search_left -depth|'' ACTION...: on every local file system.
search_left() {
	deep=$1
	shift
	action_count=$#
	while read -r _ mounted type _; do
		! has "$type" "$PASSED_OVER" || continue
		# blanks are written \040, as printf reads them; the full stop keeps a line feed at the end
		# shellcheck disable=SC2059
		mounted=$(printf "$(printf '%s' "$mounted" | sed 's/%/%%/g').")
		set -- "$@" "${mounted%.}"
	done </proc/self/mounts
	# the actions behind the places
	# shellcheck disable=SC2086 # words of find
	set -- "$@" -xdev $deep \( $owned_by \)
	while [ "$action_count" -gt 0 ]; do
		set -- "$@" "$1"
		shift
		action_count=$((action_count - 1))
	done
	seconds_left=$((SEARCH_UNTIL - $(date +%s)))
	[ "$seconds_left" -gt 0 ] || seconds_left=1
	timeout "$seconds_left" find "$@" 2>/dev/null 8<&- 9<&-
}

# clear_sticky UID: its trees in the folders that are open to all, each in one go: they may be too deep, or too large, for a search that
# goes by path. Not those in which somebody else has something.
clear_sticky() {
	for sticky in $STICKY_FOLDERS; do
		[ -d "$sticky/." ] && cd -P "$sticky" && [ -n "$(find . -maxdepth 0 -user root -perm -1000)" ] || continue
		find . -xdev -mindepth 1 -maxdepth 1 -type d -user "$1" ! -name '*[!A-Za-z0-9._-]*' | cat >"$STAGE/sticky" || continue
		while read -r tree <&4; do
			# a look that did not come to its end has not seen whose files there are
			[ -z "$({ timeout "$GLANCE_SECONDS" find "$tree" ! -user "$1" -print 2>/dev/null 8<&- 9<&- || echo late; } | head -n 1)" ] || continue
			# once it is root's it stays in its place
			chown -h root:root "$tree" && [ -d "$tree" ] && [ ! -L "$tree" ] && chmod 0700 "$tree" && remove_all "$tree" || :
		done 4<"$STAGE/sticky"
	done 2>/dev/null
	cd /
}

# A file where root alone may write becomes root's, and with that loses setuid. Below a folder like /tmp it is removed: there it could be
# trusted for being root's. Elsewhere it is left: it may be somebody's data. Each from inside its folder, which nobody can swap under us
# once we are there.
# shellcheck disable=SC2016 # another sh expands it
TAKE_EACH='
for path do
	folder=${path%/*} name=${path##*/}
	cd -P "${folder:=/}" 2>/dev/null && [ "$(pwd)" = "$folder" ] || continue
	way=$folder led=yes open=no
	while :; do
		[ -n "$(find "$way" -maxdepth 0 -user root ! -perm -0020 ! -perm -0002)" ] || led=no
		[ -z "$(find "$way" -maxdepth 0 -user root -perm -1002)" ] || open=yes
		[ "$way" != / ] || break
		way=${way%/*} way=${way:-/}
	done
	if [ "$led" = yes ]; then
		# one with other names stays as it is: another name may lie where it could be trusted for being of root
		[ -z "$(find "./$name" -maxdepth 0 \( -type d -o -links 1 \))" ] || chown -h root:root "./$name"
		# (the two braces may stand once in the words of find, so that they do not here)
		[ -z "$(find "./$name" -maxdepth 0 \( -type d -o -type f \) \( -perm -0020 -o -perm -0002 -o -perm -4000 -o -perm -2000 \))" ] || chmod u-s,g-s,go-w "./$name"
	elif [ "$open" = no ]; then
		:
	elif [ -d "./$name" ] && [ ! -L "./$name" ]; then
		rmdir "./$name"
	else
		rm -f "./$name"
	fi
done 2>/dev/null'

# job_files NAME: what cron, mail and systemd have by the name of an account, whatever its number; one a line.
job_files() {
	for job_folder in /var/spool/cron /var/spool/cron/crontabs /var/spool/cron/tabs /etc/crontabs /var/spool/incron /var/spool/fcron /var/mail /var/spool/mail /var/lib/systemd/linger; do
		job_file=$job_folder/$1
		! { [ -f "$job_file" ] || [ -L "$job_file" ]; } || printf '%s\n' "$job_file"
	done
}

# remove_jobs NAME: a file of cron or at that became root's would still run.
remove_jobs() {
	! command -v crontab >/dev/null || crontab -r -u "$1" 2>/dev/null
	for job_file in $(job_files "$1"); do
		rm -f "$job_file"
	done
	find /var/spool/cron/atjobs /var/spool/atjobs /var/spool/at -maxdepth 1 -type f -user "$1" -exec rm -f {} + 2>/dev/null
}

# ipc_of UID: `-m ID`, `-q ID` and `-s ID` of ipcrm, for what the number made or owns.
ipc_of() {
	for ipc in 'shm -m' 'msg -q' 'sem -s'; do
		# shellcheck disable=SC2016 # awk's own
		awk -v uid="$1" -v flag="${ipc#* }" 'NR == 1 { for (i = 1; i <= NF; i++) { if ($i == "uid") a = i; if ($i == "cuid") b = i }; next }
			$a == uid || $b == uid { print flag, $2 }' "/proc/sysvipc/${ipc% *}" 2>/dev/null
	done
}

# remove_ipc NAME UID: by root, or where root may not (a container) by the account.
remove_ipc() {
	ipc_of "$2" | while read -r flag number; do
		ipcrm "$flag" "$number" >/dev/null 2>&1 || as_locked 5 "$1" "ipcrm $flag $number" >/dev/null 2>&1
	done
}
