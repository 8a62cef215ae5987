# Where a rollback goes: for the runner, which is asked for one, for a run that goes back by itself, and for a step that
# must not delete what can be gone back to.

# of a run that goes back by itself, its id: it is not to be seen as the rollback that it may be
ALONE=''

# find_target: sets TARGET, the run to go back to; LEFT, the one that is left: the newest that reached publish; and LEAVES, all
# that is bad once that has succeeded: LEFT, what it shows, and what rollbacks that did not succeed since were to leave.
# A run is good that succeeded, was not rolled back from, and is kept whole. What shows something of LEAVES is no way back.
find_target() {
	TARGET=''
	LEFT=''
	LEAVES=' '
	[ -r "$STATE/order" ] || return 0
	while read -r each; do
		[ -e "$RUNS/$each/published" ] || continue
		LEFT=$each
		! ended_well "$each" || LEAVES=' '
		[ "$ended" = 0 ] || [ "$each" = "$ALONE" ] || [ ! -s "$RUNS/$each/left" ] ||
			LEAVES="$LEAVES$(first_line "$RUNS/$each/left") "
	done <"$STATE/order"
	[ -n "$LEFT" ] || return 0
	find_shown "$LEFT"
	LEAVES="$LEAVES$LEFT $SHOWN "
	while read -r each; do
		[ "$each" != "$LEFT" ] || break
		is_good "$each" || continue
		find_shown "$each"
		case "$LEAVES" in
		*" $SHOWN "*) ;;
		*) TARGET=$each ;;
		esac
	done <"$STATE/order"
	[ -n "$REQ_TO" ] || return 0
	TARGET=''
	! is_good "$REQ_TO" || TARGET=$REQ_TO
}

is_good() {
	[ -e "$RUNS/$1/published" ] && [ ! -e "$RUNS/$1/bad" ] && [ -s "$RUNS/$1/by" ] && [ -s "$RUNS/$1/commit" ] && ended_well "$1"
}

# ended_well RUN: sets ended, its exit code; empty while it has none.
ended_well() {
	ended=''
	{ read -r ended <"$RUNS/$1/ended"; } 2>/dev/null || :
	[ "$ended" = 0 ]
}

# find_shown RUN: sets SHOWN, the deploy whose commit a run put in place: itself, or what it went back to. A rollback that failed
# shows neither what it left nor what it was to bring.
find_shown() {
	SHOWN=''
	[ "$1" = "$ALONE" ] || { read -r SHOWN <"$RUNS/$1/rollback"; } 2>/dev/null || :
	[ -z "$SHOWN" ] || ended_well "$1" || [ -z "$ended" ] || [ ! -s "$RUNS/$1/left" ] || SHOWN=''
	SHOWN=${SHOWN:-$1}
}

# ways_back: prints fields of a status: what this host can go back to, where it would, and what it has gone back from.
ways_back() {
	REQ_TO=''
	find_target
	good=''
	bad=''
	[ ! -r "$STATE/order" ] || while read -r each; do
		if [ -e "$RUNS/$each/bad" ]; then
			bad="$bad${bad:+,}\"$each\""
		elif is_good "$each"; then
			good="$good${good:+,}\"$each\""
		fi
	done <"$STATE/order"
	printf ',"good":[%s],"bad":[%s]%s' "$good" "$bad" "${TARGET:+,\"target\":\"$TARGET\"}"
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
