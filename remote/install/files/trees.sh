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

# of the symlinks on one way
MOST_LINKS=40

# root_leads_to PATH: root alone may say what the path leads to: each folder above it, and each that a symlink on the way leads to.
# From the top down, by name: what is in a folder is looked at once nobody else can change that. To resolve the path first, and look
# at what it led to, would be a race with the owner of a folder on the way.
root_leads_to() {
	leading=''
	ahead=${1%/*}/
	hops=0
	is_roots_folder / || return 1
	while [ -n "$ahead" ]; do
		word=${ahead%%/*}
		ahead=${ahead#*/}
		case "$word" in
		'' | .) continue ;;
		..)
			leading=${leading%/*}
			continue
			;;
		esac
		if [ -L "$leading/$word" ]; then
			hops=$((hops + 1))
			[ "$hops" -le "$MOST_LINKS" ] && leads=$(readlink "$leading/$word") || return 1
			case "$leads" in
			/*) leading='' ;;
			esac
			ahead=$leads/$ahead
			continue
		fi
		leading=$leading/$word
		is_roots_folder "$leading" || return 1
	done
}

# of the system's own folders, those that were found to be root's: from then on root alone can change that, and this script does not
FOUND_ROOTS=''

# is_roots_folder FOLDER: nobody else may make, rename or remove an entry of it.
is_roots_folder() {
	! has "$1" "$FOUND_ROOTS" || return 0
	[ -n "$(find "$1" -maxdepth 0 -type d -user root ! -perm -0020 ! -perm -0002 2>/dev/null)" ] || return 1
	case "$1" in
	/ | /etc | /usr | /usr/local | /var | /var/lib) FOUND_ROOTS="$FOUND_ROOTS $1" ;;
	esac
}

# clear_list: what takes the access lists of a file (acl(5)): they name accounts by number, and a folder's own is for all that is made in it.
if command -v setfacl >/dev/null; then
	CLEAR_LIST='setfacl -b -k'
else
	CLEAR_LIST=true
fi

# Whoever filled a tree may have made it very large, or deeper than a path may be long (4096 bytes). Nothing waits longer than this for one.
TREE_SECONDS=300

# take_folders FOLDER: its folders become root's, from the top down, each before anything in it is looked at: by then nobody can put
# another in its place. Folders of other accounts than root and ACCOUNT, and those that others may write, stay as they are.
take_folders() {
	root_leads_to "$1" || return 1
	# what the mode gives, it gives again where the list that hid it goes; a file system without lists is no reason to stop
	# shellcheck disable=SC2086 # words
	timeout "$TREE_SECONDS" find "$1" -type d \( ! -user root ! -user "$ACCOUNT" -o -user root -perm -0020 -o -user root -perm -0002 \) -prune -o \
		-type d -user "$ACCOUNT" -exec chown -h root:root {} \; -exec chmod go-w {} \; \
		\( -exec $CLEAR_LIST {} \; -o -type d \) -exec chmod go-w {} \; 2>/dev/null 8<&- 9<&-
}

# take_files FOLDER: whose folders were taken. Files of other accounts stay theirs: a hard link may be all that lies here. What others may
# write would not be root's alone. A file with other names stays the account's, which is locked: one of them may lie in a folder of
# somebody else's, where it could be trusted for being root's. Nobody else can write it any longer, or run it with the account's rights.
take_files() {
	# shellcheck disable=SC2086 # words
	timeout "$TREE_SECONDS" find "$1" -type d \( ! -user root -o -perm -0020 -o -perm -0002 \) -prune -o \
		-type f -user "$ACCOUNT" \( -perm -0020 -o -perm -0002 -o -perm -4000 -o -perm -2000 \) -exec chmod u-s,g-s,go-w {} \; \
		\( -exec $CLEAR_LIST {} \; -o -type f \) -exec chmod go-w {} \; 8<&- 9<&-
	timeout "$TREE_SECONDS" find "$1" -type d \( ! -user root -o -perm -0020 -o -perm -0002 \) -prune -o \
		! -type d -links 1 -user "$ACCOUNT" -exec chown -h root:root {} + 8<&- 9<&-
}

# take_all FOLDER: every folder, whosever it is. Only for what lies in a folder of root alone, and is to go or to be kept.
take_all() {
	timeout "$TREE_SECONDS" find "$1" -type d -exec chown -h root:root {} \; -exec chmod u=rwx,go-w {} \; 2>/dev/null 8<&- 9<&- || :
}

# remove_all FOLDER: in a folder of root alone. GNU rm goes from folder to folder by descriptors: no link that somebody swaps under it leads
# it away, and no path is too long for it. Any other one walks by path, and its folders are taken first.
remove_all() {
	rm --version 2>/dev/null | grep -q GNU || take_all "$1"
	timeout "$TREE_SECONDS" rm -rf "$1" 2>/dev/null 8<&- 9<&-
	[ ! -e "$1" ] && [ ! -L "$1" ]
}

# remove_tree FOLDER: of another account; it is moved out of that account's reach first. What does not go in time stays there, for root.
remove_tree() {
	[ -d "$1" ] && [ ! -L "$1" ] || return 0
	make_records
	moved=$RECORDS/removing
	moved_number=1
	while [ -e "$moved" ]; do
		moved=$RECORDS/removing.$moved_number
		moved_number=$((moved_number + 1))
	done
	mv "$1" "$moved" || die 1 "cannot remove $1"
	if remove_all "$moved"; then
		say "removed $1"
	else
		say_remains "$1" "$moved"
	fi
}

# say_remains FOLDER PATH
say_remains() {
	say "$1 could not be removed completely: what is left is in $2, for root only. To remove it, run:"
	printf '  rm -rf %s\n' "$2"
}

# remove_empty FOLDER: if it is empty, and lies where root alone decides.
remove_empty() {
	[ -d "$1" ] && [ ! -L "$1" ] && root_leads_to "$1" && rmdir "$1" 2>/dev/null
}

# remove_published FOLDER
remove_published() {
	root_leads_to "$1" || {
		say "$1 stays: accounts other than root may write the folders above it"
		return 1
	}
	# it lies in a folder of root alone: whoever is in it is kept out by its own mode
	chown -h root:root "$1" && chmod 0700 "$1" || die 1 "cannot remove $1"
	if remove_all "$1"; then
		say "removed $1"
	else
		say_remains "$1" "$1"
		return 1
	fi
}
