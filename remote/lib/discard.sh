# Removing trees of files: the one way in which runs, steps and builds do it. What is in them came from a repository or its build:
# folders may be read-only, another account's, or a mount. It follows no symlink, changes the mode of no file (which may have another
# name elsewhere), enters no mount, and continues past what has to stay.

# of what stays, the names that are told
MOST_NAMED=3

# discard PATH...: removes each with all that is in it. Fails if something stays, and says what.
discard() {
	stays=''
	for path; do
		[ -e "$path" ] || [ -L "$path" ] || continue
		discard_one "$path" || stays=yes
	done
	[ -z "$stays" ]
}

discard_one() {
	if has_mount "$1"; then
		printf 'shipit: cannot remove %s: a file system is mounted below it\n' "$1"
		return 1
	fi
	! rm -rf "$1" 2>/dev/null || return 0
	# from the top down: each folder before it is looked into
	if [ -d "$1" ] && [ ! -L "$1" ]; then
		[ -r "$1" ] && [ -w "$1" ] && [ -x "$1" ] || chmod u+rwx "$1" 2>/dev/null
		# from within: the whole path may be longer than the kernel takes
		(cd -P "$1" 2>/dev/null && find . -type d ! -perm -0700 -exec chmod u+rwx {} \; 2>/dev/null)
	fi
	why=$(rm -rf "$1" 2>&1) && return 0
	others=$(find "$1" ! -user "$(id -u)" -exec ls -ld {} \; 2>/dev/null | head -n "$MOST_NAMED")
	if [ -n "$others" ]; then
		printf 'shipit: cannot remove all of %s: it has files of other accounts\n%s\n' "$1" "$others"
	else
		printf 'shipit: cannot remove all of %s\n%s\n' "$1" "$(printf '%s\n' "$why" | head -n "$MOST_NAMED")"
	fi
	return 1
}

# has_mount FOLDER: what is mounted in it is not part of it, and may be somebody's data. The kernel lists mounts by their real paths.
has_mount() {
	[ -d "$1" ] && [ ! -L "$1" ] && [ -r /proc/self/mountinfo ] || return 1
	# what can't be entered by its account has no mount that this account could harm
	real=$(cd -P "$1" 2>/dev/null && pwd) || return 1
	# a blank stands there in octal: proc_pid_mountinfo(5)
	FOLDER=$real awk '
		{ gsub(/\\040/, " ", $5) }
		index($5 "/", ENVIRON["FOLDER"] "/") == 1 { found = 1; exit }
		END { exit !found }' /proc/self/mountinfo
}

# fresh_tree FOLDER: makes it anew, empty. What can't be removed is put aside: the next run tries again.
fresh_tree() {
	if ! discard "$1"; then
		aside=1
		while [ -e "$1.$aside" ]; do
			aside=$((aside + 1))
		done
		mv "$1" "$1.$aside" || return 1
	fi
	(umask 077 && mkdir -p "$1")
}
