# What a host remembers of runs: which ids were used, which runs are kept, and how much of the history.
# All numbers are for each person, so that nobody's runs can push out what is another's (docs/protocol.md, section 4).

# A request is refused whose id is of another time than this: so the ids of forgotten runs need not be known for ever.
MAX_ID_SECONDS=86400
# Files of used ids, a day each, go once no id of that day is accepted any longer, with a day to spare.
KEPT_USED_DAYS=2
# Of each person: runs that published and ended with 0; that published and ended otherwise; that published nothing.
KEPT_GOOD=60
KEPT_STUCK=20
KEPT_EARLY=20
# Runs that are older go, but for the newest of each of these lists: a clock may have been wrong.
KEPT_SECONDS=31536000
KEPT_ANYWAY=10
# It is looked at with every so many runs that there are, since a look reads records of all.
PRUNE_EVERY=8
# Of each person, in the history; it is trimmed whenever it has grown by so many lines.
KEPT_HISTORY_RUNS=1000
TRIM_LINES=2000

# check_id: the id of this request is of these days, and no forgotten run had it.
check_id() {
	read_id_time "$REQ_RUN"
	read_now
	age=$((NOW - ID_SECONDS))
	[ "${age#-}" -le "$MAX_ID_SECONDS" ] || turn_away clock 78 ''
	! is_used && ! is_anothers || turn_away used 76 ''
}

# is_used: where that can't be read, it may be.
is_used() {
	used=$STATE/used/$((ID_SECONDS / 86400))
	[ -e "$used" ] || return 1
	grep -qxF -e "$REQ_RUN" "$used"
	[ "$?" -ne 1 ]
}

# is_anothers: somebody else waits with this id, in the line or for a word (ask.sh), and everybody on the host can see it: it is not to be
# used up before that one starts.
is_anothers() {
	set +f
	set -- "$STATE/line"/*,"$REQ_RUN",* "$STATE/asking"/*/"$REQ_RUN"
	set -f
	case " $* " in
	*",$REQ_RUN,$WHO "* | *"/asking/$WHO/$REQ_RUN "*) return 1 ;;
	esac
	for waiting; do
		[ -e "$waiting" ] || continue
		case "$waiting" in
		# of one that is gone only the file is there
		"$STATE/asking/"*) flock -n "$waiting" true || return 0 ;;
		*) return 0 ;;
		esac
	done
	return 1
}

