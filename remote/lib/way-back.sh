# Where a rollback goes: for the runner, which is asked for one, for a run that goes back by itself, and for a step that
# must not delete what can be gone back to.

# of a run that goes back by itself, its id: it is not to be seen as the rollback that it may be
ALONE=''
# of each state, in the answer to history; the newest ones (docs/protocol.md, section 2, has the limit of a client)
MAX_KEPT_EVENTS=5000

# find_target: sets TARGET, the run to go back to; LEFT, the one that is left: the newest that reached publish; LEFT_SHOWS, the
# deploy that it shows; and LEAVES, all that is bad once that has succeeded: these two, and what rollbacks that did not succeed
# since were to leave. A run that shows something of LEAVES is not a way back, unless the request names it.
find_target() {
	TARGET=''
	LEFT=''
	LEFT_SHOWS=''
	LEAVES=' '
	[ -r "$STATE/order" ] || return 0
	while read -r each; do
		[ -e "$RUNS/$each/published" ] || continue
		LEFT=$each
		! ended_well "$each" || LEAVES=' '
		[ "$ended" = 0 ] || [ "$each" = "$ALONE" ] || [ ! -s "$RUNS/$each/left" ] ||
			{ read_line "$RUNS/$each/left" && LEAVES="$LEAVES$LINE "; }
	done <"$STATE/order"
	[ -n "$LEFT" ] || return 0
	find_shown "$LEFT"
	LEFT_SHOWS=$SHOWN
	LEAVES="$LEAVES$LEFT $SHOWN "
	TARGET=$(list_targets | list_exportable) || exit 70
	# the last line
	TARGET=${TARGET##*[!0123456789abcdefTZ-]}
}

# list_targets: prints the runs that a rollback may go to, in order: RUN COMMIT.
list_targets() {
	if [ -n "$REQ_TO" ]; then
		is_whole "$REQ_TO" || return 0
		read_line "$RUNS/$REQ_TO/commit"
		printf '%s %s\n' "$REQ_TO" "$LINE"
		return
	fi
	shown_now=''
	[ -n "$ALONE" ] || ! ended_well "$LEFT" || { read_state "$LEFT" && shown_now=$STATE_OF; }
	while read -r each; do
		[ "$each" != "$LEFT" ] || break
		is_good "$each" || continue
		find_shown "$each"
		case "$LEAVES" in
		*" $SHOWN "*) continue ;;
		esac
		# the same commit with the same flags is no other state; one that failed may have left another one
		read_state "$each"
		[ "$STATE_OF" != "$shown_now" ] || continue
		printf '%s %s\n' "$each" "${STATE_OF%% *}"
	done <"$STATE/order"
}

# read_state RUN: sets STATE_OF, its commit and flags.
read_state() {
	read_line "$RUNS/$1/commit"
	STATE_OF=$LINE
	read_line "$RUNS/$1/flags"
	STATE_OF="$STATE_OF $LINE"
}

# list_exportable: of lines RUN COMMIT prints the runs whose commit the mirror has, as a commit: nothing else can be gone back to.
list_exportable() {
	[ -d "$STATE/mirror.git" ] || return 0
	needs git
	candidates=$(cat)
	[ -n "$candidates" ] || return 0
	{
		printf '%s\n' "$candidates" | cut -d ' ' -f 2 | ask_mirror cat-file --batch-check
		printf '%s\n' - "$candidates"
	} | awk '$1 == "-" { told = 1; next } !told { if ($2 == "commit") there[$1] = 1; next } $2 in there { print $1 }'
	must_start awk "$?"
}

# ask_mirror WORD...: becomes git, without the caller's environment. The app's account can write the mirror's hooks and settings, and this is
# the session of another person: git runs no hook here, and fetches nothing.
ask_mirror() {
	exec env -i PATH="$PATH" HOME="$HOME" LC_ALL=C GIT_ALLOW_PROTOCOL='' GIT_NO_LAZY_FETCH=1 \
		git --git-dir="$STATE/mirror.git" -c core.hooksPath=/dev/null "$@" 2>/dev/null 6<&- 7<&- 8<&-
}

# is_whole: it succeeded, published, and is kept with all that a rollback wants.
is_whole() {
	[ -e "$RUNS/$1/published" ] && [ -s "$RUNS/$1/by" ] && [ -s "$RUNS/$1/commit" ] && ended_well "$1"
}

# is_good: it was not rolled back from.
is_good() {
	is_whole "$1" && [ ! -e "$RUNS/$1/bad" ]
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

# send_ways_back: sends what this host can go back to and what it has gone back from, an event for each run.
send_ways_back() {
	[ -r "$STATE/order" ] || return 0
	list_whole | list_exportable | send_kept good
	while read -r each; do
		[ ! -e "$RUNS/$each/bad" ] || printf '%s\n' "$each"
	done <"$STATE/order" | send_kept bad
}

# send_kept STATE: sends an event for each run on stdin, for the newest ones only: a client does not read an answer without end.
send_kept() {
	read_stamp
	tail -n "$MAX_KEPT_EVENTS" | while read -r each; do
		send "{\"event\":\"kept\",\"time\":\"$stamp\",\"run\":\"$each\",\"state\":\"$1\"}"
	done
}

# list_whole: prints the runs that may be named, in order: RUN COMMIT.
list_whole() {
	while read -r each; do
		is_whole "$each" || continue
		read -r commit <"$RUNS/$each/commit"
		printf '%s %s\n' "$each" "$commit"
	done <"$STATE/order"
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
