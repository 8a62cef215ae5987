# A build step, on the far side of sudo. It runs code of the repository under one of the app's build accounts, which have no line in
# sudoers and can write nothing that is live. Only a step calls it, by one exact line of sudoers.
# build APP NUMBER: stdin is a line about the run, then the tree as a tar; stdout is the folder that the step made, as a tar; stderr is
# what it prints. build APP stop: ends what the account runs, and removes what that left.

# processes and threads of one build, and its largest file (4 GiB, in blocks of 512 bytes)
MAX_PROCESSES=2048
MAX_FILE_BLOCKS=8388608
MAX_OPEN_FILES=16384
# of the caller's limit, so that `stop` can still start while a build has used up its own
SPARE_PROCESSES=128

main() {
	cd / || exit 70
	needs id ls sed grep awk find tr tar
	[ "$#" -eq 2 ] && is_app "$1" || refuse
	[ "$2" = stop ] || is_number "$2" || refuse
	APP=$1
	NUMBER=$2
	PLACE=$BUILDS/$APP
	[ -z "$SUDO" ] || check_account
	umask 022
	end_processes
	ended=$?
	sweep
	[ "$NUMBER" != stop ] || exit "$ended"
	[ "$ended" -eq 0 ] || refuse_others
	name_left
	load_recipe "$APP"
	read -r BUILT_COMMIT BUILT_KIND BUILT_REF BUILT_RUN BUILT_FLAGS || die 70 'the build got no description of what to build'
	is_commit "$BUILT_COMMIT" || BUILT_COMMIT=''
	# A fresh folder that no other account can reach: the place belongs to root, and mkdir takes nothing that is there. Its
	# path is the same for each build, since some tools write it into what they make.
	HOME=$PLACE/build
	WORK=$HOME/work
	mkdir -m 0700 "$HOME" && mkdir "$WORK" && mkdir -m 1777 "$HOME/tmp" && tar -xf - -C "$WORK" || die 70 'cannot unpack the tree'
	exec </dev/null
	"build_$NUMBER" build_here
}

check_account() {
	answer_of id -un
	ME=$ANSWER
	case "$ME" in
	"build-$APP" | "build-$APP"_*) ;;
	*) die 77 'refused: only a build account may run this' ;;
	esac
	answer_of id -u
	MY_UID=$ANSWER
	answer_of id -g
	MY_GID=$ANSWER
	[ "$MY_UID" -ne 0 ] || die 77 'refused: only a build account may run this'
	PLACE=$BUILDS/${ME#build-}
}

# build_here FOLDER OUT LIMIT_SECONDS [NAME=VALUE]... PROGRAM [ARGUMENT]...
build_here() {
	cd -P "$WORK/$1" || die 1 "the commit has no folder '$1'"
	out=$2
	limit=$3
	shift 3
	(
		set_limits
		enclose env -i PATH="$PATH:$MORE_PROGRAMS" HOME="$HOME" TMPDIR="$HOME/tmp" LC_ALL=C \
			SHIPIT_APP="$APP" SHIPIT_RUN="$BUILT_RUN" SHIPIT_REF_KIND="$BUILT_KIND" SHIPIT_REF="$BUILT_REF" \
			SHIPIT_COMMIT="$BUILT_COMMIT" SHIPIT_FLAGS=" $BUILT_FLAGS " \
			${PREFIX:+"GIT_CEILING_DIRECTORIES=$GIT_CEILING_DIRECTORIES"} timeout -k 5 "$limit" env "$@"
	) >&2
	status=$?
	end_processes || refuse_others
	if [ "$status" -eq 0 ] && [ -n "$out" ]; then
		[ -d "$out" ] || die 1 "the build made no folder '$out'"
		tar -cf - -C "$out" . || die 1 'cannot pack the output of the build'
	fi
	exit "$status"
}

# enclose PROGRAM [ARGUMENT]...: in a view of the host that is the build's alone, where the host can give one (private.sh).
enclose() {
	if [ -z "$SUDO" ]; then
		exec "$@"
	elif can_hide; then
		# shellcheck disable=SC2086 # options
		own_keyring unshare $NAMESPACES /bin/sh "$LIBEXEC/private" "$HOME" setpriv $NO_RIGHTS -- "$@"
	elif [ "$HIDES" = spent ]; then
		die 70 "the build account can no longer get its own view of the host: $why_not. An earlier build may have used up its namespaces: ask root to end the processes that hold them"
	elif command -v prlimit >/dev/null; then
		# a queue whose name nobody knows could not be removed
		own_keyring prlimit --msgqueue=0 "$@"
	fi
	own_keyring "$@"
}

# set_limits: the letter for processes is p in dash, and u elsewhere. Not in the sandbox, where the account is a person's.
set_limits() {
	[ -n "$SUDO" ] || return 0
	# shellcheck disable=SC3045 # dash, bash and busybox have these letters
	{
		lower_limit c 0
		lower_limit f "$MAX_FILE_BLOCKS"
		lower_limit n "$MAX_OPEN_FILES"
		letter=u
		limit_of_processes=$(ulimit -u 2>/dev/null) || letter=p limit_of_processes=$(ulimit -p)
		[ "$limit_of_processes" = unlimited ] || [ "$((limit_of_processes - SPARE_PROCESSES))" -ge "$MAX_PROCESSES" ] ||
			MAX_PROCESSES=$((limit_of_processes - SPARE_PROCESSES))
		lower_limit "$letter" "$MAX_PROCESSES"
	}
}

# lower_limit LETTER MOST: sets both the soft and the hard limit.
lower_limit() {
	# shellcheck disable=SC3045 # as above
	now=$(ulimit "-$1")
	# shellcheck disable=SC3045
	[ "$now" != unlimited ] && [ "$now" -le "$2" ] || ulimit "-$1" "$2" || die 70 'cannot set the limits of the build'
}

main "$@"
