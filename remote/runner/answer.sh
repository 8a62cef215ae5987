# The runner's answers to questions: they change nothing but the record of a run that died.

hello() {
	event hello ",\"protocol\":$PROTOCOL,\"version\":\"$VERSION\",\"user\":\"$WHO\"$1"
}

# turn_away REASON EXIT FIELDS: the answer to a request that is well-formed and can't be met.
turn_away() {
	# a client that does not read the answer must not keep a lock
	exec 8<&- 9<&-
	case "$REQ_VERB" in
	deploy | rollback | cancel | proceed | freeze | unfreeze) trail_asked outcome=refused "reason=$1" ;;
	esac
	tell_refusal "$@"
}

# tell_refusal REASON EXIT FIELDS: and exits.
tell_refusal() {
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	event refused ",\"reason\":\"$1\",\"exit\":$2$3"
	exit "$2"
}

begin_answer() {
	may read '' || turn_away policy 77 ''
	enter_state "$REQ_APP"
}

answer_hello() {
	hello ''
	each_app tell_app
	event end ''
}

tell_app() {
	! may read '' || event app ",\"app\":\"$EACH_APP\",\"digest\":\"$RECIPE_DIGEST\""
}

# attach: the answer to attach, and the rest of deploy's and rollback's.
attach() {
	begin_log
	follow on
}

# begin_log: the hello after which a log follows.
begin_log() {
	begin_answer
	[ -s "$RUNS/$REQ_RUN/events" ] || turn_away unknown-run 66 ''
	open_log "$REQ_RUN" || turn_away offset 76 ''
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\",\"offset\":$REQ_OFFSET,\"events\":$REQ_EVENTS"
}

# answer_log: what there is of a log, without waiting for more.
answer_log() {
	begin_log
	follow once
}

# send_record LINE: a line of the history; what is not an object was cut off and is left out.
send_record() {
	case "$1" in
	'{'*'}') send "$1" ;;
	esac
}

answer_history() {
	begin_answer
	find_newest
	settle_alone "$NEWEST"
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	REQ_TO=''
	find_target
	send_status "${TARGET:+,\"target\":\"$TARGET\"}"
	each_in_line tell_waiter
	send_ways_back
	# a start and an outcome each
	if [ -r "$STATE/history" ]; then
		tail -n "$((REQ_LIMIT * 2))" "$STATE/history" | while read -r line; do
			send_record "$line"
		done
	fi
	event end ''
}

answer_status() {
	begin_answer
	find_newest
	settle_alone "$NEWEST"
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	send_status ''
	each_in_line tell_waiter
	read_line "$STATE/current"
	last=$LINE
	if [ -n "$last" ] && [ -d "$RUNS/$last" ]; then
		for record in start outcome; do
			# a line without its end was cut off
			{ read -r LINE <"$RUNS/$last/$record"; } 2>/dev/null || LINE=''
			send_record "$LINE"
		done
	fi
	[ -z "$REQ_CHECK" ] || check_again
	event end ''
}

# answer_recipe: the text that root installed, and the list of what root gave.
answer_recipe() {
	may read '' || turn_away policy 77 ''
	size_of "$APPS/$REQ_APP/recipe"
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\",\"recipe\":$SIZE"
	exec 3>&1 4<"$APPS/$REQ_APP/recipe"
	send_bytes "$SIZE"
	if [ -r "$APPS/$REQ_APP/rights" ]; then
		size_of "$APPS/$REQ_APP/rights"
		exec 4<"$APPS/$REQ_APP/rights"
		send_bytes "$SIZE"
	fi
	event end ''
}

# send_status FIELDS: the lock and what is live, and more.
send_status() {
	find_live
	lock=free
	holder=''
	if ! take_lock -s; then
		lock=held
		holder=$(holder_fields)
	elif read_line "$STATE/current" && [ -n "$LINE" ] && [ -d "$RUNS/$LINE" ] && [ ! -s "$RUNS/$LINE/ended" ]; then
		# not settled: processes of a run whose head was killed still live, or there is no room for its outcome
		holder=$(holder_fields)
		[ -z "$holder" ] || lock=busy
	fi
	exec 9<&-
	freeze=''
	[ ! -s "$STATE/freeze" ] || freeze=$(freeze_field)
	current=''
	each_current keep_first
	event status ",\"lock\":\"$lock\"$holder$freeze$LIVE$current$1"
}

# keep_first: the first link of releases that is not as a run left it.
keep_first() {
	current=${current:-",\"current\":{\"path\":\"$1/current\",\"state\":\"$2\"}"}
}
