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
	refuse_unsafe_links "$to"
	for word; do
		set -- "$@" "--exclude=$word"
		shift
	done
	refuse_filtered "$@"
	excludes=$#
	[ "$deletes" != delete ] || set -- --delete "$@"
	open_staging "$to"
	# no --safe-links: rsync's rule differs between versions and leaves links out without a word; ours has looked at each
	# the default, .~tmp~, is a name that a commit may have
	run_rsync -rlt --checksum --executability --hard-links --delay-updates "--partial-dir=$STAGING" --itemize-changes "$@" -- ./ "$to"
	close_staging
	compare_published "$to" "$deletes" "$excludes" "$@"
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
