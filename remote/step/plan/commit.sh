# The commit of a plan that looks: brought to a mirror of its own, within bounds, and compared with the live one.

# of each list, what is told
MOST_COMMITS=100
MOST_LINE_BYTES=500
# what may be fetched and exported: so much, and never more than half of what is free
MOST_KILOBYTES=2097152
MOST_FILES=500000

# bring_commit REPOSITORY: the commit is brought to a mirror that has all that the app's has, as alternate, and compared with the live one.
bring_commit() {
	use_repository "$SHIPIT_APP" "$1"
	GIT_DEFAULT_HASH=sha1 GIT_DEFAULT_REF_FORMAT=files git init -q --bare "$MIRROR" || unseen failed
	[ ! -d "$APP_MIRROR/objects" ] || printf '%s\n' "$APP_MIRROR/objects" >"$MIRROR/objects/info/alternates" || unseen storage
	commit=$SHIPIT_COMMIT
	is_commit "$commit" || unseen failed
	[ "$asked" = - ] && has_commit "$commit" || fetch_bounded
	has_commit "$commit" || unseen fetch
	is_commit "$live_commit" && has_commit "$live_commit" || return 0
	[ "$paths" = - ] || tell_paths
	[ "$live_commit" != "$commit" ] || return 0
	tell_commits comes "$live_commit" "$commit"
	tell_commits goes "$commit" "$live_commit"
}

# tell_paths: whether one of them differs between the live commit and the one that was brought. One that is in neither may be misspelt.
tell_paths() {
	IFS=,
	# shellcheck disable=SC2086 # one after the other
	set -- $paths
	IFS=' '
	# with a slash, git finds nothing of a file or a symlink
	for path; do
		shift
		set -- "$@" "${path%/}"
	done
	git_here --literal-pathspecs diff-tree -r --quiet "$live_commit" "$commit" -- "$@"
	case "$?" in
	0) state=same ;;
	1) state=changed ;;
	*) return 0 ;;
	esac
	for path; do
		[ "$state" = same ] || break
		case "$(git_here --literal-pathspecs ls-tree "$commit" -- "$path")" in
		'') state=missing ;;
		# what it leads to may have changed
		120000*) state=changed ;;
		esac
	done
	note_event "$RUN_DIR" paths ",\"state\":\"$state\"" || exit 70
}

has_commit() {
	git_here cat-file -e "$1^{commit}" 2>/dev/null
}

# fetch_bounded: what the mirror lacks of the branch or tag.
fetch_bounded() {
	find_most
	if is_commit "$live_commit" && has_commit "$live_commit"; then
		# git then asks for what came since
		git_here update-ref refs/shipit/live "$live_commit"
	elif [ "$asked" = - ]; then
		# there is nothing to compare its history with
		fetch_depth=--depth=1
	fi
	case "$SHIPIT_REF_KIND" in
	branch) source=refs/heads/$SHIPIT_REF ;;
	*) source=refs/tags/$SHIPIT_REF ;;
	esac
	(ulimit -f "$most_blocks" && fetch_once)
	case "$?" in
	0) ;;
	66) exit 66 ;;
	*)
		[ -z "$(find "$MIRROR/objects" -size "+$((most_blocks - 1))" | head -n 1)" ] || unseen size
		unseen fetch
		;;
	esac
	[ "$asked" = - ] || refuse_elsewhere "$commit" "$(git_here rev-parse -q --verify "refs/shipit/fetched^{commit}" 2>/dev/null)"
}

# find_most: sets most_kilobytes, which may be written, and most_blocks, the same for ulimit.
find_most() {
	find_mount "$RUN_DIR"
	most_kilobytes=$((FREE_KILOBYTES / 2))
	[ "$most_kilobytes" -le "$MOST_KILOBYTES" ] || most_kilobytes=$MOST_KILOBYTES
	most_blocks=$((most_kilobytes * 2))
}

# refuse_too_large: the commit is written twice, as a tar and as a tree.
refuse_too_large() {
	find_most
	git_here ls-tree -r -l "$commit" | head -n "$((MOST_FILES + 1))" |
		awk -v most="$most_kilobytes" -v files="$MOST_FILES" \
			'{ kilobytes += 2 * int(($4 + 4095) / 4096) * 4 + 1 + int(length($0) / 256) } END { exit NR > files || kilobytes > most }' || unseen size
}

# tell_commits comes|goes FROM TO: the newest of those that TO has and FROM has not: ID, time, author and subject, a tab between them.
tell_commits() {
	count=$(git_here rev-list --count "$2..$3") && is_number "$count" || return 0
	git_here rev-list --max-count="$MOST_COMMITS" --pretty='tformat:%H%x09%ct%x09%an%x09%s' "$2..$3" |
		sed '/^commit [0-9a-f]*$/d' | cut -b "1-$MOST_LINE_BYTES" >&3
	note_event "$RUN_DIR" commits ",\"side\":\"$1\",\"count\":$count" || exit 70
}
