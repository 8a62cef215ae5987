# Folders that other accounts may write, and what root does with them: it opens nothing for writing or reading below one, follows
# no link in one, and takes one before it walks it. What root writes down lies in folders of root alone, and is checked when it is read.

# clean: what others named or wrote, for the screen: one line, no control characters, bounded.
clean() {
	tr -c 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._/+@,#=:~%()-' '?' | cut -c 1-300
}

# show TEXT: prints it cleaned.
show() {
	printf '%s' "$1" | clean
}

# is_roots FILE: a regular file that root alone may write. Nothing else is read as a record.
is_roots() {
	[ -n "$(find "$1" -maxdepth 0 -type f -user root ! -perm -0020 ! -perm -0002 2>/dev/null)" ]
}

# root_leads_to PATH: root alone may say what the path leads to: each folder above it, and each that a symlink on the way leads to.
root_leads_to() {
	leading=${1%/*}
	[ -n "$leading" ] || return 0
	leading=$(cd -P "$leading" 2>/dev/null && pwd) || return 1
	while [ -n "$leading" ]; do
		[ -n "$(find "$leading" -maxdepth 0 -type d -user root ! -perm -0020 ! -perm -0002 2>/dev/null)" ] || return 1
		leading=${leading%/*}
	done
	case "$1" in
	*/*/*) leads_by_name "${1%/*}" ;;
	esac
}

# leads_by_name PATH: the same of the names themselves: a symlink lies where root alone may write.
leads_by_name() {
	named=$1
	while [ -n "$named" ]; do
		if [ -L "$named" ]; then
			named_in=$(cd -P "${named%/*}/" && pwd) && [ -n "$(find "$named_in" -maxdepth 0 -user root ! -perm -0020 ! -perm -0002)" ] || return 1
		fi
		named=${named%/*}
	done
}

# take_folders FOLDER: its folders become root's, from the top down, each before anything in it is looked at: by then nobody can put
# another in its place. Folders of other accounts than root and ACCOUNT, and those that others may write, stay as they are.
take_folders() {
	root_leads_to "$1" || return 1
	find "$1" -type d \( ! -user root ! -user "$ACCOUNT" -o -user root -perm -0020 -o -user root -perm -0002 \) -prune -o \
		-type d -user "$ACCOUNT" -exec chown -h root:root {} \; -exec chmod go-w {} \;
}

# take_files FOLDER: whose folders were taken. Files of other accounts stay theirs: a hard link may be all that lies here. What
# others may write would not be root's alone; a file with other names elsewhere keeps its mode there.
take_files() {
	find "$1" -type d \( ! -user root -o -perm -0020 -o -perm -0002 \) -prune -o \
		-type f -links 1 -user "$ACCOUNT" \( -perm -0020 -o -perm -0002 \) -exec chown -h root:root {} \; -exec chmod go-w {} \;
	find "$1" -type d \( ! -user root -o -perm -0020 -o -perm -0002 \) -prune -o \
		! -type d -user "$ACCOUNT" -exec chown -h root:root {} +
}

# take_all FOLDER: every folder, whosever it is. Only for what lies in a folder of root alone, and is to go or to be kept.
take_all() {
	find "$1" -type d -exec chown -h root:root {} \; -exec chmod u=rwx,go-w {} \; 2>/dev/null || :
}

# remove_tree FOLDER: of another account; it is moved out of that account's reach first.
remove_tree() {
	[ -d "$1" ] && [ ! -L "$1" ] || return 0
	make_records
	rm -rf "$RECORDS/removing"
	mv "$1" "$RECORDS/removing" && take_all "$RECORDS/removing" && rm -rf "$RECORDS/removing" || die 1 "cannot remove $1"
	say "removed $1"
}

# remove_empty FOLDER: if it is empty, and lies where root alone decides.
remove_empty() {
	[ -d "$1" ] && [ ! -L "$1" ] && root_leads_to "$1" && rmdir "$1" 2>/dev/null
}

# remove_published FOLDER
remove_published() {
	root_leads_to "$1" || {
		say "$1 lies where others than root may write, and stays"
		return 1
	}
	take_all "$1"
	rm -rf "$1" || die 1 "cannot remove $1"
	say "removed $1"
}
