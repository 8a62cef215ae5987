# The steps of releases(), as folders and links below ROOT:
#   releases/RUN   what a run made ready; it appears whole, under the name of the run, and is never written again
#   shared/PATH    what all releases have in common; each has a link to it
#   current        the link to the release that is live       previous   to the one that was live before
# A rollback wants the release of the run that it goes back to. As long as that is kept, nothing has to be prepared.

# find_releases ROOT: sets RELEASES, its folder here, and RELEASE, the name of the one that this run is about.
find_releases() {
	RELEASES=$PREFIX$1
	RELEASE=${SHIPIT_BACK_TO:-$SHIPIT_RUN}
	[ -d "$RELEASES" ] || die 1 "the folder $RELEASES does not exist on this host: run the install script"
}

# open_releases ROOT: its folders, made where they are missing.
open_releases() {
	find_releases "$1"
	for folder in "$RELEASES" "$RELEASES/releases" "$RELEASES/shared"; do
		[ -d "$folder" ] || mkdir "$folder" || exit 1
		refuse_unguarded "$folder"
	done
}

# make_release ROOT KEEP FROM full|any [SHARED]...: FROM, a folder of the tree, becomes a release; nothing shows it yet. Of what is
# shared, file:PATH is a file that has to be there (shared.sh).
make_release() {
	open_releases "$1"
	keep=$2
	from=$3
	may_be=$4
	shift 4
	# a run that failed before its switch left a release that nobody will want
	prune_releases "$keep" ''
	need_files "$@"
	if [ -d "$RELEASES/releases/$RELEASE" ]; then
		[ -n "${SHIPIT_BACK_TO-}" ] || is_released ||
			die 1 "$RELEASES/releases/$RELEASE exists, and this run did not make it: deploy again"
		printf 'release %s is kept\n' "$RELEASE"
		return
	fi
	enter "$from"
	refuse_empty "$from" "$may_be"
	refuse_unsafe_links
	refuse_filtered_release "$@"
	forget_names
	fresh=$RELEASES/releases/$RELEASE.new
	# however this ends, the run removes what is not whole (run.sh)
	printf '%s\n' "$fresh" >"$RUN_DIR/making" || exit 1
	mkdir "$fresh" || exit 1
	begin_as_live "$fresh"
	bring "$fresh" delete
	compare_published "$fresh" delete 0
	for path; do
		goes_without "$path" >/dev/null || share "$path"
	done
	# a power cut after the switch must not find empty files
	flush
	is_released || append_line "$RUN_DIR/released" "$RELEASES" || exit 1
	mv -T "$fresh" "$RELEASES/releases/$RELEASE" || exit 1
	rm -f "$RUN_DIR/making"
	printf 'release %s is ready\n' "$RELEASE"
}

# begin_as_live FOLDER: with the files of the live release whose names are here, too: those that stay the same keep their times. None of
# them is reached by way of a symlink; what can't be read is brought like what is new.
begin_as_live() {
	live=$(release_of current) || exit
	live=$RELEASES/releases/$live
	[ -d "$live" ] && [ "$live" != "$RELEASES/releases/" ] || return 0
	list_both "$live"
	compare_names -12
	sed -n 's/^f //p' "$RUN_DIR/compared" | tr '\n\001' '\000\n' >"$RUN_DIR/same-names"
	[ ! -s "$RUN_DIR/same-names" ] ||
		rsync -rtOJ --from0 "--files-from=$RUN_DIR/same-names" --chmod=D0755,F0644 -- "$live/" "$1/" >/dev/null 2>&1 || :
	rm -f "$RUN_DIR/same-names"
}

# is_released: an earlier try of this run made the release. One that was there before is of a run that this host has forgotten.
is_released() {
	grep -qxF -e "$RELEASES" "$RUN_DIR/released" 2>/dev/null
}

