# One step of a run: a process of its own, as deploybot, with the log as stdout and stderr. The loaded recipe defines a
# function step_N for each step, made of the functions below. step NUMBER; only the run calls it, with SHIPIT_
# variables in an otherwise empty environment. Relative paths start in the exported commit.

# for the build's own time limit to act, and to pack what was made
BUILD_GRACE_SECONDS=30

main() {
	cd / || exit 70
	exec </dev/null
	umask 022
	is_number "$1" || exit 70
	load_recipe "$SHIPIT_APP"
	enter_state "$SHIPIT_APP"
	RUN_DIR=$RUNS/$SHIPIT_RUN
	TREE=$STATE/tree/$SHIPIT_RUN
	"step_$1"
}

# enter FOLDER: goes to a folder of the tree, and nowhere else, whatever symlinks the commit has.
enter() {
	root=$(cd -P "$TREE" && pwd) && cd -P "$TREE/$1" 2>/dev/null || die 1 "the commit has no folder '$1'"
	case "$(pwd)/" in
	"$root"/*) ;;
	*) die 1 "'$1' leads out of the commit" ;;
	esac
}

# run_command FOLDER [NAME=VALUE]... PROGRAM [ARGUMENT]...
run_command() {
	enter "$1"
	shift
	exec env "$@"
}

# as_root LIMIT_SECONDS PROGRAM [ARGUMENT]...: one exact line of sudoers. The limit stands behind sudo, since deploybot
# can't end what root runs.
as_root() {
	exec "$SUDO" -n -- /usr/bin/timeout -k 5 "$@"
}

# restore_label PATH TYPE: as the file's owner; that may relabel it (no root is needed). TYPE may be empty.
restore_label() {
	if ! command -v selinuxenabled >/dev/null || ! selinuxenabled; then
		printf 'SELinux is off on this host: nothing to restore\n'
		return
	fi
	restorecon -v "$PREFIX$1" || exit
	case "$2,$(stat -c %C "$PREFIX$1")" in
	,* | "$2",*:"$2":*) ;;
	*) die 1 "$1 does not have the type $2: add it with 'semanage fcontext'" ;;
	esac
}

# git_here: git on the mirror, with nothing that a repository or an account could have configured to run.
git_here() {
	git --git-dir="$MIRROR" -c core.hooksPath=/dev/null -c core.fsmonitor=false -c protocol.ext.allow=never \
		-c gc.auto=0 -c maintenance.auto=false -c fetch.recurseSubmodules=no -c transfer.fsckObjects=true \
		-c tar.umask=0022 "$@"
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
	if [ ! -d "$MIRROR" ]; then
		rm -rf "$MIRROR.new"
		git init -q --bare "$MIRROR.new" && mv "$MIRROR.new" "$MIRROR" || exit 1
	fi
	if [ -n "${SHIPIT_BACK_TO-}" ]; then
		go_back
		return
	fi
	case "$SHIPIT_REF_KIND" in
	branch) source=refs/heads/$SHIPIT_REF ;;
	*) source=refs/tags/$SHIPIT_REF ;;
	esac
	if ! git_here fetch -q --no-tags "$repository" "+$source:refs/shipit/fetched"; then
		git_here ls-remote --exit-code "$repository" "$source" >/dev/null 2>&1
		[ "$?" -ne 2 ] || no_ref "the repository has no $SHIPIT_REF_KIND '$SHIPIT_REF'"
		die 1 'cannot fetch from the repository'
	fi
	tip=$(git_here rev-parse --verify "refs/shipit/fetched^{commit}") || exit 1
	commit=${SHIPIT_COMMIT:-$tip}
	is_commit "$commit" || exit 70
	git_here merge-base --is-ancestor "$commit" "$tip" 2>/dev/null ||
		no_ref "commit $commit is not on $SHIPIT_REF_KIND '$SHIPIT_REF'"
	refuse_unexportable "$commit"
	export_tree "$commit"
	printf "%s '%s' is at %s\n" "$SHIPIT_REF_KIND" "$SHIPIT_REF" "$commit"
}

# go_back: the commit of an earlier run, which the mirror has kept whatever became of the branch.
go_back() {
	commit=$(git_here rev-parse --verify "refs/shipit/run/$SHIPIT_BACK_TO^{commit}") && [ "$commit" = "$SHIPIT_COMMIT" ] ||
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
	git_here archive --format=tar -o "$RUN_DIR/tree.tar" "$1" && tar -xf "$RUN_DIR/tree.tar" -C "$TREE" || exit 1
	rm -f "$RUN_DIR/tree.tar"
	# what a run deployed stays in the mirror as long as the run is kept, for a rollback
	git_here update-ref "refs/shipit/run/$SHIPIT_RUN" "$1" || exit 1
	printf '%s\n' "$1" >"$RUN_DIR/commit"
}

# sync_tree FROM TO delete|keep [EXCLUDE]...: makes TO, a folder of the host, equal to FROM, a folder of the tree.
# A file is put in place whole or not at all; changed files are put in place together at the end.
sync_tree() {
	enter "$1"
	to=$PREFIX$2
	deletes=$3
	shift 3
	[ -d "$to" ] || die 1 "there is no folder $to on this host: run the install script"
	guarded "$to" || die 1 "somebody else than root and $ACCOUNT may write $to or a folder above it"
	find . -type l -exec /bin/sh -c "$UNSAFE_LINKS" sh {} + || die 1 'symlinks lead out of the folder: nothing was copied'
	for word; do
		set -- "$@" "--exclude=$word"
		shift
	done
	[ "$deletes" != delete ] || set -- --delete "$@"
	exec rsync -rlt --checksum --executability --hard-links --delay-updates --safe-links --itemize-changes "$@" -- ./ "$to"
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

# build_away FOLDER OUT LIMIT_SECONDS [NAME=VALUE]... PROGRAM [ARGUMENT]...: the recipe calls it through build_N. The
# tree goes to the app's build account as a tar; what it makes in OUT comes back as one.
build_away() {
	enter "$1"
	{
		tar -cf - -C "$TREE" . | call_build "$3" 2>&3 >"$RUN_DIR/made.tar" 3>&-
		printf '%s\n' "$?" >"$RUN_DIR/build-status"
		# what it left running would keep the output open, and cat with it
		stop_build
	} 3>&1 | cat
	status=$(first_line "$RUN_DIR/build-status")
	[ "$status" = 0 ] || exit "${status:-70}"
	[ -n "$2" ] || return 0
	# The tar is another account's work: it is unpacked into a fresh folder, and only files and folders stay.
	fresh_folder "$2"
	enter "$1/$2"
	tar -xf "$RUN_DIR/made.tar" || exit 1
	rm -f "$RUN_DIR/made.tar"
	# a folder that can't be entered would hide what is in it, from here and from the next clean-up
	chmod -R u+rwX . && find . ! -type f ! -type d -exec rm -f {} +
}

# fresh_folder FOLDER: makes a folder below this one anew. The commit's symlinks on the way to it would lead out.
fresh_folder() {
	way=''
	rest=$1/
	while [ -n "$rest" ]; do
		way=$way${rest%%/*}
		if [ -L "$way" ]; then
			rm -f "$way" || exit 1
		fi
		way=$way/
		rest=${rest#*/}
	done
	rm -rf "$1" && mkdir -p "$1" || exit 1
}

# call_build LIMIT_SECONDS: the build account could stop its own time limit, so that there is another on this side.
call_build() {
	if [ -z "$SUDO" ]; then
		/bin/sh "$LIBEXEC/build" "$SHIPIT_APP" "$NUMBER"
	else
		timeout -k 5 "$(($1 + BUILD_GRACE_SECONDS))" "$SUDO" -n -u "build-$SHIPIT_APP" -- "$LIBEXEC/build" "$SHIPIT_APP" "$NUMBER"
	fi
}

# stop_build: by one exact line of sudoers; nothing of the account lives after it.
stop_build() {
	[ -z "$SUDO" ] || "$SUDO" -n -u "build-$SHIPIT_APP" -- "$LIBEXEC/build" "$SHIPIT_APP" stop </dev/null >/dev/null 2>&1 || :
}

NUMBER=${1-}
main "$@"
