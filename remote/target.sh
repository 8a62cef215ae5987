# Where a rollback goes: for the runner, which is asked for one, for a run that goes back by itself, and for a step that
# must not delete what can be gone back to.

# find_target: sets TARGET, the run to go back to, and LEFT, the one that is left: the newest that reached publish.
# A run is good that succeeded, was not rolled back from, and is kept whole. What shows the same as what is left is no way back.
find_target() {
	TARGET=''
	LEFT=''
	[ -r "$STATE/order" ] || return 0
	while read -r each; do
		[ ! -e "$RUNS/$each/published" ] || LEFT=$each
	done <"$STATE/order"
	[ -n "$LEFT" ] || return 0
	shown=$(shows "$LEFT")
	while read -r each; do
		[ "$each" != "$LEFT" ] || break
		is_good "$each" && [ "$(shows "$each")" != "$shown" ] || continue
		TARGET=$each
	done <"$STATE/order"
	[ -n "$REQ_TO" ] || return 0
	TARGET=''
	! is_good "$REQ_TO" || TARGET=$REQ_TO
}

is_good() {
	[ -e "$RUNS/$1/published" ] && [ ! -e "$RUNS/$1/bad" ] && [ -s "$RUNS/$1/by" ] && [ -s "$RUNS/$1/commit" ] &&
		[ "$(first_line "$RUNS/$1/ended")" = 0 ]
}

# shows RUN: the deploy whose commit a run put in place: itself, or what it went back to.
shows() {
	back=$(first_line "$RUNS/$1/rollback")
	printf '%s' "${back:-$1}"
}

# keep_known_flags FLAGS: those that today's recipe still declares.
keep_known_flags() {
	REQ_FLAGS=' '
	for flag in $1; do
		for known in $RECIPE_FLAGS; do
			case "$known,$flag" in
			"$flag,$flag") REQ_FLAGS="$REQ_FLAGS$flag " ;;
			"${flag%%=*}="*)
				case ",${known#*=}," in
				*",${flag#*=},"*) REQ_FLAGS="$REQ_FLAGS$flag " ;;
				esac
				;;
			esac
		done
	done
}