# switch_release ROOT KEEP [SHARED]...: from one moment to the next, current is the release of this run.
switch_release() {
	open_releases "$1"
	keep=$2
	shift 2
	[ -d "$RELEASES/releases/$RELEASE" ] || die 1 "$RELEASES has no release $RELEASE"
	for link in current previous; do
		[ -L "$RELEASES/$link" ] || [ ! -e "$RELEASES/$link" ] || die 1 "$RELEASES/$link is not a symlink: move it away"
	done
	was=$(release_of current) || exit
	if [ "$was" != "$RELEASE" ]; then
		for path; do
			share_later "$path"
		done
		take_the_rest
		[ -z "$was" ] || point previous "$was"
		point current "$RELEASE"
		flush
	fi
	note_switch
	are_shared
	printf 'current is release %s\n' "$RELEASE"
	prune_releases "$keep" "$RELEASE"
}

# note_switch: that it was a run that has made current what it is.
note_switch() {
	switched=${RELEASES#"$PREFIX"}
	lines_but "$switched" "$STATE/switched" >"$STATE/switched.new" &&
		printf '%s %s\n' "$switched" "$RELEASE" >>"$STATE/switched.new" && mv "$STATE/switched.new" "$STATE/switched" || exit 1
}

# lines_but PATH FILE: prints the lines that do not begin with PATH and a blank. Without grep, for which a dot in a path is any character.
lines_but() {
	[ -e "$2" ] || return 0
	while IFS= read -r each; do
		case "$each" in
		"$1 "*) ;;
		*) printf '%s\n' "$each" || return ;;
		esac
	done <"$2"
}

# point LINK RELEASE: a new link takes the place of the old one by rename(2), so that there is always one of them.
point() {
	discard "${RELEASES:?}/$1.new" || exit 1
	ln -s "releases/$2" "$RELEASES/$1.new" && mv -T -f "$RELEASES/$1.new" "$RELEASES/$1" || die 1 "cannot make the link $RELEASES/$1"
}

# release_of LINK: prints the release that a link shows; nothing if it is none of ours.
release_of() {
	linked=''
	if [ -L "$RELEASES/$1" ]; then
		# without an answer what is live would be taken for old
		answer_of readlink "$RELEASES/$1"
		linked=$ANSWER
	fi
	# an administrator may have made it, by the whole path
	linked=${linked#"$RELEASES/"}
	linked=${linked#releases/}
	! is_run "$linked" || printf '%s' "$linked"
}

# prune_releases KEEP NEWEST: removes what is neither live, nor was before, nor is one of the newest KEEP that good runs show.
# NEWEST counts as one of those; it may be empty. What has not the name of a run is not ours and stays. What the application wrote
# files there may belong to another account: a deploy does not fail for that.
prune_releases() {
	live=$(release_of current) && before=$(release_of previous) || exit
	wanted=" $live $before $RELEASE "
	good=" $2 "
	count=0
	[ -z "$2" ] || count=1
	[ -r "$STATE/order" ] || return 0
	# shellcheck disable=SC2016 # sed's own
	newest_first=$(sed '1!G;h;$!d' "$STATE/order") || cannot_run sed "$?"
	# no here-document: it may need room in /tmp, and without any no release would be good
	IFS=$NEWLINE
	for each in $newest_first; do
		IFS=' '
		[ "$count" -lt "$1" ] || break
		is_good "$each" || continue
		find_shown "$each"
		each=$SHOWN
		case "$good" in
		*" $each "*) continue ;;
		esac
		[ -d "$RELEASES/releases/$each" ] || continue
		good="$good$each "
		count=$((count + 1))
	done
	IFS=' '
	set +f
	for folder in "$RELEASES/releases"/*; do
		set -f
		name=${folder##*/}
		case "$name" in
		*.new | *.old) ! is_run "${name%.*}" || discard "$folder" || : ;;
		*)
			case "$wanted$good" in
			*" $name "*) continue ;;
			esac
			# under its own name it would be taken for whole
			! is_run "$name" || { mv -T "$folder" "$folder.old" && discard "$folder.old"; } || :
			;;
		esac
	done
	set -f
}

# flush: brings what was written to the disk. An older sync knows no file system and flushes all of them.
flush() {
	sync -f "$RELEASES" 2>/dev/null || sync
}
