# Starting a run: deploy and rollback. The lock is taken, the start is recorded, and only then the run begins.
LOCK_TRIES=5
# of a run that is just beginning nobody can say yet whose it is
MAX_LOCK_TRIES=50
# so long a client may take to read, without the lock; with it only shortly, and so many times
READ_SECONDS=5
MAX_LOOKS=20

deploy() {
	# one that was sent before finds its run, whatever root has changed since
	[ -n "$REQ_ASK" ] || { enter_state "$REQ_APP" && attach_known; }
	may deploy "$REQ_KIND/$REQ_REF" || turn_away policy 77 ''
	[ -z "$REQ_ASK" ] || ask_first
	TARGET=''
	begin_run
	start_run
}

# rollback: a run of today's recipe at the commit and with the flags of an earlier good run. Its ref is judged as a deploy's.
rollback() {
	begin_answer
	attach_known
	find_newest
	settle_alone "$NEWEST"
	check_from
	find_target
	chosen=$TARGET,$LEFT,$LEAVES
	may_leave || turn_away policy-live 77 ''
	[ -n "$TARGET" ] || turn_away no-target 66 ''
	read -r _ REQ_KIND REQ_REF _ <"$RUNS/$TARGET/by"
	read_line "$RUNS/$TARGET/commit"
	REQ_COMMIT=$LINE
	[ -n "$REQ_COMMIT" ] || turn_away no-target 66 ''
	may rollback "$REQ_KIND/$REQ_REF" || turn_away policy 77 ''
	read_line "$RUNS/$TARGET/flags"
	keep_known_flags "$LINE"
	begin_run
	start_run
}

# may_leave: the policy lets this person roll back what is live, by what the last publish was of and by whose commit it shows: a
# good run of others is not to be called bad by somebody who could not have deployed it.
may_leave() {
	if [ -s "$STATE/live" ]; then
		read -r _ live_kind live_ref _ <"$STATE/live"
		may rollback "$live_kind/$live_ref" || return 1
	fi
	[ -z "$LEFT" ] || may_mark "$LEFT_SHOWS"
}

# may_mark RUN: the policy lets this person roll that run back, or it is forgotten.
may_mark() {
	{ read -r _ marked_kind marked_ref _ <"$RUNS/$1/by"; } 2>/dev/null || return 0
	may rollback "$marked_kind/$marked_ref"
}

# leaves_of_mine: prints the runs of LEAVES that this person may roll back. There are others where a rollback of others has failed.
leaves_of_mine() {
	mine=''
	for each in $LEAVES; do
		! may_mark "$each" || mine="$mine$each "
	done
	printf '%s' "$mine"
}

# check_from: what the client has shown its person as live is that still.
check_from() {
	[ -n "$REQ_FROM" ] || return 0
	{ read -r _ _ _ live _ <"$STATE/live"; } 2>/dev/null || live=''
	[ "$REQ_FROM" = "$live" ] || turn_away changed 75 ''
}

# begin_run: everything that stands between a request and its run; a request that was sent before finds its run.
begin_run() {
	turn=''
	[ -z "$REQ_DIGEST" ] || [ "$REQ_DIGEST" = "$RECIPE_DIGEST" ] || turn_away drift 78 ''
	enter_state "$REQ_APP"
	attach_known
	check_id
	! is_withdrawn || turn_away_withdrawn
	[ ! -s "$STATE/freeze" ] || turn_away frozen 75 "$(freeze_field)"
	# nothing is started for a client that has gone, or does not read: then nobody takes this, which stands before the hello and is
	# passed over. Who does not read is not to have the lock for so long, so that after a wait it is asked once more, and shortly, with the
	# lock.
	printf '\n' 2>/dev/null || exit 0
	waited=''
	get_lock
	looks=1
	until [ -z "$waited" ] || is_there 0.2; do
		# a machine with a lot to do may be too slow for that, and not the client. Nor has another request of this person to wait for that.
		exec 8<&- 9<&-
		turn=''
		looks=$((looks + 1))
		# a link that has just broken may come again: the place stays as long as after any other ask, and no longer
		[ "$looks" -le "$MAX_LOOKS" ] && is_there "$READ_SECONDS" || exit 0
		get_lock
	done
	# while this waited for the lock, or for the client
	[ ! -d "$RUNS/$REQ_RUN" ] || attach_instead
	check_id
	[ ! -s "$STATE/freeze" ] || turn_away frozen 75 "$(freeze_field)"
	if [ "$REQ_VERB" = rollback ]; then
		check_from
		find_target
		[ "$chosen" = "$TARGET,$LEFT,$LEAVES" ] || turn_away changed 75 ''
	fi
	ask_again
	! is_withdrawn || turn_away_withdrawn
	record_start || turn_away storage 70 ''
	leave_line
	trail_asked outcome=started "digest=${REQ_DIGEST:-unasked}" ${REQ_CLAIMED:+"claimed=$REQ_CLAIMED"}
	# what came between the two: a cancel, or a freeze: its author was told that nothing starts from then on
	against=''
	[ ! -s "$STATE/freeze" ] || read -r against _ <"$STATE/freeze"
	! is_withdrawn || against=$CANCELLER
	if [ -n "$against" ]; then
		rm -f "$RUNS/$REQ_RUN/room"
		mark_cancel "$against" soon || :
	fi
	# after the record: who sends the same request again is to find its run, and not the lock alone
	prune
	exec 8<&-
}

