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
	[ "$deletes" != delete ] || set -- --delete "$@"
	exec rsync -rlt --checksum --executability --hard-links --delay-updates --safe-links --itemize-changes "$@" -- ./ "$to"
}

refuse_unsafe_links() {
	find . -type l -exec /bin/sh -c "$UNSAFE_LINKS" sh {} + || die 1 'symlinks lead out of the folder: nothing was copied'
}

# For find -exec: names the symlinks that are absolute or climb above the folder.
# shellcheck disable=SC2016 # another sh expands it
UNSAFE_LINKS='
bad=0
for link; do
	target=$(readlink -- "$link")
	depth=0
	case "$target" in
	/*) depth=-1 ;;
	*)
		rest=${link#./}
		while :; do
			case "$rest" in
			*/*) depth=$((depth + 1)) rest=${rest#*/} ;;
			*) break ;;
			esac
		done
		rest=$target/
		while [ -n "$rest" ] && [ "$depth" -ge 0 ]; do
			case "${rest%%/*}" in
			.. ) depth=$((depth - 1)) ;;
			. | "") ;;
			*) depth=$((depth + 1)) ;;
			esac
			rest=${rest#*/}
		done
		;;
	esac
	[ "$depth" -ge 0 ] || { printf "%s leads to %s\n" "$link" "$target" && bad=1; }
done
exit $bad'

# guarded FOLDER: it and every folder above it, up to the prefix, is root's or deploybot's and nobody else's to write.
guarded() {
	above=${1%/}
	while [ -n "$above" ] && [ "$above" != "$PREFIX" ]; do
		# shellcheck disable=SC2012
		ls -ldn -- "$above/." | {
			read -r mode _ uid _
			case "$mode" in
			?????w* | ????????w*) [ "${mode#?????????t}" != "$mode" ] || exit 1 ;;
			esac
			[ "$uid" = "$(id -u "$OWNER")" ] || [ "$uid" = "$(id -u)" ]
		} || return 1
		above=${above%/*}
	done
}
