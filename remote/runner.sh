# The runner: sudo runs it as deploybot, for whoever may use the app, with the request as its only argument. It is
# the wall: it judges the request again, checks its caller, its files and its limits, and answers on stdout. A deploy it
# starts as a session of its own, which belongs to the host, and then only follows that run's log.
# Exit codes: the run's, or 70, 75, 76, 77, 78 (docs/protocol.md).

MIN_OPEN_FILES=256
LOCK_TRIES=5

main() {
	cd / || die 70 'cannot enter /'
	[ "$#" -eq 1 ] || refuse
	check_caller
	check_limits
	owned "$LIBEXEC" "$LIBEXEC/runner" "$LIBEXEC/run" "$LIBEXEC/watch" "$LIBEXEC/step" "$LIBEXEC/build" ||
		die 77 'refused: somebody else than root could have changed this runner'
	judge_request "$1" ''
	SESSION=$(dd bs=33 count=1 2>/dev/null)
	exec </dev/null
	[ -z "$SESSION" ] || is_session "$SESSION" || refuse
	# The client may go at any time; only a follower may die of it.
	trap '' HUP
	case "$REQ_VERB" in
	hello) answer_hello ;;
	deploy) deploy ;;
	attach) attach ;;
	history) answer_history ;;
	status) answer_status ;;
	esac
}

# check_caller: we are deploybot with deploybot's groups (not sudo -g, not sudo -P); WHO is the one sudo vouches for.
check_caller() {
	[ "$(id -un)" = "$ACCOUNT" ] || die 77 "refused: this runs as $ACCOUNT only"
	WHO=$ACCOUNT
	if [ -n "$SUDO" ]; then
		[ "$(id -G)" = "$(id -G "$ACCOUNT")" ] || die 77 'refused: called with other groups'
		WHO=${SUDO_USER-}
	fi
	{ made_of "$ALNUM._@-" "$WHO" && [ "${#WHO}" -le 64 ]; } || die 77 'refused: an account name of other characters'
	HOME=$STATES
	export HOME
}

# check_limits: sudo hands the caller's limits on; under one a deploy could go on and its record could not.
check_limits() {
	for limit in f t v d; do
		# shellcheck disable=SC3045 # dash, bash and busybox have these letters
		[ "$(ulimit "-$limit")" = unlimited ] || die 77 "refused: called with a limit (ulimit -$limit)"
	done
	# shellcheck disable=SC3045
	files=$(ulimit -n)
	[ "$files" = unlimited ] || [ "$files" -ge "$MIN_OPEN_FILES" ] || die 77 'refused: called with a limit (ulimit -n)'
}

# may VERB REF: the policy of the loaded recipe gives it to a group of WHO. In the sandbox there is one person.
may() {
	[ -n "$SUDO" ] || return 0
	recipe_policy " $(id -Gn "$WHO") " "$1" "$2"
}

hello() {
	event "$SESSION" hello ",\"protocol\":$PROTOCOL,\"version\":\"$VERSION\",\"user\":\"$WHO\"$1"
}

# turn_away REASON EXIT FIELDS: the answer to a request that is well-formed and can't be met.
turn_away() {
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	event "$SESSION" refused ",\"reason\":\"$1\",\"exit\":$2$3"
	exit "$2"
}

begin_answer() {
	may read '' || turn_away policy 77 ''
	enter_state "$REQ_APP"
}

answer_hello() {
	hello ''
	set +f
	for folder in "$APPS"/*/; do
		set -f
		folder=${folder%/}
		[ -f "$folder/recipe" ] || continue
		REQ_APP=${folder##*/}
		load_recipe "$REQ_APP"
		may read '' || continue
		event "$SESSION" app ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	done
	set -f
	event "$SESSION" end ''
}

deploy() {
	may deploy "$REQ_KIND/$REQ_REF" || turn_away policy 77 ''
	[ -z "$REQ_DIGEST" ] || [ "$REQ_DIGEST" = "$RECIPE_DIGEST" ] || turn_away drift 78 ''
	enter_state "$REQ_APP"
	[ ! -d "$RUNS/$REQ_RUN" ] || attach
	tries=0
	until take_lock; do
		# the same request may have been sent twice
		[ ! -s "$RUNS/$REQ_RUN/session" ] || attach
		tries=$((tries + 1))
		[ "$tries" -lt "$LOCK_TRIES" ] || turn_away locked 75 "$(holder_fields)"
		sleep 0.1
	done
	[ ! -d "$RUNS/$REQ_RUN" ] || { exec 9<&- && attach; }
	settle || turn_away busy 75 "$(holder_fields)"
	# settle drops the lock if it had a record to write
	take_lock || turn_away locked 75 "$(holder_fields)"
	record_start || turn_away storage 70 ''
	# Forked twice, so that nobody here is its parent and waits for it; the lock's descriptor goes with it.
	(setsid /bin/sh "$LIBEXEC/run" "$REQ_LINE" >>"$RUNS/$REQ_RUN/log" 2>&1 &)
	exec 9<&-
	attach
}