# get_lock: or the answer why not. What earlier runs left is settled then. Sets waited if that took its time.
get_lock() {
	find_place
	[ -z "$TICKET" ] || waited=yes
	# what is live is broken: a rollback has no time to stand in line
	[ "$AHEAD" -eq 0 ] || [ "$REQ_VERB" = rollback ] || stand_in_line
	tries=0
	until take_turn && take_lock; do
		[ ! -d "$RUNS/$REQ_RUN" ] || attach_instead
		tries=$((tries + 1))
		if [ "$tries" -ge "$LOCK_TRIES" ]; then
			holder=$(holder_fields)
			[ -z "$holder" ] && [ "$tries" -lt "$MAX_LOCK_TRIES" ] || stand_in_line
		fi
		waited=yes
		sleep 0.1
	done
	# what can't be written is told by the answer; who does not read this is not to have the lock for as long as he likes
	exec 2>/dev/null
	find_newest
	settle "$NEWEST" || turn_away_unsettled
	# settle drops the lock if it had a record to write; taken again where it is held, it would be free for a moment
	{ true <&9; } 2>/dev/null && return
	waited=yes
	take_lock || turn_away locked 75 "$(holder_fields)"
}

# turn_away_unsettled: after settle.
turn_away_unsettled() {
	[ "$unsettled" = alive ] || turn_away storage 70 ''
	turn_away busy 75 "$(holder_fields)"
}

# is_there SECONDS: the client takes what it is sent.
is_there() {
	# busybox's timeout leaves a process that watches, for a second: it must not keep the lock
	timeout -k 1 "$1" printf '\n' 8<&- 9<&-
}

attach_instead() {
	exec 8<&- 9<&-
	attach_known
}

# attach_known: a request that was sent before finds its run. A run of that id that somebody else began, or another request, is
# not shown as this one: ids are not secret on the host.
attach_known() {
	[ -d "$RUNS/$REQ_RUN" ] || return 0
	{ read -r known_who known_kind known_ref _ <"$RUNS/$REQ_RUN/by"; } 2>/dev/null || known_who=''
	[ "$known_who" = "$WHO" ] && is_same_request || turn_away used 76 ''
	attach
}

# shellcheck disable=SC2031 # another shell changes its own REQ_TO (retention.sh)
is_same_request() {
	# the record: of a run that goes back by itself the file rollback changes (run/go-back.sh)
	read_line "$RUNS/$REQ_RUN/start"
	case "$REQ_VERB,$LINE" in
	"rollback,"*"\"to\":\"$REQ_TO"*) return 0 ;;
	rollback,* | *'"to":"'*) return 1 ;;
	esac
	asked_flags=${REQ_FLAGS# }
	[ "$known_kind/$known_ref" = "$REQ_KIND/$REQ_REF" ] &&
		read_line "$RUNS/$REQ_RUN/asked" && [ "$LINE" = "$REQ_COMMIT" ] &&
		read_line "$RUNS/$REQ_RUN/flags" && [ "$LINE" = "${asked_flags% }" ] &&
		read_line "$RUNS/$REQ_RUN/older" && [ "$LINE" = "$REQ_BACK" ]
}

# ask_again: what the policy says now, with the lock. A request may have waited, for its client or for the lock, while root installed
# another policy or took somebody out of a group.
ask_again() {
	load_recipe "$REQ_APP"
	[ -z "$SUDO" ] || [ "$ACCOUNT" = "$ME" ] || turn_away policy 77 ''
	is_fresh || judge_groups
	[ -z "$REQ_DIGEST" ] || [ "$REQ_DIGEST" = "$RECIPE_DIGEST" ] || turn_away drift 78 ''
	may "$REQ_VERB" "$REQ_KIND/$REQ_REF" || turn_away policy 77 ''
	[ "$REQ_VERB" != rollback ] || may_leave || turn_away policy-live 77 ''
}

# is_withdrawn: this request was cancelled before its run began (orders.sh). Sets CANCELLER, who did that.
is_withdrawn() {
	[ -e "$STATE/withdrawn/of-$WHO/$REQ_RUN" ] || return 1
	read_line "$STATE/withdrawn/of-$WHO/$REQ_RUN"
	CANCELLER=${LINE:-$WHO}
}

# turn_away_withdrawn: the place, too, if this asked for one while the cancel took it away.
turn_away_withdrawn() {
	find_place
	leave_line
	turn_away cancelled 130 ",\"by\":\"$CANCELLER\""
}

start_run() {
	# Forked twice, so that nobody here is its parent and waits for it; the lock's descriptor goes with it.
	(own_keyring env -i PATH="$PATH" LC_ALL=C HOME="$HOME" setsid /bin/sh "$LIBEXEC/run" "$REQ_APP" "$REQ_RUN" "$CLOCK_BASE" >>"$RUNS/$REQ_RUN/log" 2>&1 &)
	exec 9<&-
	attach
}

# take_lock [OPTION]: descriptor 9 is the lock; with -s it only keeps others from taking it.
take_lock() {
	[ -r "$APPS/$REQ_APP/lock" ] || die 70 'the lock file of the app is missing: run the install script again'
	exec 9<"$APPS/$REQ_APP/lock"
	flock -n "${1:--x}" 9
}
