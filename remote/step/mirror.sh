# The mirror of the git step: how it is made, kept, and made anew.

# each fetch brings one; of so many one is made, in so long at most
MOST_PACKS=50
JOIN_SECONDS=60

# What git's check of objects finds in old history and what can do no harm here: names, addresses and dates of commits are not shown
# to anybody, and a mode that is written with a zero in front is read as the mode. What decides where a file comes to lie stays
# forbidden: odd names (hasDot, hasDotgit, fullPathname, emptyName), order and doubles of a folder, and all of .gitmodules. All of
# these are known to a git that knows such settings (2.19).
HARMLESS_WORDS="badDate badDateOverflow badEmail badName badTimezone missingEmail missingNameBeforeEmail \
missingSpaceBeforeDate missingSpaceBeforeEmail multipleAuthors zeroPaddedDate zeroPaddedFilemode badTagName missingTaggerEntry"
HARMLESS=''
for word in $HARMLESS_WORDS; do
	HARMLESS="$HARMLESS -c fetch.fsck.$word=ignore"
done

# of what git says when it fetches, bytes that are looked at
MOST_FETCH_WORDS=65536
# of a fetch that is not to stay, how many commits deep it is: an option
fetch_depth=''
# for a look at all objects of a mirror, and for bringing what kept runs deployed to a new one
LOOK_SECONDS=60
RESCUE_SECONDS=60

# git_here: git on the mirror, with nothing that a repository or an account could have configured to run. What is fetched stays a
# pack: git syncs those, and single objects it does not.
git_here() {
	# shellcheck disable=SC2086 # options
	git --git-dir="$MIRROR" -c core.hooksPath=/dev/null -c core.fsmonitor=false -c log.showSignature=false \
		-c gc.auto=0 -c maintenance.auto=false -c fetch.recurseSubmodules=no -c fetch.fsckObjects=true $HARMLESS \
		-c transfer.bundleURI=false -c fetch.unpackLimit=1 -c tar.umask=0022 "$@"
}

# open_mirror: it is there, and nothing lies in it that a git left that was killed. Sets PACKS, how many it has.
open_mirror() {
	[ -d "$MIRROR" ] || { make_mirror && mv "$MIRROR.new" "$MIRROR"; } || exit 1
	packs=$(clear_mirror)
	IFS=$NEWLINE
	# shellcheck disable=SC2086 # one a line
	set -- $packs
	IFS=' '
	PACKS=$#
}

is_repository() {
	git_here rev-parse --git-dir >/dev/null 2>&1
}

# mend_mirror: git does not take it for a repository: the files that say that it is one are lost or damaged.
mend_mirror() {
	printf 'shipit: git cannot read the mirror %s: writing its settings again\n' "$MIRROR"
	make_mirror && mkdir -p "$MIRROR/objects" "$MIRROR/refs" && cp "$MIRROR.new/config" "$MIRROR.new/HEAD" "$MIRROR/" || exit 1
	discard "$MIRROR.new"
}

# make_mirror: an empty one beside it, whatever a git of these days, or its settings, would choose.
make_mirror() {
	discard "$MIRROR.new" && GIT_DEFAULT_HASH=sha1 GIT_DEFAULT_REF_FORMAT=files git init -q --bare "$MIRROR.new"
}

# fetch_source: brings the ref source to refs/shipit/fetched. A mirror in which git can't do that, since it is broken, is made anew.
fetch_source() {
	fetch_once && return
	is_repository || { mend_mirror && fetch_once && return; }
	room_of "$fetch_words" "$MIRROR"
	git ls-remote --exit-code ${upload_pack:+"--upload-pack=$upload_pack"} "$repository" "$source" >/dev/null 2>&1
	case "$?" in
	0) ;;
	2) no_ref "the repository has no $SHIPIT_REF_KIND '$SHIPIT_REF'" ;;
	*)
		say_deploy_key "$fetch_words"
		die 1 "cannot fetch from the repository$ROOM"
		;;
	esac
	[ -z "$ROOM" ] || die 1 "cannot fetch from the repository$ROOM"
	case "$fetch_words" in
	*shallow*) die 1 'cannot fetch from the repository: it is a shallow clone. Make it complete: git fetch --unshallow' ;;
	esac
	if ! is_mirror_whole; then
		remake_mirror || die 1 "the mirror is broken, and a new one cannot be made. If the disk is not full, remove the mirror as root: rm -rf $MIRROR"
		return
	fi
	case "$fetch_words" in
	*fsck*) die 1 'cannot fetch from the repository: an object in it is malformed. To accept it, run as root, with the word that git has for the error: git config --system fetch.fsck.WORD ignore' ;;
	esac
	die 1 'cannot fetch from the repository'
}