take_lock() {
	[ -r "$APPS/$REQ_APP/lock" ] || die 70 'the lock file of the app is missing: run the install script again'
	exec 9<"$APPS/$REQ_APP/lock"
	flock -n 9
}

# record_start: before anything is done, who asked for what stands in the history. The run's folder appears whole, since the
# same request may be on its way a second time.
record_start() {
	fresh=$STATE/starting
	rm -rf "$fresh"
	mkdir "$fresh" || return 1
	record=$(object run ",\"run\":\"$REQ_RUN\",\"user\":\"$WHO\",\"app\":\"$REQ_APP\",\"kind\":\"$REQ_KIND\",\"ref\":\"$REQ_REF\"${REQ_COMMIT:+,\"commit\":\"$REQ_COMMIT\"},\"flags\":[$(flags_json)],\"digest\":\"${REQ_DIGEST:-unasked}\"${REQ_CLAIMED:+,\"claimed\":\"$REQ_CLAIMED\"}")
	printf '%s\n' "$(new_token)" >"$fresh/token" &&
		printf '%s %s %s %s\n' "$WHO" "$REQ_KIND" "$REQ_REF" "$(date +%s)" >"$fresh/by" &&
		: >"$fresh/log" &&
		printf '%s\n' "$record" >"$fresh/start" &&
		printf '%s\n' "$record" >>"$STATE/history" &&
		mv "$fresh" "$RUNS/$REQ_RUN" &&
		printf '%s\n' "$REQ_RUN" >"$STATE/current"
}

# holder_fields: whom the lock belongs to and how far that run is.
holder_fields() {
	held=$(first_line "$STATE/current")
	[ -n "$held" ] && [ -s "$RUNS/$held/by" ] || return 0
	read -r holder held_kind held_ref since <"$RUNS/$held/by"
	printf ',"run":"%s","user":"%s","kind":"%s","ref":"%s","seconds":%s' \
		"$held" "$holder" "$held_kind" "$held_ref" "$(($(date +%s) - since))"
	[ -s "$RUNS/$held/step" ] || return 0
	read -r _ _ held_step <"$RUNS/$held/step"
	printf ',"step":"%s"' "$held_step"
}

# attach: the answer to attach, and the rest of deploy's.
attach() {
	[ "$REQ_VERB" = deploy ] || begin_answer
	[ -s "$RUNS/$REQ_RUN/token" ] || turn_away unknown-run 66 ''
	[ "$REQ_OFFSET" -le "$(wc -c <"$RUNS/$REQ_RUN/log")" ] || turn_away offset 76 ''
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\",\"token\":\"$(first_line "$RUNS/$REQ_RUN/token")\",\"offset\":$REQ_OFFSET"
	follow "$REQ_RUN" "$REQ_OFFSET"
}

# send_record LINE: a line of the history under the session's token; what is no object was cut off and is left out.
send_record() {
	case "$1" in
	'{'*'}') printf '\036%s %s\n' "$SESSION" "$1" ;;
	esac
}

answer_history() {
	begin_answer
	settle_alone
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	send_status
	# a start and an outcome each
	if [ -r "$STATE/history" ]; then
		tail -n "$((REQ_LIMIT * 2))" "$STATE/history" | while read -r line; do
			send_record "$line"
		done
	fi
	event "$SESSION" end ''
}

answer_status() {
	begin_answer
	settle_alone
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	send_status
	last=$(first_line "$STATE/current")
	if [ -n "$last" ]; then
		send_record "$(first_line "$RUNS/$last/start")"
		send_record "$(first_line "$RUNS/$last/outcome")"
	fi
	event "$SESSION" end ''
}

# send_status: the lock and what is live.
send_status() {
	live=''
	if [ -s "$STATE/live" ]; then
		read -r commit kind ref run how <"$STATE/live"
		live=",\"live\":{\"commit\":\"$commit\",\"kind\":\"$kind\",\"ref\":\"$ref\",\"run\":\"$run\",\"how\":\"$how\"}"
	fi
	lock=free
	holder=''
	if ! (take_lock); then
		lock=held
		holder=$(holder_fields)
	elif last=$(first_line "$STATE/current") && [ -n "$last" ] && [ ! -e "$RUNS/$last/ended" ]; then
		# not settled: processes of a run whose head was killed still live
		lock=busy
		holder=$(holder_fields)
	fi
	event "$SESSION" status ",\"lock\":\"$lock\"$holder$live"
}

main "$@"