# read_id_time RUN: sets ID_SECONDS, the time in an id, since 1970. Digits that are not a date give some time, always the same.
read_id_time() {
	day=${1%%T*}
	time=${1#*T}
	time=${time%%Z*}
	month=${day#????}
	month=${month%??}
	minute=${time#??}
	minute=${minute%??}
	# a 1 before the digits, since 08 would be read as octal
	year=$((1${day%????} - 10000)) month=$((1$month - 100))
	# a year of these begins in March, so that a leap day is its last
	[ "$month" -gt 2 ] || year=$((year - 1)) month=$((month + 12))
	days=$((365 * year + year / 4 - year / 100 + year / 400 + (153 * (month - 3) + 2) / 5 + 1${day#??????} - 101 - 719468))
	ID_SECONDS=$((days * 86400 + (1${time%????} - 100) * 3600 + (1$minute - 100) * 60 + 1${time#????} - 100))
}

# prune: with the lock, once a start is recorded and some runs are there: forgets what is too much. What is live stays, and so does what it or this request
# goes back to.
prune() {
	[ -r "$STATE/order" ] || return 0
	set +f
	set -- "$RUNS"/*
	set -f
	[ "$(($# % PRUNE_EVERY))" -eq 0 ] || return 0
	read_now
	surplus=$(list_surplus) || surplus=0
	lines=${surplus##* }
	surplus=${surplus%"$lines"}
	[ -z "$surplus" ] || forget_runs
	trim_history
}

# list_surplus: prints the runs that no list of their person keeps, oldest first, and lines of the order without a run, and how many
# lines the history has. The newest run is the one that just begins. It ends the shell that it is called in.
list_surplus() {
	exec awk -v runs="$RUNS" -v history="$STATE/history" -v cutoff="$((NOW - KEPT_SECONDS))" -v anyway="$KEPT_ANYWAY" \
		-v good="$KEPT_GOOD" -v stuck="$KEPT_STUCK" -v early="$KEPT_EARLY" '
		function look(run, file) {
			text = ""
			found = (getline text < (runs "/" run "/" file)) >= 0
			close(runs "/" run "/" file)
			return text
		}
		{ order[NR] = $1 }
		END {
			limit["good"] = good
			limit["stuck"] = stuck
			limit["early"] = early
			seen[order[NR]] = 1
			for (at = NR - 1; at > 0; at--) {
				run = order[at]
				if (run in seen) continue
				seen[run] = 1
				if (split(look(run, "by"), by, " ") < 4) {
					surplus = run " " surplus
					continue
				}
				list = look(run, "ended") == "0" ? "good" : "stuck"
				look(run, "published")
				if (!found) list = "early"
				count[by[1], list]++
				if (count[by[1], list] > limit[list] || (count[by[1], list] > anyway && by[4] < cutoff))
					surplus = run " " surplus
			}
			while ((getline text < history) > 0) lines++
			print surplus lines + 0
		}' "$STATE/order"
}

# forget_runs: what is left of one that a power cut left half removed goes the next time. On a full disk nothing is forgotten.
forget_runs() {
	{ read -r _ _ _ live _ <"$STATE/live"; } 2>/dev/null || live=''
	way_back=$(
		# shellcheck disable=SC2030 # of this shell alone
		REQ_TO=''
		find_target
		printf '%s' "$TARGET"
	) || return 0
	today=$((NOW / 86400))
	forget_days
	forgotten=' '
	for each in $surplus; do
		case "$each" in
		"$live" | "$way_back" | "$TARGET") continue ;;
		esac
		if is_run "$each" && [ -d "$RUNS/$each" ]; then
			note_used "$each" || return 0
			discard "${RUNS:?}/$each" >/dev/null || :
			(ask_mirror update-ref -d "refs/shipit/run/$each") || :
		fi
		forgotten="$forgotten$each "
	done
	while read -r each; do
		case "$forgotten" in
		*" $each "*) continue ;;
		esac
		printf '%s\n' "$each" || return 0
	done <"$STATE/order" >"$STATE/order.new" || return 0
	keep "$STATE/order.new"
	mv "$STATE/order.new" "$STATE/order"
}

# note_used RUN: its id is not taken again.
note_used() {
	read_id_time "$1"
	used_day=$((ID_SECONDS / 86400))
	[ "$used_day" -ge "$((today - KEPT_USED_DAYS))" ] || return 0
	mkdir -p "$STATE/used" && append_line "$STATE/used/$used_day" "$1" || return 1
	keep "$STATE/used/$used_day" "$STATE/used"
}

forget_days() {
	set +f
	for used in "$STATE/used"/*; do
		set -f
		[ "${used##*/}" = '*' ] || [ "${used##*/}" -ge "$((today - KEPT_USED_DAYS))" ] || rm -f "$used"
	done
	set -f
}

# trim_history: of each person the newest runs stay, with both their lines, in order.
trim_history() {
	read_line "$STATE/trim-at"
	next=$LINE
	[ "$lines" -ge "${next:-$TRIM_LINES}" ] || return 0
	awk -v most="$KEPT_HISTORY_RUNS" '
		# the first of that name: an outcome may also tell of the run that is live
		function field(name, at, rest) {
			at = index($0, "\"" name "\":\"")
			if (!at) return ""
			rest = substr($0, at + length(name) + 4)
			sub("\".*", "", rest)
			return rest
		}
		{ line[NR] = $0 }
		/}$/ { run[NR] = field("run") }
		/}$/ && index($0, "{\"event\":\"run\"") == 1 {
			starts++
			start[starts] = run[NR]
			owner[starts] = field("user")
		}
		END {
			for (at = starts; at > 0; at--) {
				count[owner[at]]++
				if (count[owner[at]] <= most) kept[start[at]] = 1
			}
			for (at = 1; at <= NR; at++) if (run[at] in kept) print line[at]
		}' "$STATE/history" >"$STATE/history.new" || return 0
	# the last one is the start of this run; where it is not there the disk was full
	[ "$(tail -n 1 "$STATE/history.new")" = "$(tail -n 1 "$STATE/history")" ] || return 0
	keep "$STATE/history.new"
	printf '%s\n' "$(($(wc -l <"$STATE/history.new") + TRIM_LINES))" >"$STATE/trim-at" && mv "$STATE/history.new" "$STATE/history"
}
