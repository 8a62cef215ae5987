# Orders about runs: cancel, freeze (of all deploys) and unfreeze. Each leaves a mark; what acts on it is elsewhere.

# of each person, cancels that came before their run
KEPT_WITHDRAWN=200
UNFREEZE_TRIES=20

# cancel: the run's watch sees the mark and ends the step, or lets it finish (lib/supervise.sh). One's own run, or by policy.
cancel() {
	begin_answer
	[ -s "$RUNS/$REQ_RUN/by" ] || withdraw
	read -r owner _ <"$RUNS/$REQ_RUN/by"
	[ "$owner" = "$WHO" ] || may cancel '' || turn_away policy 77 ''
	read_line "$RUNS/$REQ_RUN/session"
	leader=$LINE
	# shellcheck disable=SC2086 # three words of our own
	[ -z "$leader" ] || session_lives $leader || settle_alone "$REQ_RUN"
	[ ! -s "$RUNS/$REQ_RUN/outcome" ] || turn_away not-running 66 ''
	# on a full disk it is wanted most
	rm -f "$RUNS/$REQ_RUN/room"
	mark_cancel "$WHO" "${REQ_NOW:-soon}" || turn_away storage 70 ''
	trail_asked "outcome=cancelling" "when=${REQ_NOW:-soon}"
	be_watched
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	in_step=''
	read_step "$RUNS/$REQ_RUN"
	if [ -n "$STEP" ]; then
		phase=${STEP#* * }
		in_step=",\"step\":\"${STEP#* * * * }\",\"phase\":\"${phase%% *}\""
	fi
	event cancelling ",\"run\":\"$REQ_RUN\"$in_step"
	event end ''
}

# mark_cancel WHO soon|now: the first stands, and of two at once as well. A later one can make it at once, and no other person the
# canceller.
mark_cancel() {
	mark=$RUNS/$REQ_RUN/cancel
	read_line "$mark"
	case "$LINE,$2" in
	# it changes nothing
	*' now',* | *' soon,soon') return 0 ;;
	esac
	# one of this number that was killed may have left its own, which is the mark itself by another name
	rm -f "$mark.new.$$"
	printf '%s %s\n' "$1" "$2" >"$mark.new.$$" || return 1
	# before the mark, on which the run may end at once
	note_event "$RUNS/$REQ_RUN" cancelled ",\"by\":\"$1\",\"when\":\"$2\"" || :
	if ! ln "$mark.new.$$" "$mark" 2>/dev/null; then
		read_line "$mark"
		marked=$LINE
		[ -n "$marked" ] || return 1
		[ "$2" = soon ] || { printf '%s now\n' "${marked%% *}" >"$mark.new.$$" && mv "$mark.new.$$" "$mark"; } || return 1
	fi
	rm -f "$mark.new.$$"
	ring "$RUNS/$REQ_RUN" watch
}

# withdraw: the cancel of a run that is not there yet: its request may be on its way, or have its place in line, and is turned away when it
# comes. This looks for the run again after the mark, and a start for the mark after the run: one of them sees the other.
withdraw() {
	read_id_time "$REQ_RUN"
	! is_used || turn_away used 76 ''
	took='' denied='' before=''
	! is_withdrawn || before=",\"by\":\"$CANCELLER\""
	# before the mark, at which a deploy leaves the line by itself
	each_in_line take_place
	# one's own, whoever else is in line: ids are not secret on the host, and somebody may have copied this one
	mark_withdrawn "$WHO" || turn_away storage 70 ''
	[ ! -s "$RUNS/$REQ_RUN/by" ] || return 0
	[ -z "$took" ] || tell_refusal unknown-run 66 ',"withdrawn":true'
	[ -z "$denied" ] || turn_away policy 77 ''
	turn_away unknown-run 66 "$before"
}

# take_place: takes its place in line from this run: one's own, or by policy.
take_place() {
	[ "$place_run" = "$REQ_RUN" ] && is_account "$place_who" || return 0
	[ "$place_who" = "$WHO" ] || may cancel '' || {
		denied=yes
		return
	}
	mark_withdrawn "$place_who" || turn_away storage 70 ''
	rm -f "$ticket"
	took=yes
	trail_asked outcome=withdrawn "of=$place_who"
}

