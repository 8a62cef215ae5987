# The near side of a build step: the tree goes to the build account, and what it made comes back (build.sh is the far one).

# for the build's own time limit to act, and to pack what was made
BUILD_GRACE_SECONDS=30
# for the output of a build that has ended to come out, in tenths of a second
DRAIN_TURNS=20

# build_away FOLDER OUT LIMIT_SECONDS [NAME=VALUE]... PROGRAM [ARGUMENT]...: the recipe calls it through build_N. The
# tree goes to the ref's build account as a tar; what it makes in OUT comes back as one.
build_away() {
	enter "$1"
	rm -f "$RUN_DIR/build-status" "$RUN_DIR/unpacked"
	# root's recipe says which account builds this branch or tag; a cancel ends what that one runs
	recipe_builder "$SHIPIT_REF_KIND/$SHIPIT_REF"
	printf '%s\n' "$BUILDER" >"$RUN_DIR/builder" || exit 70
	rm -f "$RUN_DIR/build-output"
	mkfifo "$RUN_DIR/build-output" || exit 70
	cat <"$RUN_DIR/build-output" &
	drain=$!
	{
		{
			printf '%s %s %s %s %s\n' "${SHIPIT_COMMIT:--}" "$SHIPIT_REF_KIND" "$SHIPIT_REF" "$SHIPIT_RUN" "$SHIPIT_FLAGS"
			# a file that tar can't read would be missing there, and nobody the wiser
			tar -cf - -C "$TREE" . || printf 'no\n' >"$RUN_DIR/unpacked"
		} | call_build "$3" 2>&3 >"$RUN_DIR/made.tar" 3>&-
		printf '%s\n' "$?" >"$RUN_DIR/build-status"
		stop_build
	} 3>"$RUN_DIR/build-output"
	rm -f "$RUN_DIR/build-output"
	# somebody else may hold the other end: the build passed it on
	turns=0
	while kill -0 "$drain" 2>/dev/null && [ "$turns" -lt "$DRAIN_TURNS" ]; do
		sleep 0.1
		turns=$((turns + 1))
	done
	kill "$drain" 2>/dev/null
	wait "$drain" 2>/dev/null
	read_line "$RUN_DIR/build-status"
	status=$LINE
	[ ! -e "$RUN_DIR/unpacked" ] || [ "$status" != 0 ] || die 1 'the build did not get the whole tree: see above what tar cannot read'
	[ "$status" = 0 ] || exit "${status:-70}"
	[ -n "$2" ] || return 0
	# The tar is another account's work: it is unpacked into a fresh folder. Files, folders and symlinks that lead
	# nowhere else stay.
	fresh_folder "$2"
	enter "$1/$2"
	tar_words=$(tar -xf "$RUN_DIR/made.tar" 2>&1) || {
		printf '%s\n' "$tar_words" | head -n "$MOST_COMPLAINTS"
		room_of "$tar_words" .
		die 1 "cannot unpack what the build made$ROOM"
	}
	rm -f "$RUN_DIR/made.tar"
	# a folder that can't be entered would hide what is in it, from here and from the next clean-up
	find . -type d ! -perm -0700 -exec chmod u+rwx {} \; && find . -type f ! -perm -0600 -exec chmod u+rw {} + || exit 1
	{
		drop_unsafe_links
		find . ! -type f ! -type d ! -type l -exec rm -f {} \; -exec printf '%s is neither a file, a folder nor a symlink\n' {} \;
	} | tell 'made by the build, and left out'
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
	discard "$1" && mkdir -p "$1" || exit 1
}

# call_build LIMIT_SECONDS: the build account could stop its own time limit, so that there is another on this side.
call_build() {
	if [ -z "$SUDO" ]; then
		/bin/sh "$LIBEXEC/build" "$SHIPIT_APP" "$NUMBER"
	else
		timeout -k 5 "$(($1 + BUILD_GRACE_SECONDS))" "$SUDO" -n -u "$BUILDER" -- "$LIBEXEC/build" "$SHIPIT_APP" "$NUMBER"
	fi
}

# stop_build: by one exact line of sudoers; nothing that the account ran or made is left after it.
stop_build() {
	if [ -z "$SUDO" ]; then
		/bin/sh "$LIBEXEC/build" "$SHIPIT_APP" stop
	else
		timeout -k 5 "$STOP_SECONDS" "$SUDO" -n -u "$BUILDER" -- "$LIBEXEC/build" "$SHIPIT_APP" stop
	fi </dev/null >/dev/null 2>&1 || :
}
