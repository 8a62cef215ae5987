# The git step: a bare mirror of the repository, and the tree of one commit.

# each fetch brings one; of so many one is made, in so long at most
MOST_PACKS=50
JOIN_SECONDS=60

# git_here: git on the mirror, with nothing that a repository or an account could have configured to run. What is fetched stays a
# pack: git syncs those, and single objects it does not.
git_here() {
	git --git-dir="$MIRROR" -c core.hooksPath=/dev/null -c core.fsmonitor=false \
		-c gc.auto=0 -c maintenance.auto=false -c fetch.recurseSubmodules=no -c fetch.fsckObjects=true \
		-c transfer.bundleURI=false -c fetch.unpackLimit=1 -c tar.umask=0022 "$@"
}

# fetch_tree REPOSITORY: brings the asked ref into the bare mirror and exports its commit to the tree of this run.
# No work tree, no branch, no merge, no prompt. Ends with 66 if there is no such ref or the commit is not on it.
fetch_tree() {
	MIRROR=$STATE/mirror.git
	repository=$1
	# the sandbox brings an origin of its own
	[ -n "$SUDO" ] || repository=$PREFIX/srv/git/$SHIPIT_APP.git
	# root's own git and ssh settings for this app; the account's would be anybody's who became it
	HOME=$APPS/$SHIPIT_APP/git
	GIT_TERMINAL_PROMPT=0
	GIT_SSH_COMMAND='ssh -o BatchMode=yes'
	[ ! -r "$HOME/ssh_config" ] || GIT_SSH_COMMAND="ssh -F $HOME/ssh_config -o BatchMode=yes"
	export HOME GIT_TERMINAL_PROMPT GIT_SSH_COMMAND
	choose_transport
	if [ ! -d "$MIRROR" ]; then
		discard "$MIRROR.new" || exit 1
		# whatever a git of these days, or its settings, would choose
		GIT_DEFAULT_HASH=sha1 GIT_DEFAULT_REF_FORMAT=files git init -q --bare "$MIRROR.new" && mv "$MIRROR.new" "$MIRROR" || exit 1
	fi
	# what a power cut left of one: git would read no other ref for it
	[ ! -d "$MIRROR/refs" ] || find "$MIRROR/refs" -type f '(' -size 0 -o -name '*.lock' ')' -exec rm -f '{}' +
	rm -f "$MIRROR/packed-refs.lock"
	clear_packs
	if [ -n "${SHIPIT_BACK_TO-}" ]; then
		go_back
		return
	fi
	join_packs
	case "$SHIPIT_REF_KIND" in
	branch) source=refs/heads/$SHIPIT_REF ;;
	*) source=refs/tags/$SHIPIT_REF ;;
	esac
	# what an earlier run fetched is no answer: of a shallow repository, say, git may fetch nothing and report success
	git_here update-ref -d refs/shipit/fetched || exit 1
	if ! git_here fetch -q --no-tags ${upload_pack:+"--upload-pack=$upload_pack"} "$repository" "+$source:refs/shipit/fetched"; then
		git_here ls-remote --exit-code ${upload_pack:+"--upload-pack=$upload_pack"} "$repository" "$source" >/dev/null 2>&1
		[ "$?" -ne 2 ] || no_ref "the repository has no $SHIPIT_REF_KIND '$SHIPIT_REF'"
		die 1 'cannot fetch from the repository'
	fi
	git_here rev-parse -q --verify refs/shipit/fetched >/dev/null || die 1 'git fetched nothing: is the repository shallow?'
	tip=$(git_here rev-parse -q --verify "refs/shipit/fetched^{commit}" 2>/dev/null) ||
		no_ref "$SHIPIT_REF_KIND '$SHIPIT_REF' does not lead to a commit"
	commit=${SHIPIT_COMMIT:-$tip}
	is_commit "$commit" || exit 70
	# the id of a tag's own object would be recorded as a commit that no rollback finds
	[ "$(git_here rev-parse -q --verify "$commit^{commit}" 2>/dev/null)" = "$commit" ] ||
		no_ref "$commit is not a commit on $SHIPIT_REF_KIND '$SHIPIT_REF'"
	git_here merge-base --is-ancestor "$commit" "$tip" 2>/dev/null ||
		no_ref "commit $commit is not on $SHIPIT_REF_KIND '$SHIPIT_REF'"
	refuse_unexportable "$commit"
	export_tree "$commit"
	printf "%s '%s' is at %s\n" "$SHIPIT_REF_KIND" "$SHIPIT_REF" "$commit"
}

