# What is live against what was to be published: by names and types, whatever rsync said. Contents are rsync's to compare.

# of what differs, the names that are told
MOST_TOLD=10

# same_names FOLDER: all in this folder is in FOLDER and the other way round, and of the same type. If not, list_both has listed them.
same_names() {
	if [ ! -e "$RUN_DIR/plain-find" ]; then
		# Each name comes twice if so, and only the mark is left, which is sorted last and says that all programs have done their work.
		# Where one does not know an option, it is no.
		printf '~\0' >"$RUN_DIR/mark" || exit 1
		{
			{ find . "$1/." -printf '%y %P\0' && printf '~\0'; } | sort -z | uniq -zu | cmp -s - "$RUN_DIR/mark"
		} 2>/dev/null && return
	fi
	list_both "$1"
	[ -e "$RUN_DIR/plain-find" ] && cmp -s "$RUN_DIR/names" "$RUN_DIR/live-names"
}

# forget_names: before a folder is published. Another step of this run, or a try that was ended, may have left those of another one.
forget_names() {
	names_listed=''
	true >"$RUN_DIR/names" && true >"$RUN_DIR/live-names" || exit 1
}

# list_both FOLDER: this folder's names to $RUN_DIR/names, once in a step, since no publish changes them, and those of FOLDER to
# live-names. It ends the step if a list is not whole: nothing found would be taken for no difference.
list_both() {
	names_in "$1" >"$RUN_DIR/live-names" 2>/dev/null &
	[ -n "$names_listed" ] || names_in . >"$RUN_DIR/names" || exit 1
	names_listed=yes
	wait "$!" || exit 1
	for each in names live-names; do
		read_line "$RUN_DIR/$each"
		[ "$LINE" = = ] || die 1 'cannot list all names of what is published and of what is live'
	done
}

# compare_names -12|-13|-23: the lists of list_both, to $RUN_DIR/compared, as comm(1) has it. It ends the step if comm fails.
compare_names() {
	comm "$1" "$RUN_DIR/names" "$RUN_DIR/live-names" >"$RUN_DIR/compared" || cannot_run comm "$?"
}

# compare_published FOLDER delete|keep EXCLUDES [RSYNC_OPTION]...: ends the step if something of this folder is not in FOLDER. With delete
# it names what else is there: the app itself may have written it since. What an exclude keeps out is named, too. EXCLUDES is how
# many of the options are such.
compare_published() {
	# of a step that found them the same, and whose rsync then changed nothing
	[ -z "$equal" ] || [ -n "$changed" ] || return 0
	live=$1
	deletes=$2
	excludes=$3
	shift 3
	if [ "$deletes" = delete ] && [ "$excludes" -eq 0 ]; then
		! same_names "$live" || return 0
		compare_names -13
		tell 'live, but not in the commit' <"$RUN_DIR/compared"
		compare_names -23
		refuse_missing
		return
	fi
	missing_in "$live" >"$RUN_DIR/compared" || die 1 "cannot compare $live with what was to be published"
	if [ -s "$RUN_DIR/compared" ]; then
		count=$(wc -l <"$RUN_DIR/compared")
		all=$(find . -print0 | tr -cd '\000' | wc -c)
		# into a folder that is not there, so that it names all that it would ever send
		rsync -rln --out-format=%n "$@" -- ./ "$RUN_DIR/nothing/" >"$RUN_DIR/rsync-changes" || exit
		sent=$(grep -c '/\{0,1\}$' "$RUN_DIR/rsync-changes") || sent=0
		if [ "$excludes" -eq 0 ] || [ "$((all - count))" -lt "$sent" ]; then
			refuse_missing
		fi
		tell 'in the commit, but left out by exclude' <"$RUN_DIR/compared"
	fi
}

refuse_missing() {
	[ -s "$RUN_DIR/compared" ] || return 0
	tell 'in the commit, but not live' <"$RUN_DIR/compared"
	die 1 "not all of the commit is live in $live"
}

# names_in FOLDER: the type (d, f or l) and the name of all in it, one a line, sorted. A line break in a name is a byte 1 here. A = on the
# first line says that all programs have done their work.
names_in() {
	{
		find_names "$1" && printf '=\0'
	} | tr '\n\000' '\001\n' | sort
}

# find_names FOLDER: fails if find was ended, or can't be started. With status 1 it has gone past folders that it can't read. That it knows
# no -printf, as busybox's, is noted for the rest of the run.
find_names() {
	if [ ! -e "$RUN_DIR/plain-find" ]; then
		(cd "$1" && find . -printf '%y %P\0') 2>/dev/null
		case "$?" in
		0) return ;;
		1) ;;
		*) return 1 ;;
		esac
		find . -maxdepth 0 -printf '' 2>/dev/null
		case "$?" in
		0) return ;;
		1) true >"$RUN_DIR/plain-find" ;;
		esac
	fi
	(cd "$1" && find . -exec /bin/sh -c "$NAME_ALL" sh {} +)
	[ "$?" -le 1 ]
}

# For find -exec.
# shellcheck disable=SC2016 # another sh expands it
NAME_ALL='
for name; do
	if [ -L "$name" ]; then
		type=l
	elif [ -d "$name" ]; then
		type=d
	else
		type=f
	fi
	name=${name#.}
	printf "%s %s\0" "$type" "${name#/}"
done'

# missing_in FOLDER: what of this folder is not in FOLDER, or is of another type there, as names_in has it. Fails if not all of it was
# compared.
missing_in() {
	{
		find_missing "$1" && printf '=\0'
	} | tr '\n\000' '\001\n' | sort | awk 'NR == 1 { whole = $0 == "="; next } { print } END { exit !whole }'
}

find_missing() {
	find . -type d -exec /bin/sh -c "$NAME_MISSING" d "$1" {} + -o -type l -exec /bin/sh -c "$NAME_MISSING" l "$1" {} + \
		-o -exec /bin/sh -c "$NAME_MISSING" f "$1" {} +
}

# shellcheck disable=SC2016 # another sh expands it
NAME_MISSING='
live=$1
shift
for name; do
	case "$0" in
	l) [ ! -L "$live/$name" ] ;;
	d) [ ! -d "$live/$name" ] || { [ -L "$live/$name" ] && [ "$name" != . ]; } ;;
	f) [ ! -f "$live/$name" ] || [ -L "$live/$name" ] ;;
	esac || continue
	printf "%s %s\0" "$0" "${name#./}"
done'

# tell WHAT: the first names of a list on stdin, and how many there are.
tell() {
	sed 's/^. //' | {
		told=0
		while IFS= read -r each; do
			told=$((told + 1))
			[ "$told" -gt "$MOST_TOLD" ] || printf '%s: %s\n' "$1" "$each"
		done
		[ "$told" -le "$MOST_TOLD" ] || printf '%s: %s in all\n' "$1" "$told"
	}
}