# mark_withdrawn OWNER: this run of theirs is not to begin. The first mark stands: it is empty if it is the owner's, or says whose it is.
mark_withdrawn() {
	withdrawn=$STATE/withdrawn/of-$1
	mkdir -p "$withdrawn" || return 1
	[ ! -e "$withdrawn/$REQ_RUN" ] || return 0
	if [ "$1" = "$WHO" ]; then
		# on a full disk too
		printf '' >"$withdrawn/$REQ_RUN" || return 1
	else
		printf '%s\n' "$WHO" >"$withdrawn/new.$$" && mv "$withdrawn/new.$$" "$withdrawn/$REQ_RUN" || return 1
	fi
	# names of our own making
	# shellcheck disable=SC2012
	ls -t "$withdrawn" | tail -n "+$((KEPT_WITHDRAWN + 1))" | while read -r each; do
		rm -f "$withdrawn/$each"
	done
}

# be_watched: a run whose supervisor was killed gets another one, which sees the mark. One that just begins starts its own.
be_watched() {
	read_line "$RUNS/$REQ_RUN/watch"
	# shellcheck disable=SC2086 # three words of our own
	[ -n "$leader" ] && [ -n "$LINE" ] && ! head_lives $LINE || return 0
	(own_keyring setsid /bin/sh "$LIBEXEC/watch" "$REQ_APP" "$REQ_RUN" "${leader%% *}" >>"$RUNS/$REQ_RUN/log" 2>&1 &)
}

# freeze: no run begins until its author, or somebody with the verb unfreeze, ends that. It outlives everything else.
freeze() {
	may freeze '' || turn_away policy 77 ''
	enter_state "$REQ_APP"
	[ ! -s "$STATE/freeze" ] || turn_away frozen 75 "$(freeze_field)"
	# one of this number that was killed may have left its own, which is a freeze that holds by another name
	rm -f "$STATE/freeze.new.$$"
	read_now
	printf '%s %s %s\n' "$WHO" "$NOW" "$REQ_REASON" >"$STATE/freeze.new.$$" || turn_away storage 70 ''
	keep "$STATE/freeze.new.$$"
	# of two at once only one is told that it is the author
	made=''
	! ln "$STATE/freeze.new.$$" "$STATE/freeze" 2>/dev/null || made=yes
	rm -f "$STATE/freeze.new.$$"
	if [ -z "$made" ]; then
		[ -s "$STATE/freeze" ] || turn_away storage 70 ''
		turn_away frozen 75 "$(freeze_field)"
	fi
	keep "$STATE"
	trail_asked "reason=$REQ_REASON" outcome=frozen
	confirm
}

# unfreeze: one at a time takes a freeze away, so that it is the one that was judged. Who holds that up does not hold up others for long.
unfreeze() {
	begin_answer
	judge_freeze
	exec 8<"$RUNS"
	tries=0
	until flock -n 8 || [ "$tries" -ge "$UNFREEZE_TRIES" ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	judge_freeze
	# where there was none, somebody else's may come right now
	[ -z "$LINE" ] || rm -f "$STATE/freeze" || turn_away storage 70 ''
	exec 8<&-
	trail_asked outcome=unfrozen
	confirm
}

# judge_freeze: there is none, or this person may end it.
judge_freeze() {
	read_line "$STATE/freeze"
	[ -z "$LINE" ] || [ "${LINE%% *}" = "$WHO" ] || may unfreeze '' || turn_away policy 77 "$(freeze_field)"
}

confirm() {
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	event end ''
}

# freeze_field: who froze the app, why and since when.
freeze_field() {
	[ -s "$STATE/freeze" ] || return 0
	read -r author since reason <"$STATE/freeze"
	read_now
	# bash runs what stands in such a word
	is_number "$since" || since=$NOW
	printf ',"freeze":{"user":"%s","reason":"%s","seconds":%s}' "$author" "$reason" "$((NOW - since))"
}
