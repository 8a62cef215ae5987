# A build step, on the far side of sudo: runs code of the repository under the app's build account, which has no line in
# sudoers and may write nothing that is live. build APP NUMBER; stdin is the tree as a tar, stdout the made folder as
# a tar, stderr the output. Only a step calls it, by one exact line of sudoers; `build APP stop` ends what runs.

main() {
	cd / || exit 70
	[ "$#" -eq 2 ] && is_app "$1" || refuse
	[ "$2" = stop ] || is_number "$2" || refuse
	APP=$1
	NUMBER=$2
	if [ -n "$SUDO" ]; then
		[ "$(id -un)" = "build-$APP" ] && [ "$(id -u)" -ne 0 ] || die 77 'refused: this runs as the build account only'
	fi
	umask 022
	end_leftovers
	[ "$NUMBER" != stop ] || exit 0
	load_recipe "$APP"
	HOME=$BUILDS/$APP
	WORK=$HOME/work
	# nothing of an earlier build may steer this one, neither its files nor what it planted in its home
	chmod -R u+rwX "$HOME" && find "$HOME" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
	mkdir "$WORK" && tar -xf - -C "$WORK" || die 70 'cannot unpack the tree'
	exec </dev/null
	"build_$NUMBER" build_here
}

# build_here FOLDER OUT LIMIT_SECONDS [NAME=VALUE]... PROGRAM [ARGUMENT]...
build_here() {
	cd -P "$WORK/$1" || die 1 "the commit has no folder '$1'"
	out=$2
	limit=$3
	shift 3
	env -i PATH="$PATH" HOME="$HOME" LC_ALL=C timeout -k 5 "$limit" env "$@" >&2
	status=$?
	end_leftovers
	if [ "$status" -eq 0 ] && [ -n "$out" ]; then
		[ -d "$out" ] || die 1 "the build made no folder '$out'"
		tar -cf - -C "$out" . || die 1 'cannot pack what was built'
	fi
	cd / && rm -rf "$WORK"
	exit "$status"
}

# Nothing of an earlier build, or of this one, stays behind to change what is packed: all that the account runs but
# this shell is ended (kill(2) with -1 spares its caller). Without sudo the account is a person's: never there.
end_leftovers() {
	[ -n "$SUDO" ] && [ "$(id -un)" = "build-$APP" ] && [ "$(id -u)" -ne 0 ] || return 0
	kill -KILL -1 2>/dev/null || :
}

main "$@"
