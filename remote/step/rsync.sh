# The rsync step, and the checks of a folder that steps publish to.

# sync_tree FROM TO delete|keep [EXCLUDE]...: makes TO, a folder of the host, equal to FROM, a folder of the tree.
# A file is put in place whole or not at all; changed files are put in place together at the end.
sync_tree() {
	enter "$1"
	to=$PREFIX$2
	deletes=$3
	shift 3
	[ -d "$to" ] || die 1 "there is no folder $to on this host: run the install script"
	guarded "$to" || die 1 "somebody else than root and $ACCOUNT may write $to or a folder above it"
	refuse_unsafe_links
	for word; do
		set -- "$@" "--exclude=$word"
		shift
	done
	refuse_filtered "$@"
	[ "$deletes" != delete ] || set -- --delete "$@"
	open_staging "$to"
	# the default, .~tmp~, is a name that a commit may have
	run_rsync -rlt --checksum --executability --hard-links --delay-updates "--partial-dir=$STAGING" --safe-links --itemize-changes "$@" -- ./ "$to"
	close_staging
}

# of what rsync complains of, lines that are told once more: a client shows the last ten of a step that failed
MOST_COMPLAINTS=8

# run_rsync ARGUMENT...: ends the step if it fails, and then says why once more, after the names of all that was copied.
run_rsync() {
	rm -f "$RUN_DIR/rsync-status" "$RUN_DIR/rsync-words"
	{
		{
			rsync "$@" 2>&1 >&3 3>&-
			printf '%s\n' "$?" >"$RUN_DIR/rsync-status"
		} | tee "$RUN_DIR/rsync-words"
	} 3>&1
	status=$(first_line "$RUN_DIR/rsync-status")
	[ "$status" != 0 ] || return 0
	printf 'shipit: rsync failed:\n'
	sed '/^rsync error: /d' "$RUN_DIR/rsync-words" | head -n "$MOST_COMPLAINTS"
	exit "${status:-70}"
}

# refuse_unsafe_links: ends the step, before anything is copied, if rsync would leave out a symlink of this folder or an older rsync
# would let one lead out of it.
refuse_unsafe_links() {
	unsafe=$(find . -type l -exec /bin/sh -c "$UNSAFE_LINKS" sh {} +) && [ -z "$unsafe" ] || {
		printf '%s\n' "$unsafe"
		die 1 'a symlink leads out of the folder, or rsync would leave it out: nothing was copied'
	}
}

# For find -exec: names each symlink that is not safe, and says why. A safe one has a relative target, in which '..' comes only
# first, and no more often than there are folders above the link. The name of a symlink may come before a later '..', and then
# counting the words of the target says nothing about where it leads (CVE-2024-12088). If all symlinks of a folder are safe, none
# leads out of it, through the others or directly. rsync since 3.4 leaves out the rest without a word.
# shellcheck disable=SC2016 # another sh expands it
UNSAFE_LINKS='
for link; do
	# $() drops line breaks at the end; none of the rules below reads a name that ends in one as safer than it is
	target=$(readlink -- "$link")
	why=""
	case "$target" in
	"") why="the target is empty" ;;
	/*) why="the path is absolute" ;;
	*)
		depth=0
		rest=${link#./}
		while :; do
			case "$rest" in
			*/*) depth=$((depth + 1)) rest=${rest#*/} ;;
			*) break ;;
			esac
		done
		rest=$target/
		while :; do
			case "$rest" in
			../*) depth=$((depth - 1)) rest=${rest#../} ;;
			/*) rest=${rest#/} ;;
			*) break ;;
			esac
		done
		case "/$rest" in
		*/../*) why="it has \"..\" after a name" ;;
		esac
		case "$target" in
		*/..) why="it ends in \"/..\"" ;;
		esac
		[ "$depth" -ge 0 ] || why="it leads out of the folder"
		;;
	esac
	[ -z "$why" ] || printf "%s leads to %s: %s\n" "$link" "$target" "$why"
done'

# guarded FOLDER: it and every folder above it, up to the prefix, is root's or the app's account's and nobody else's to write.
guarded() {
	above=${1%/}
	while [ -n "$above" ] && [ "$above" != "$PREFIX" ]; do
		# shellcheck disable=SC2012
		ls -ldn -- "$above/." | {
			read -r mode _ uid _
			case "$mode" in
			?????w* | ????????w*) [ "${mode#?????????t}" != "$mode" ] || exit 1 ;;
			esac
			[ -n "$uid" ] || exit 1
			[ "$uid" = "$(id -u "$OWNER")" ] || [ "$uid" = "$(id -u)" ]
		} || return 1
		above=${above%/*}
	done
}
