# The line: a deploy with --wait that finds the lock taken gets it first come, first served. Its place is a ticket, line/NUMBER,RUN,WHO, with
# when it came, when it asked last, and for which ref. Nothing on the host waits: a client asks again, and one that does not has soon lost
# its place, whatever became of it.
LINE_SECONDS=10
# of one person
MOST_PLACES=5
# all numbers have as many digits
FIRST_NUMBER=100000

# each_in_line FUNCTION: calls it for each place, in order, with the words of the ticket and of its name. Removes those that are lost. Who
# lets the first place go by while nobody has the lock loses the others too: one person's places, one after the other, would keep it from all.
each_in_line() {
	at_place=$1
	set +f
	set -- "$STATE/line"/[123456789]*
	set -f
	[ -e "$1" ] || return 0
	read_now
	lost=' '
	is_first=yes
	for ticket; do
		{ read -r came asked place_kind place_ref <"$ticket"; } 2>/dev/null || continue
		place_who=${ticket##*/}
		place_number=${place_who%%,*}
		place_who=${place_who#*,}
		place_run=${place_who%%,*}
		place_who=${place_who#*,}
		# a clock that was set back has a place of tomorrow; one that was asked for since NOW was read has not
		if ! is_number "$place_number" || ! is_number "$came" || ! is_number "$asked" || [ "$asked" -gt "$((NOW + LINE_SECONDS))" ] || [ "$((NOW - asked))" -gt "$LINE_SECONDS" ]; then
			rm -f "$ticket"
			[ -z "$is_first" ] || [ -n "$(holder_fields)" ] || lost="$lost$place_who "
			continue
		fi
		number=$place_number
		case "$lost" in
		*" $place_who "*)
			rm -f "$ticket"
			continue
			;;
		esac
		is_first=''
		"$at_place"
	done
}

# find_place: sets TICKET, this request's if it has a place, AHEAD, how many came before it, and BEHIND, who is the last of them.
find_place() {
	TICKET='' AHEAD=0 BEHIND=''
	number=$FIRST_NUMBER
	places=0
	each_in_line count_place
}

count_place() {
	[ "$place_who" != "$WHO" ] || places=$((places + 1))
	if [ "$place_run,$place_who" = "$REQ_RUN,$WHO" ]; then
		TICKET=$ticket
		came_at=$came
	elif [ -z "$TICKET" ]; then
		AHEAD=$((AHEAD + 1))
		BEHIND=$place_who
	fi
}

# stand_in_line: the lock is taken, or others came before. Who waits keeps his place, or gets the last; a full disk has none. What was found
# before may be lost since. Who is the first while nobody has the lock does not keep his place by asking: he is to take it, or to lose it.
stand_in_line() {
	fields=$(holder_fields)
	find_place
	# who does not wait any longer
	[ -n "$REQ_WAIT" ] || [ -z "$TICKET" ] || { rm -f "$TICKET" && TICKET=''; }
	if [ -n "$TICKET" ] && [ "$AHEAD" -eq 0 ] && [ -z "$fields" ]; then
		fields="$fields,\"ahead\":0"
	elif [ -n "$REQ_WAIT" ]; then
		keep_place && fields="$fields,\"ahead\":$AHEAD${BEHIND:+,\"behind\":\"$BEHIND\"}"
	elif [ "$AHEAD" -gt 0 ]; then
		fields="$fields,\"ahead\":$AHEAD,\"behind\":\"$BEHIND\""
	fi
	turn_away locked 75 "$fields"
}

keep_place() {
	read_now
	if [ -n "$TICKET" ]; then
		write_ticket
		return
	fi
	[ "$places" -lt "$MOST_PLACES" ] && mkdir -p "$STATE/line" || return 1
	TICKET=$STATE/line/$((number + 1)),$REQ_RUN,$WHO
	came_at=$NOW
	write_ticket || return 1
	# others of this person may have come at the same moment, and each has seen fewer
	find_place
	[ "$places" -le "$MOST_PLACES" ] || ! rm -f "$TICKET"
}

write_ticket() {
	printf '%s %s %s %s\n' "$came_at" "$NOW" "$REQ_KIND" "$REQ_REF" >"$STATE/line/new,$WHO,$$" && mv "$STATE/line/new,$WHO,$$" "$TICKET"
}

# leave_line: the run begins, or never will. What killed requests of this person left goes as well; one that lives may be about to write its
# own, and those of others are others'.
leave_line() {
	set +f
	set -- ${TICKET:+"$TICKET"} "$STATE/line/new,$WHO,"*
	set -f
	for each; do
		shift
		case "$each" in
		"$STATE/line/new,"*) [ -e "$each" ] && ! kill -0 "${each##*,}" 2>/dev/null || continue ;;
		esac
		set -- "$@" "$each"
	done
	[ "$#" -eq 0 ] || rm -f "$@"
}

# tell_waiter: for status.
tell_waiter() {
	event waiter ",\"run\":\"$place_run\",\"user\":\"$place_who\",\"kind\":\"$place_kind\",\"ref\":\"$place_ref\",\"seconds\":$((NOW - came))"
}

# take_turn: of one person's starts one at a time tries for the lock (descriptor 8), so that many of them do not keep it from others.
take_turn() {
	[ -z "$turn" ] || return 0
	{ { [ -d "$STATE/turns" ] || mkdir -p "$STATE/turns"; } && true >>"$STATE/turns/$WHO"; } 2>/dev/null
	# a full disk has no room for it
	[ -w "$STATE/turns/$WHO" ] || return 0
	exec 8>>"$STATE/turns/$WHO"
	flock -n 8 || return 1
	turn=yes
}
