# A deploy that asks before it begins.
# 'begin', a commit, 'now' and a newline; so long others may take to be reached
MOST_WORD_BYTES=75
WORD_SECONDS=600
# files of requests that are over, of one person: more are removed
MOST_ASKED=16

# ask_first: says what the deploy would find, and waits for one line of its client, which asks other hosts too: 'begin', the commit that all
# of them are to have, 'now', without which the line was cut. Nothing but the id is held meanwhile. Who goes without a word, or says it
# late, begins nothing.
ask_first() {
	hold_id
	tell_plan
	event ready ''
	# in a group of its own it could not read from a terminal; busybox's timeout makes none
	limit="timeout -k 1 $WORD_SECONDS"
	[ ! -t 6 ] || ! timeout --foreground 1 true 2>/dev/null || limit="timeout --foreground -k 1 $WORD_SECONDS"
	# shellcheck disable=SC2086 # words
	word=$($limit dd bs="$MOST_WORD_BYTES" count=1 <&6 2>/dev/null 6<&- 7<&- 8<&-)
	must_start dd "$?"
	exec 6<&-
	# root has installed other programs meanwhile: the client sends its deploy to those
	# shellcheck disable=SC3013 # dash, bash and busybox have -ef
	[ /proc/self/fd/7 -ef "$LIBEXEC/runner" ] || exit 0
	exec 7<&-
	case "$word" in
	'') exit 0 ;;
	'begin now') commit='' ;;
	*)
		commit=${word#begin }
		commit=${commit% now}
		{ is_commit "$commit" && [ "$word" = "begin $commit now" ]; } || refuse
		;;
	esac
	judge_anew
	REQ_COMMIT=${REQ_COMMIT:-$commit}
	[ "${commit:-$REQ_COMMIT}" = "$REQ_COMMIT" ] || refuse
}

# hold_id: everybody on the host sees the id of a request that waits, and nobody else is to use it up before its word comes (is_anothers). It is
# held by a file that this process has locked, so that one that was killed holds nothing. A full disk has no room for it.
hold_id() {
	enter_state "$REQ_APP"
	check_id
	{ read -r known_who _ <"$RUNS/$REQ_RUN/by"; } 2>/dev/null || known_who=$WHO
	[ "$known_who" = "$WHO" ] || turn_away used 76 ''
	asking=$STATE/asking/$WHO
	set +f
	set -- "$asking"/*
	set -f
	[ "$#" -le "$MOST_ASKED" ] || for each; do flock -n "$each" rm -f "$each"; done
	{ { [ -d "$asking" ] || mkdir -p "$asking"; } && true >>"$asking/$REQ_RUN"; } 2>/dev/null || return 0
	exec 8>>"$asking/$REQ_RUN"
	flock -n -s 8 || :
}

# judge_anew: the request, by what root has installed and in which groups the person is by now.
judge_anew() {
	stale=''
	# meanwhile somebody may have set the clock, or given a file to others
	is_fresh || stale=yes OWNED_APP='' CLOCK_BASE=''
	judge_request "$REQ_LINE"
	[ -z "$stale" ] || judge_groups
	# the app is another account's by now
	[ -z "$SUDO" ] || [ "$ACCOUNT" = "$ME" ] || exit 0
	may deploy "$REQ_KIND/$REQ_REF" || turn_away policy 77 ''
}