# choose_transport: git may use nothing but what this repository needs, whatever a server, a redirect or a setting asks for. A
# repository on this host is read by an account of its own (serve.sh). Given as a URL, it is not opened on this side at all: a plain
# path could be a bundle.
choose_transport() {
	upload_pack=''
	GIT_ALLOW_PROTOCOL=https:ssh
	export GIT_ALLOW_PROTOCOL
	case "$repository" in
	/*) ;;
	*) return ;;
	esac
	GIT_ALLOW_PROTOCOL='file'
	[ -n "$SUDO" ] || return 0
	# git adds the path as one more word, which the line of sudoers does not have: for the shell that git starts it is a comment
	upload_pack="$SUDO -n -u read-$SHIPIT_APP -- $LIBEXEC/serve $SHIPIT_APP #"
	repository=file://$repository
}

# join_packs: makes one of many, without what no kept run needs. There may be no room or time for it: a deploy goes on without,
# and so do the next ones, until there are as many more. The mark stays where this is killed, too.
join_packs() {
	packs=$(find "$MIRROR/objects/pack" -name '*.pack' | wc -l)
	next=$(first_line "$MIRROR/join-at")
	[ "$packs" -ge "${next:-$MOST_PACKS}" ] || return 0
	printf '%s\n' "$((packs + MOST_PACKS))" >"$MIRROR/join-at" || return 0
	if timeout -k 5 "$JOIN_SECONDS" git --git-dir="$MIRROR" -c core.hooksPath=/dev/null -c pack.threads=1 \
		-c repack.writeBitmaps=false repack -a -d -q; then
		rm -f "$MIRROR/join-at"
	else
		clear_packs
		printf 'shipit: the packs of the mirror could not be made one; this goes on without\n'
	fi
}

# go_back: the commit of an earlier run, which the mirror has kept whatever became of the branch.
go_back() {
	commit=$(git_here rev-parse --verify "$SHIPIT_COMMIT^{commit}") && [ "$commit" = "$SHIPIT_COMMIT" ] ||
		no_ref "the mirror has no commit of run $SHIPIT_BACK_TO any more"
	export_tree "$commit"
	printf 'back to run %s: %s\n' "$SHIPIT_BACK_TO" "$commit"
}

no_ref() {
	printf 'ref-not-found\n' >"$RUN_DIR/reason"
	die 66 "$1"
}

# Neither can be had without running what the repository says.
refuse_unexportable() {
	! git_here ls-tree -r "$1" | grep -q '^160000 ' || die 1 'the commit has submodules, which shipit does not deploy'
	! git_here grep -q -e filter=lfs "$1" -- .gitattributes '*/.gitattributes' ||
		die 1 'the commit has Git LFS files, which shipit does not deploy'
}

export_tree() {
	# The highest precedence of gitattributes(5): the tree is the commit's, byte for byte.
	mkdir -p "$MIRROR/info" || exit 1
	printf '* -export-ignore -export-subst -text -eol -ident -filter -working-tree-encoding\n' >"$MIRROR/info/attributes" || exit 1
	# an earlier try may have left some of another commit
	fresh_tree "$TREE" || exit 1
	git_here archive --format=tar -o "$RUN_DIR/tree.tar" "$1" && tar -xf "$RUN_DIR/tree.tar" -C "$TREE" || exit 1
	rm -f "$RUN_DIR/tree.tar"
	# on its way back by itself a run keeps its own commit
	[ ! -e "$RUN_DIR/back" ] || return 0
	# what a run deployed stays in the mirror as long as the run is kept, for a rollback
	git_here update-ref "refs/shipit/run/$SHIPIT_RUN" "$1" || exit 1
	printf '%s\n' "$1" >"$RUN_DIR/commit" || exit 1
	keep "$MIRROR/refs/shipit/run/$SHIPIT_RUN" "$MIRROR/refs/shipit/run" "$RUN_DIR/commit"
}
