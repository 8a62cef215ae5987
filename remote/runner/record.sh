# The record of a start, which is made before anything is done, and what it says of who holds the lock.

# Room for the outcome, set aside at the start: a disk that fills in the run loses no record.
RESERVED_BYTES=32768
# and for a cancel: its mark, and its event
ROOM_BYTES=8192

# record_start: the history says who asked for what before anything is done. The run's folder appears whole, since the
# same request may be on its way a second time.
record_start() {
	fresh=$STATE/starting
	discard "$fresh" >/dev/null
	mkdir "$fresh" || return 1
	write_start && return
	# what could not be written whole is not there at all
	discard "${RUNS:?}/${REQ_RUN:?}" "$fresh" >/dev/null
	return 1
}

write_start() {
	went_back=''
	KEPT=''
	if [ "$REQ_VERB" = rollback ]; then
		went_back=",\"to\":\"$TARGET\",\"from\":\"$LEFT\""
		find_shown "$TARGET"
		find_kept "$SHOWN"
	fi
	read_now
	plan
	find_live
	object run ",\"run\":\"$REQ_RUN\",\"user\":\"$WHO\",\"app\":\"$REQ_APP\",\"kind\":\"$REQ_KIND\",\"ref\":\"$REQ_REF\"${REQ_COMMIT:+,\"commit\":\"$REQ_COMMIT\"}${REQ_BACK:+,\"back\":true},\"flags\":[$FLAGS],\"digest\":\"${REQ_DIGEST:-unasked}\"${REQ_CLAIMED:+,\"claimed\":\"$REQ_CLAIMED\"}$went_back"
	record=$OBJECT
	printf '%s %s %s %s\n' "$WHO" "$REQ_KIND" "$REQ_REF" "$NOW" >"$fresh/by" &&
		printf '%s\n' "$REQ_COMMIT" >"$fresh/asked" &&
		printf '%s\n' "$REQ_FLAGS" >"$fresh/flags" &&
		{ [ -z "$REQ_BACK" ] || printf 'yes\n' >"$fresh/older"; } &&
		{ [ -z "$went_back" ] || { printf '%s\n' "$SHOWN" >"$fresh/rollback" && printf '%s\n' "$(leaves_of_mine)" >"$fresh/left"; }; } &&
		printf '' >"$fresh/log" &&
		printf "%${RESERVED_BYTES}s" '' >"$fresh/reserve" &&
		printf "%${ROOM_BYTES}s" '' >"$fresh/room" &&
		printf '%s\n' "$record" >"$fresh/start" &&
		append_event "$fresh" "${record%\}}$LIVE,\"steps\":[$PLAN]}" &&
		{ [ -s "$STATE/current" ] || printf '%33s\n' '' >"$STATE/current"; } &&
		append_line "$STATE/order" "$REQ_RUN" &&
		mv "$fresh" "$RUNS/$REQ_RUN" &&
		append_line "$STATE/history" "$record" &&
		printf '%s\n' "$REQ_RUN" 1<>"$STATE/current" || return 1
	set --
	for each in start events by asked flags older rollback left; do
		[ ! -e "$RUNS/$REQ_RUN/$each" ] || set -- "$@" "$RUNS/$REQ_RUN/$each"
	done
	keep "$@" "$STATE/history" "$STATE/order" "$STATE/current" "$RUNS/$REQ_RUN" "$RUNS" "$STATE"
}

# holder_fields: whom the lock belongs to, how far that run is, and who has cancelled it.
holder_fields() {
	read_line "$STATE/current"
	held=$LINE
	# one that has ended is not it: the next one has the lock, and has not written down yet who it is
	[ -n "$held" ] && [ -s "$RUNS/$held/by" ] && [ ! -s "$RUNS/$held/ended" ] || return 0
	# nor is one that died: who has the lock writes down its outcome. Of one that just begins nobody can tell
	read_line "$RUNS/$held/session"
	# shellcheck disable=SC2086 # three words of our own, or none
	head_lives $LINE || session_lives $LINE || return 0
	read -r holder held_kind held_ref since <"$RUNS/$held/by"
	read_now
	# bash runs what stands in such a word
	is_number "$since" || since=$NOW
	printf ',"run":"%s","user":"%s","kind":"%s","ref":"%s","seconds":%s' \
		"$held" "$holder" "$held_kind" "$held_ref" "$((NOW - since))"
	read_line "$RUNS/$held/cancel"
	canceller=$LINE
	printf '%s' "${canceller:+,\"by\":\"${canceller%% *}\"}"
	read_step "$RUNS/$held"
	printf '%s' "${STEP:+,\"step\":\"${STEP#* * * * }\"}"
}
