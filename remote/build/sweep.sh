# What a build leaves behind, and how it goes: processes, files, IPC, cron and at. All of it is done by the build account itself,
# which has no more rights than what it cleans up after. Without sudo (the sandbox) the account is a person's: only its place is emptied.

# The folders that all may write on the hosts that we know; find_open_folders finds others.
OPEN_FOLDERS='/tmp /var/tmp /dev/shm /dev/mqueue /run/lock /var/lock /var/crash /run/screen /var/spool/samba'
# how deep, and how long, others are looked for
OPEN_DEPTH=3
LOOK_SECONDS=5
# how long each walk of the sweep may take
SWEEP_SECONDS=20
# how long the place is emptied at a time
EMPTY_SECONDS=20
# of 0.1 s
END_TURNS=50

# end_processes: all that the account runs but this shell is ended (kill(2) with -1 spares its caller), and is gone. Fails if something
# stays: what hangs in the kernel, or a process of somebody else's that has this account's rights by a setuid file which an earlier
# build left. Root alone can end that one.
end_processes() {
	[ -n "$SUDO" ] || return 0
	turns=0
	while :; do
		kill -KILL -1 2>/dev/null || :
		find_others
		[ -n "$OTHERS" ] || return 0
		[ "$turns" -lt "$END_TURNS" ] || return 1
		turns=$((turns + 1))
		sleep 0.1
	done
}

# find_others: sets OTHERS, the files of /proc of all processes of which a thread has the account's number or its group in any place:
# real, effective, saved, of files. Each thread has its own. Not this shell, its children, and what is root's: sudo itself waits with this account's group.
find_others() {
	set +f
	# this shell is always among them: nothing found is no answer
	answer_of grep -lsE -e "$(one_of Uid "$MY_UID")" -e "$(one_of Gid "$MY_GID")" /proc/[0-9]*/task/[0-9]*/status
	set -f
	IFS='
'
	# shellcheck disable=SC2086 # one a line
	set -- $ANSWER
	IFS=' '
	OTHERS=$(grep -LsE -e "^PP?id:[[:blank:]]+$$\$" -e '^Uid:[[:blank:]]+[0-9]+([[:blank:]]+0){3}$' "$@")
	must_start grep "$?"
	found=$OTHERS
	OTHERS=''
	# nor a process that has ended with all of its threads, and that its parent has not waited for
	for each in $found; do
		! grep -qsE '^State:[[:blank:]]+[ZX]' "$each" || ! grep -qsE '^Threads:[[:blank:]]+[01]$' "$each" || continue
		each=${each%/task/*}/status
		case " $OTHERS" in
		*" $each "*) ;;
		*) OTHERS="$OTHERS$each " ;;
		esac
	done
}

one_of() {
	printf '^%s:.*[[:blank:]]%s([[:blank:]]|$)' "$1" "$2"
}

refuse_others() {
	die 70 "a process has this account's rights, and this account cannot end it: ask root to end ${OTHERS% }"
}

# sweep: empties the account's place, and removes what it owns elsewhere.
sweep() {
	empty_place || die 70 "cannot empty $PLACE"
	[ -n "$SUDO" ] || return 0
	{
		find_open_folders
		# shellcheck disable=SC2086 # one folder a word
		sweep_folders $OPEN_FOLDERS "/run/user/$MY_UID" $FOUND_FOLDERS
		sweep_ipc
		sweep_jobs
		# those of a view are gone with it
		can_hide || clear_keyrings
		# busybox's timeout leaves a process that watches, for a second
		kill -KILL -1 || :
	} >/dev/null 2>&1 </dev/null
	[ -z "$ipc_unread" ] || die 70 'cannot list the System V IPC of this account'
}

# empty_place: what can't be removed (another account has a descriptor of a folder in it, and makes entries there) is put aside, for
# root: it is not to keep the account from building.
empty_place() {
	# all at once, since there may be very many, and paths longer than the kernel takes
	empty_now || {
		timeout "$EMPTY_SECONDS" find "$PLACE" -mindepth 1 -maxdepth 1 ! -name 'left.*' -exec chmod -R u+rwX {} + 2>/dev/null
		empty_now
	} || put_aside
}

# empty_now: fails if something stays.
empty_now() {
	timeout "$EMPTY_SECONDS" find "$PLACE" -mindepth 1 -maxdepth 1 -exec rm -rf {} + 2>/dev/null
	[ -z "$(find "$PLACE" -mindepth 1 -maxdepth 1 ! -name 'left.*')" ]
}

put_aside() {
	aside=0
	set +f
	for each in "$PLACE"/* "$PLACE"/.[!.]* "$PLACE"/..?*; do
		set -f
		case "${each##*/}" in
		left.*) continue ;;
		esac
		[ -e "$each" ] || [ -L "$each" ] || continue
		while [ -e "$PLACE/left.$aside" ] || [ -L "$PLACE/left.$aside" ]; do
			aside=$((aside + 1))
		done
		mv "$each" "$PLACE/left.$aside" || return 1
	done
	set -f
}

