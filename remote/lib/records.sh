# What the host keeps of runs, in the app's state folder (of the app's account, 0700):
#   history         one line for each start and each outcome, in order (the events run and outcome)
#   order           the ids of the runs that are kept, in order
#   current         the id of the run that took the lock last, over the one before, since all ids have one length
#   freeze          who stopped all deploys: USER EPOCH_SECONDS REASON
#   live            what the newest publish put in place: COMMIT KIND REF RUN complete|partial
#   starting        a run's folder until it is complete
#   turns/WHO       locked by the one start of a person that tries for the lock
#   asking          WHO/ID: locked by a deploy that waits for its client's word (runner/ask.sh)
#   withdrawn       of-WHO/ID: cancels that came before that person's run: empty, or the name of another one who cancelled it
#   used            DAY: the ids of that day whose runs are forgotten; the days are counted from 1970
#   trim-at         how many lines the history has when it is trimmed next
#   switched        ROOT RELEASE: what the last switch has shown (lib/current.sh)
#   sharing         ROOT PATH new|missing: paths that no live release has a link to yet (step/shared.sh)
#   untimed         published folders whose files may lack the commit's time (step/rsync.sh)
#   plan            the scratch folder of a plan that looks (runner/look.sh)
#   mirror.git      the repository        tree/ID      the exported commit of the current run
#   runs/ID/start   the start record      runs/ID/by       WHO KIND REF EPOCH_SECONDS
#   runs/ID/asked   the asked commit      runs/ID/flags    the asked flags
#   runs/ID/older   it may go back to an older commit        runs/ID/superseded  what was live, and is newer
#   runs/ID/log     what its steps wrote  runs/ID/session  SID BOOT_ID START_TIME
#   runs/ID/events  what happened: SIZE_OF_LOG JSON; no step has a descriptor of it, and no build account reaches it
#   runs/ID/step.N  NUMBER CLOCK_MS PHASE KIND NAME, until it ends
#   runs/ID/commit  what it exported      runs/ID/published  made when it touched what is live
#   runs/ID/cancel  WHO soon|now          runs/ID/rollback   the run that it goes back to
#   runs/ID/outcome the outcome record    runs/ID/ended    the exit code; made last of all
#   runs/ID/reserve room for the outcome  runs/ID/room     for a cancel
#   runs/ID/watch   PID BOOT_ID START_TIME of its supervisor
#   runs/ID/nap.WHO PID of a process that sleeps, and has this file open (lib/nap.sh): of its supervisor (watch), of a follower until
#                   there is news (follow.PID), or until the run ends (end: of the last that came)
#   runs/ID/output  the pipe to the log     runs/ID/pump  PID BOOT_ID START_TIME of the process that empties it
#   runs/ID/pump-says  blanks, until that process could not write the log
#   runs/ID/builder the account that its build step runs under
#   runs/ID/left    of a rollback: what is bad once it has succeeded
#   runs/ID/bad     it was rolled back from, by hand or by itself
#   runs/ID/released  the folders of releases in which it made its own
#   runs/ID/making  the release that is being made, and is not whole yet
#   runs/ID/back    the run that it went back to by itself, or tried to

# enter_state APP: the folders, made where they are missing.
enter_state() {
	STATE=$STATES/$1
	RUNS=$STATE/runs
	[ -d "$RUNS" ] || mkdir -p "$RUNS" || die 70 'cannot make the folder of runs (is the disk full?)'
}

# read_line FILE: sets LINE, the first line of a file; empty if there is none.
read_line() {
	LINE=''
	[ ! -r "$1" ] || read -r LINE <"$1" || :
}

# read_step RUN_DIR: sets STEP, the line of the step that the run began last; empty if there is none.
read_step() {
	set +f
	set -- "$1"/step.*
	set -f
	last=''
	for each_step; do
		before=$last
		last=$each_step
	done
	read_line "$last"
	# it may be about to be written, or there was no room
	[ -n "$LINE" ] || read_line "$before"
	STEP=$LINE
}

# what append_line need not look at: files that end with a whole line as long as this process has the lock, each between blanks
WHOLE=' '

