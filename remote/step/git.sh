# The git step: a bare mirror of the repository, and the tree of one commit.

# a commit and its time, once git has told them
told=''

# fetch_tree REPOSITORY: brings the asked ref into the bare mirror and exports its commit to the tree of this run.
# No work tree, no branch, no merge, no prompt. Ends with 66 if there is no such ref or the commit is not on it.
fetch_tree() {
	use_repository "$SHIPIT_APP" "$1"
	open_mirror
	if [ -n "${SHIPIT_BACK_TO-}" ]; then
		is_repository || mend_mirror
		go_back
		return
	fi
	join_packs
	case "$SHIPIT_REF_KIND" in
	branch) source=refs/heads/$SHIPIT_REF ;;
	*) source=refs/tags/$SHIPIT_REF ;;
	esac
	fetch_source
	told=$(git_here log -1 --format='%H %ct' "$FETCHED^{commit}" 2>/dev/null) ||
		no_ref "$SHIPIT_REF_KIND '$SHIPIT_REF' does not lead to a commit"
	tip=${told%% *}
	commit=${SHIPIT_COMMIT:-$tip}
	is_commit "$commit" || exit 70
	found="$SHIPIT_REF_KIND '$SHIPIT_REF' is at $commit"
	[ "$commit" = "$tip" ] || {
		refuse_elsewhere "$commit" "$tip"
		found="$commit is on $SHIPIT_REF_KIND '$SHIPIT_REF'"
	}
	if is_superseded "$commit"; then
		printf '%s\n' "$commit" >"$RUN_DIR/commit" || exit 1
		printf '%s, and what is live, %s, has that in it: nothing is done\n' "$found" "$live"
		return
	fi
	export_tree "$commit"
	printf '%s\n' "$found"
}

# refuse_elsewhere COMMIT TIP: that is no commit on the way to the tip of what was asked for.
refuse_elsewhere() {
	# the id of a tag's own object would be recorded as a commit that no rollback finds
	[ "$(git_here rev-parse -q --verify "$1^{commit}" 2>/dev/null)" = "$1" ] ||
		no_ref "$1 is not a commit on $SHIPIT_REF_KIND '$SHIPIT_REF'"
	git_here merge-base --is-ancestor "$1" "$2" 2>/dev/null ||
		no_ref "commit $1 is not on $SHIPIT_REF_KIND '$SHIPIT_REF'"
}

# is_superseded COMMIT: what is live is a descendant of it, and nobody asked to go back. Sets live. The lock is held, so that stays true. A
# commit that the mirror does not have is deployed, and so is one that is no ancestor of what is live.
is_superseded() {
	[ ! -s "$RUN_DIR/older" ] && [ -s "$STATE/live" ] || return 1
	read -r live live_words <"$STATE/live"
	is_commit "$live" && [ "$live" != "$1" ] && git_here merge-base --is-ancestor "$1" "$live" 2>/dev/null || return 1
	printf '%s %s\n' "$live" "$live_words" >"$RUN_DIR/superseded" || exit 1
}

# go_back: the commit of an earlier run, which the mirror has kept whatever became of the branch.
go_back() {
	commit=$(git_here rev-parse --verify "$SHIPIT_COMMIT^{commit}") && [ "$commit" = "$SHIPIT_COMMIT" ] ||
		no_ref "the mirror no longer has the commit of run $SHIPIT_BACK_TO"
	export_tree "$commit"
	printf 'back to run %s: %s\n' "$SHIPIT_BACK_TO" "$commit"
}

no_ref() {
	printf 'ref-not-found\n' >"$RUN_DIR/reason"
	die 66 "$1"
}

# look_at_tree COMMIT: submodules can't be had without fetching from wherever the repository says. Without attributes no file needs a filter.
look_at_tree() {
	# there may be more such lines than a shell can hold
	odd=$({ git_here ls-tree -r "$1" && printf 'all\n'; } | awk '
		$0 == "all" { all = "all" } /^160000 / { modules = " modules" } /[\/\t]\.gitattributes"?$/ { attributes = " attributes" }
		END { print all modules attributes }')
	case "$odd" in
	all*) ;;
	*) die 1 "git cannot read the tree of commit $1" ;;
	esac
	case "$odd" in
	*modules*) die 1 'the commit has submodules, which shipit does not deploy' ;;
	esac
	[ ! -e "$RUN_DIR/filtered" ] || rm -f "$RUN_DIR/filtered"
	[ "$odd" = all ] || note_filtered "$1"
}

export_tree() {
	look_at_tree "$1"
	write_attributes
	# an earlier try may have left some of another commit
	fresh_tree "$TREE" || exit 1
	unpack_commit "$1" || {
		# no room, or an object is lost: that one may be had once more
		! git_here archive --format=tar "$1" >/dev/null && [ -n "${source-}" ] && remake_mirror && unpack_commit "$1"
	} || die 1 "cannot export commit $1"
	# its room is needed
	true >"$RUN_DIR/tree.tar"
	# on its way back by itself a run keeps its own commit
	[ ! -e "$RUN_DIR/back" ] || return 0
	# what a run deployed stays in the mirror as long as the run is kept, for a rollback
	git_here update-ref "refs/shipit/run/$SHIPIT_RUN" "$1" || exit 1
	printf '%s\n' "$1" >"$RUN_DIR/commit" || exit 1
	keep "$MIRROR/refs/shipit/run/$SHIPIT_RUN" "$MIRROR/refs/shipit/run" "$RUN_DIR/commit"
}

# unpack_commit COMMIT: to the tree. A commit of a clock that is ahead makes tar say so of each file.
unpack_commit() {
	quiet=''
	case "$told" in
	"$1 "*) made_at=${told#* } ;;
	*) made_at=$(git_here log -1 --format=%ct "$1") || return 1 ;;
	esac
	[ ! -e "$RUN_DIR/at" ] || rm -f "$RUN_DIR/at" "$RUN_DIR/before"
	case "$made_at" in
	# no date, or a later one than any
	'' | 0* | *[!0123456789]* | ???????????*) quiet=yes ;;
	*)
		touch -d "@$made_at" "$RUN_DIR/at" && touch -d "@$((made_at - 1))" "$RUN_DIR/before" || return 1
		# which has just been written
		# shellcheck disable=SC3013 # dash, bash and busybox have -nt
		[ ! "$RUN_DIR/at" -nt "$MIRROR/info/attributes" ] || quiet=yes
		;;
	esac
	[ -z "$quiet" ] || quiet=--warning=no-timestamp
	# busybox's says nothing
	[ -z "$quiet" ] || tar "$quiet" --version >/dev/null 2>&1 || quiet=''
	# shellcheck disable=SC2086 # no word, or one
	export_words=$({ git_here archive --format=tar -o "$RUN_DIR/tree.tar" "$1" && tar $quiet -xf "$RUN_DIR/tree.tar" -C "$TREE"; } 2>&1) && return
	printf '%s\n' "$export_words" | head -n "$MOST_COMPLAINTS"
	room_of "$export_words" "$TREE"
	[ -z "$ROOM" ] || die 1 "cannot export commit $1$ROOM"
	return 1
}

# write_attributes: for the mirror.
write_attributes() {
	# The highest precedence of gitattributes(5): the tree is the commit's, byte for byte.
	[ -d "$MIRROR/info" ] || mkdir -p "$MIRROR/info" || exit 1
	printf '* -export-ignore -export-subst -text -eol -ident -filter -working-tree-encoding\n' >"$MIRROR/info/attributes" || exit 1
}
