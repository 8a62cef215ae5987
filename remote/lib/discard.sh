# Removing trees of files: the one way in which runs, steps and builds do it. What is in them came from a repository or its build:
# folders may be read-only, another account's, or a mount. It follows no symlink, changes the mode of no file (which may have another
# name elsewhere), enters no mount, and continues past what has to stay.

# of what stays, the names that are told
MOST_NAMED=3

# discard PATH...: removes each with all that is in it. Fails if something stays, and says what. It is called from everywhere, and no name of
# its variables is used elsewhere.
discard() {
	discard_stays=''
	for discarded; do
		shift
		[ ! -e "$discarded" ] && [ ! -L "$discarded" ] || set -- "$@" "$discarded"
	done
	[ "$#" -gt 0 ] || return 0
	# in a recipe of commands nothing is in them
	! are_empty "$@" || ! rmdir "$@" 2>/dev/null || return 0
	# all of them in one go, but where one has to stay
	! has_mount "$@" && rm -rf "$@" 2>/dev/null && return
	for discarded; do
		discard_one "$discarded" || discard_stays=yes
	done
	[ -z "$discard_stays" ]
}

discard_one() {
	if has_mount "$1"; then
		printf 'shipit: cannot remove %s: a file system is mounted below it\n' "$1"
		return 1
	fi
	# from the top down: each folder before it is looked into
	if [ -d "$1" ] && [ ! -L "$1" ]; then
		[ -r "$1" ] && [ -w "$1" ] && [ -x "$1" ] || chmod u+rwx "$1" 2>/dev/null
		# from within: the whole path may be longer than the kernel takes
		(cd -P "$1" 2>/dev/null && find . -type d ! -perm -0700 -exec chmod u+rwx {} \; 2>/dev/null)
	fi
	rm_words=$(exec rm -rf "$1" 2>&1) && return 0
	foreign_files=$(find "$1" ! -user "$(id -u)" -exec ls -ld {} \; 2>/dev/null | head -n "$MOST_NAMED")
	if [ -n "$foreign_files" ]; then
		printf 'shipit: cannot remove all of %s: it has files of other accounts\n%s\n' "$1" "$foreign_files"
	else
		printf 'shipit: cannot remove all of %s\n%s\n' "$1" "$(printf '%s\n' "$rm_words" | head -n "$MOST_NAMED")"
	fi
	return 1
}

# has_mount PATH...: what is mounted in a folder is not part of it, and may be somebody's data. The kernel lists mounts by their real
# paths.
has_mount() {
	[ -r /proc/self/mountinfo ] || return 1
	folders=$(
		for path; do
			# what can't be entered by its account has no mount that this account could harm
			[ ! -d "$path" ] || [ -L "$path" ] || ! cd -P "$path" 2>/dev/null || printf '%s/\n' "$PWD"
		done
	)
	[ -n "$folders" ] || return 1
	# a blank stands there in octal: proc_pid_mountinfo(5)
	FOLDERS=$folders awk '
		BEGIN { count = split(ENVIRON["FOLDERS"], folder, "\n") }
		{
			gsub(/\\040/, " ", $5)
			for (at = 1; at <= count; at++) if (index($5 "/", folder[at]) == 1) found = 1
		}
		END { exit !found }' /proc/self/mountinfo
}

# fresh_tree FOLDER: makes it anew, empty. What can't be removed is put aside: the next run tries again.
fresh_tree() {
	! is_empty "$1" || return 0
	if ! discard "$1"; then
		aside=1
		while [ -e "$1.$aside" ]; do
			aside=$((aside + 1))
		done
		mv "$1" "$1.$aside" || return 1
	fi
	(umask 077 && mkdir -p "$1")
}

are_empty() {
	for emptied; do
		is_empty "$emptied" || return 1
	done
}

# is_empty FOLDER: there is one, and nothing in it.
is_empty() {
	[ -d "$1" ] && [ ! -L "$1" ] && [ -r "$1" ] || return 1
	set +f
	set -- "$1"/* "$1"/.[!.]* "$1"/..?*
	set -f
	[ "$#" -eq 3 ] && [ ! -e "$1" ] && [ ! -L "$1" ] && [ ! -e "$2" ] && [ ! -L "$2" ] && [ ! -e "$3" ] && [ ! -L "$3" ]
}