# append_line FILE LINE: after a line that a full disk cut off, on one of its own.
append_line() {
	case "$WHOLE" in
	*" $1 "*) ;;
	*) [ ! -s "$1" ] || [ -z "$(tail -c 1 "$1")" ] || printf '\n' >>"$1" || return ;;
	esac
	printf '%s\n' "$2" >>"$1" && return
	WHOLE=' '
	return 1
}

# keep FILE...: what was written outlives a power cut from here on. A sync that knows no files syncs all; without any the
# host does it in its own time.
keep() {
	{ sync "$@"; } 2>/dev/null || :
}

# clear_mirror: removes what a git that was ended, or had no room, left in the mirror: it may be all the room there was, and the next git
# would wait or stop for it. An empty ref, of a power cut, too: git would read no other. Prints the packs that there are.
clear_mirror() {
	mirror=$STATE/mirror.git
	[ ! -d "$mirror" ] || (cd "$mirror" && exec find . -path './objects/??' -prune -o -type f '(' -name '*.lock' -o -name gc.pid -o -name 'tmp_*' \
		-o -name '.tmp-*' -o -name '*.keep' -o -path './refs/*' -size 0 ')' -exec rm -f '{}' + -o -name '*.pack' -print)
}

# end_run RUN OUTCOME EXIT FIELDS: writes the one outcome of a run, everywhere, in an order in which a
# later call finishes what an earlier one began. The lock (descriptor 9) is dropped before the event, so that who
# sees the event can deploy at once. What is told is kept by then. Fails, with nothing told, where there is no room for it.
end_run() {
	end_dir=$RUNS/$1
	# what steps left; a build may have made it as large as the disk
	set +f
	rm -f "$end_dir"/step.* "$end_dir/tree.tar" "$end_dir/made.tar" "$end_dir/rsync-words" "$end_dir/rsync-changes" "$end_dir/reserve" "$end_dir/room" "$end_dir/output" "$end_dir/pump" "$end_dir/pump-says" "$end_dir/nap.watch" \
		"$end_dir/at" "$end_dir/before" "$end_dir/mark" "$end_dir/names" "$end_dir/live-names" "$end_dir/compared" "$end_dir/plain-find"
	set -f
	[ "$2" = succeeded ] || clear_mirror >/dev/null
	# a record that was written whole stays, whatever comes later; a disk that was full, or power that went, may have cut it. Room for all
	# of it is taken before anything is told
	{ read -r told <"$end_dir/outcome"; } 2>/dev/null || told=''
	exported=''
	in_history=''
	[ -z "$told" ] || [ "$(tail -n 1 "$STATE/history")" != "$told" ] || in_history=yes
	code=${told#*\"exit\":}
	code=${code%%[!0-9]*}
	code=${code:-$3}
	printf '%s\n' "$code" >"$end_dir/ended.new" || return 1
	if [ -z "$told" ]; then
		# a disk that was full may have cut it
		read_line "$end_dir/commit"
		exported=$LINE
		is_commit "$exported" || exported=''
		object outcome ",\"run\":\"$1\",\"outcome\":\"$2\",\"exit\":$3$4${exported:+,\"commit\":\"$exported\"}"
		printf '%s\n' "$OBJECT" >"$end_dir/outcome" || return 1
		told=$OBJECT
	fi
	[ -n "$in_history" ] || append_line "$STATE/history" "$told" || return 1
	set -- "$1" "$end_dir/outcome" "$end_dir/ended.new" "$end_dir/log" "$end_dir/events" "$end_dir" "$STATE/history"
	[ ! -e "$STATE/live" ] || set -- "$@" "$STATE/live" "$STATE"
	shift
	keep "$@"
	append_event "$end_dir" "$told" || return 1
	WHOLE=' '
	exec 9<&-
	mv "$end_dir/ended.new" "$end_dir/ended" || return 1
	ring "$end_dir" follow
	ring "$end_dir" end
	# Followers whose client has gone left these files, and from here on there are no new ones. After a short run there are none to remove.
	set +f
	set -- "$end_dir"/nap.follow.*
	set -f
	[ ! -e "$1" ] || rm -f "$@" "$end_dir/nap.end" 2>/dev/null || :
	trail_outcome "${end_dir##*/}"
}

# trail_outcome RUN: of the record that stands.
trail_outcome() {
	{ read -r ended_who ended_kind ended_ref _ <"$end_dir/by"; } 2>/dev/null || return 0
	ended_how=${told#*\"outcome\":\"}
	trail "app=$REQ_APP" "run=$1" "by=$ended_who" "$ended_kind=$ended_ref" ${exported:+"commit=$exported"} "outcome=${ended_how%%\"*}" "exit=$code"
}

# find_newest: sets NEWEST, the last run whose folder was made; power may have gone before it was the current one. Where that has ended,
# its lines in the order and in the history are whole.
find_newest() {
	WHOLE=' '
	NEWEST=$(exec tail -n 1 "$STATE/order" 2>/dev/null)
	if is_run "$NEWEST" && [ -d "$RUNS/$NEWEST" ]; then
		[ ! -s "$RUNS/$NEWEST/ended" ] || WHOLE=" $STATE/order $STATE/history "
		return
	fi
	read_line "$STATE/current"
	NEWEST=$LINE
}

# settle RUN: to be called with the lock. If that run died without an outcome, writes one: interrupted. Fails while processes of that run
# live (unsettled is then alive), or where its outcome can't be written (full). It drops the lock if it wrote one.
settle() {
	settled=$1
	unsettled=full
	[ -n "$settled" ] && [ -d "$RUNS/$settled" ] || return 0
	[ ! -s "$RUNS/$settled/ended" ] || return 0
	read_line "$RUNS/$settled/session"
	settled_session=$LINE
	# shellcheck disable=SC2086 # three words of our own
	if session_lives $settled_session; then
		[ -s "$RUNS/$settled/outcome" ] || {
			unsettled=alive
			return 1
		}
		# it is about to end, having dropped the lock already; if its head was killed in that moment, it is ended here
		! head_lives $settled_session || return 0
	fi
	# what its steps left running writes to a log that is at its end
	read_line "$RUNS/$settled/pump"
	settled_pump=$LINE
	# shellcheck disable=SC2086 # three words of our own
	! head_lives $settled_pump || kill "${settled_pump%% *}" 2>/dev/null || :
	read_step "$RUNS/$settled"
	stopped=${STEP#* * * * }
	# it was on its way back by itself, or had come there
	read_line "$RUNS/$settled/back"
	way=$LINE
	if [ -n "$way" ] && has_come_back; then
		way=",\"back\":\"$way\""
	else
		way=${way:+",\"tried\":\"$way\""}
	fi
	# a start that was killed between the run's folder and its line of the history
	read_line "$RUNS/$settled/start"
	grep -qsF -e "\"run\":\"$settled\"" "$STATE/history" || append_line "$STATE/history" "$LINE" || return 1
	end_run "$settled" interrupted 76 "${stopped:+,\"step\":\"$stopped\"}$way"
}

# has_come_back: the settled run to way. It may have died after what is live was written down, and before the rest.
has_come_back() {
	[ ! -s "$RUNS/$settled/rollback" ] || return 0
	{ read -r _ _ _ live how <"$STATE/live"; } 2>/dev/null && [ "$live $how" = "$way complete" ] || return 1
	find_shown "$way"
	printf '%s\n' "$SHOWN" >"$RUNS/$settled/rollback"
}

# how long what a build left is removed; the next build continues with it
STOP_SECONDS=60

# stop_builder APP: by one exact line of sudoers; nothing that the run's build account ran or made is left after it.
stop_builder() {
	[ -n "$SUDO" ] && [ -s "$RUN_DIR/builder" ] || return 0
	read_line "$RUN_DIR/builder"
	timeout -k 5 "$STOP_SECONDS" "$SUDO" -n -u "$LINE" -- "$LIBEXEC/build" "$1" stop </dev/null >/dev/null 2>&1 8<&- 9<&- || :
}