# name_left: tells root of it, at each build.
name_left() {
	set +f
	for each in "$PLACE"/left.*; do
		[ ! -e "$each" ] || printf 'shipit: a build left files that its account cannot remove: ask root to remove %s\n' "$each" >&2
	done
	set -f
}

# find_open_folders: sets FOUND_FOLDERS. Needed only where a build can write outside its own view; what lies deeper, or behind a
# folder that this account can't read, is not found.
find_open_folders() {
	FOUND_FOLDERS=''
	! can_hide || return 0
	FOUND_FOLDERS=$(timeout "$LOOK_SECONDS" find / /home /opt /srv /var -xdev -maxdepth "$OPEN_DEPTH" -type d -perm -0002 ! -name '* *' | tr '\n' ' ')
}

# sweep_folders FOLDER...: what can't be removed (it lies in a folder that is not open) is emptied, and loses setuid and setgid.
sweep_folders() {
	# where builds have a view of their own they leave nothing here: a glance, however much others have there
	! can_hide || SWEEP_SECONDS=$LOOK_SECONDS
	for folder in "$@"; do
		shift
		# the folder that a symlink leads to
		[ ! -d "$folder/." ] || set -- "$@" "$folder/."
	done
	# first what can be removed at once, however deep it is
	timeout "$SWEEP_SECONDS" find "$@" -xdev -mindepth 1 -maxdepth 1 -user "$MY_UID" -exec rm -rf {} +
	timeout "$SWEEP_SECONDS" find "$@" -xdev -user "$MY_UID" -type d ! -perm -0700 -exec chmod u+rwx {} \;
	timeout "$SWEEP_SECONDS" find "$@" -xdev -user "$MY_UID" ! -name . -prune -exec rm -rf {} +
	# shellcheck disable=SC2016 # the inner sh's
	timeout "$SWEEP_SECONDS" find "$@" "/var/mail/$ME" "/var/spool/mail/$ME" -xdev -user "$MY_UID" -type f -exec /bin/sh -c '
		for file; do
			chmod 0600 "$file" && [ ! -s "$file" ] || true >"$file"
		done' sh {} +
}

# sweep_ipc: System V's, by the kernel's own lists; POSIX queues are files of /dev/mqueue. A list is read as a whole before anything goes: the
# kernel makes it shorter with each that does, and who reads on skips as many.
sweep_ipc() {
	ipc_unread=''
	for kind in shm msg sem; do
		[ -r "/proc/sysvipc/$kind" ] || continue
		# where the owner and the creator stand
		case "$kind" in
		shm | msg) columns='8 10' ;;
		sem) columns='5 7' ;;
		esac
		ipc_ids=$(awk -v uid="$MY_UID" -v columns="$columns" '
			BEGIN { split(columns, at, " ") }
			$at[1] == uid || $at[2] == uid { printf "%s ", $2 }' "/proc/sysvipc/$kind") || ipc_unread=yes
		for id in $ipc_ids; do
			remove_ipc "$kind" "$id"
		done
	done
}

remove_ipc() {
	case "$1" in
	shm) ipcrm -m "$2" ;;
	msg) ipcrm -q "$2" ;;
	sem) ipcrm -s "$2" ;;
	esac
}

# sweep_jobs: what would start processes later.
sweep_jobs() {
	! command -v crontab || crontab -r
	if command -v atq; then
		for job in $(atq | cut -f 1 | tr '\n' ' '); do
			atrm "$job"
		done
	fi
	[ ! -e "/var/lib/systemd/linger/$ME" ] || loginctl disable-linger
}