# is_mirror_whole: nothing is missing of what its refs lead to. A mirror that is too large to tell is taken for whole.
is_mirror_whole() {
	is_repository || return 1
	timeout -k 5 "$LOOK_SECONDS" git --git-dir="$MIRROR" rev-list --objects --quiet --all >/dev/null 2>&1
	case "$?" in
	0 | 124 | 137 | 143) return 0 ;;
	esac
	return 1
}

# tee_to_log: to the output and to descriptor 4. The kernel asks SELinux whether a file may be made there, and that is denied and noted,
# unless it has seen that there is one.
tee_to_log() {
	[ ! -e /dev/fd/4 ] || exec tee /dev/fd/4
	exec cat
}

# fetch_once: sets FETCHED, the id of what was fetched, and fetch_words, what git said, which is told as well. What an earlier run fetched
# does not count: of a shallow repository, say, git may fetch nothing and report success.
fetch_once() {
	fetch_words=''
	[ ! -e "$RUN_DIR/fetch-status" ] || rm -f "$RUN_DIR/fetch-status"
	{ true >"$MIRROR/FETCH_HEAD"; } 2>/dev/null || :
	# not by way of a file: the disk may be full
	exec 4>&1
	{ fetch_words=$(
		{
			git_here fetch -q --no-tags $fetch_depth ${upload_pack:+"--upload-pack=$upload_pack"} "$repository" "+$source:refs/shipit/fetched" 2>&1 4>&-
			printf '%s\n' "$?" >"$RUN_DIR/fetch-status"
		} | tee_to_log | tail -c "$MOST_FETCH_WORDS"
	); } 2>/dev/null
	exec 4>&-
	read_line "$RUN_DIR/fetch-status"
	[ "$LINE" = 0 ] || return 1
	read_line "$MIRROR/FETCH_HEAD"
	FETCHED=${LINE%%	*}
	# git takes another ref where there is none of the whole name: a branch 'refs/tags/v1' for the tag v1 (git-fetch(1))
	case "$LINE" in
	'') die 1 'git fetched nothing: is the repository a shallow clone? Make it complete with git fetch --unshallow' ;;
	*"	$SHIPIT_REF_KIND '$SHIPIT_REF' of "*) ;;
	*) no_ref "the repository has no $SHIPIT_REF_KIND '$SHIPIT_REF'" ;;
	esac
}

# remake_mirror: a new mirror takes the place of one that is broken, if what is asked for can be had into it. What kept runs deployed
# is brought over, as far as it is there: a rollback wants it.
remake_mirror() {
	broken=$MIRROR
	printf 'shipit: the mirror %s is broken: making a new one\n' "$broken"
	make_mirror || return 1
	MIRROR=$broken.new
	if ! fetch_once; then
		MIRROR=$broken
		discard "$broken.new"
		return 1
	fi
	# what is left of the time is the step's, as a whole
	read_now
	rescued_by=$((NOW + RESCUE_SECONDS))
	for kept in $(find "$broken/refs/shipit/run" -type f 2>/dev/null | tr '\n' ' '); do
		read_now
		[ "$NOW" -lt "$rescued_by" ] || break
		kept=refs/shipit/run/${kept##*/}
		GIT_ALLOW_PROTOCOL='file' git_here fetch -q --no-tags "$broken" "+$kept:$kept" >/dev/null 2>&1 || :
	done
	MIRROR=$broken
	discard "$broken.old" && mv "$broken" "$broken.old" && mv "$broken.new" "$broken" || exit 1
	discard "$broken.old" || :
	write_attributes
}

# join_packs: makes one of many, without what no kept run needs. There may be no room or time for it: a deploy works without,
# and so do the next ones, until there are as many more. The mark stays where this is killed, too.
join_packs() {
	read_line "$MIRROR/join-at"
	next=$LINE
	[ "$PACKS" -ge "${next:-$MOST_PACKS}" ] || return 0
	printf '%s\n' "$((PACKS + MOST_PACKS))" >"$MIRROR/join-at" || return 0
	if timeout -k 5 "$JOIN_SECONDS" git --git-dir="$MIRROR" -c core.hooksPath=/dev/null -c pack.threads=1 \
		-c repack.writeBitmaps=false repack -a -d -q; then
		rm -f "$MIRROR/join-at"
	else
		clear_mirror >/dev/null
		printf 'shipit: cannot pack the mirror into one file; continuing without\n'
	fi
}
