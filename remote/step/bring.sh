# Making a folder equal to this one, in an order in which nothing that is live lacks what it leads to: first what is new, then what
# changed, all of it together, and last what is deleted. A file whose content did not change keeps its time.

# of what rsync complains of, lines that are told once more: a client shows the last ten of a step that failed
MOST_COMPLAINTS=8

# as_git_has_it: modes and times of all below here, whatever umask and clock a build or a prepare step had. A mode is 0755 or 0644, by the
# owner's x, and a time is the commit's.
as_git_has_it() {
	set --
	[ ! -e "$RUN_DIR/at" ] || set -- '(' -newer "$RUN_DIR/at" -o ! -newer "$RUN_DIR/before" ')' -exec touch -r "$RUN_DIR/at" {} +
	find . -type d ! -perm 0755 -exec chmod 0755 {} + -o -type f \
		'(' -perm -0100 ! -perm 0755 -exec chmod 0755 {} + -o ! -perm -0100 ! -perm 0644 -exec chmod 0644 {} + -o -type f ')' "$@" || exit 1
}

# bring FOLDER delete|keep [OPTION]...: a file is put in place whole or not at all. No --safe-links: rsync's rule differs between versions
# and leaves links out without a word; ours has looked at each.
bring() {
	as_git_has_it
	to=$1
	deletes=$2
	shift 2
	equal=''
	changed=yes
	if same_names "$to"; then
		equal=yes
	# the mark, and nothing but itself
	elif { read -r _ && read -r _ && ! read -r _; } <"$RUN_DIR/live-names"; then
		run_rsync -rltOJ --executability --hard-links "$@" -- ./ "$to"
		return
	fi
	# what this can't bring, the next one tries again, and says why
	[ -n "$equal" ] || ! has_alone -23 ||
		rsync -rltOJ --executability --ignore-existing "$@" -- ./ "$to" 2>/dev/null || :
	way=''
	[ "$deletes" != delete ] || way=--force
	# with -t a file that is the same would get the commit's time as well
	run_rsync -rl --checksum --executability --hard-links --itemize-changes ${way:+"$way"} "$@" -- ./ "$to"
	# rsync names what stays the same as well, with blanks for what could have changed
	grep -qv '^\.[fdLDS] \{9\} ' "$RUN_DIR/rsync-changes" || [ "$?" -ne 1 ] || changed=''
	[ -z "$changed" ] || set_times
	# rsync's own --delete, in each of its forms, comes before what --delay-updates puts in place
	[ "$deletes" != delete ] || [ -n "$equal" ] || ! has_alone -13 ||
		run_rsync -rl --delete --existing --ignore-existing --itemize-changes "$@" -- ./ "$to"
}

# has_alone -13|-23: FOLDER has something that this one does not have, or this one what FOLDER lacks.
has_alone() {
	compare_names "$1"
	[ -s "$RUN_DIR/compared" ]
}

# set_times: of the files that rsync has just copied, in its words: the commit's.
set_times() {
	grep -q '^>f' "$RUN_DIR/rsync-changes"
	case "$?" in
	0) ;;
	1) return ;;
	*) exit 1 ;;
	esac
	# rsync writes odd characters as \#, three octal digits; printf wants \0, and backslashes twice
	sed -n 's/^>f[^ ]* //p' "$RUN_DIR/rsync-changes" | sed 's/\\/\\\\/g; s/\\\\#\([0-7][0-7][0-7]\)/\\0\1/g' |
		while IFS= read -r each; do
			printf '%b\0' "$each"
		done >"$RUN_DIR/copied" || exit 1
	# there are some: nothing is the answer of a sed that failed
	[ -s "$RUN_DIR/copied" ] && rsync -tOJ --size-only --existing --from0 "--files-from=$RUN_DIR/copied" -- ./ "$to" || exit 1
	rm -f "$RUN_DIR/copied"
}

# run_rsync ARGUMENT...: ends the step if it fails, and then says why once more, after the names of all that was copied.
run_rsync() {
	{ true >"$RUN_DIR/rsync-status"; } 2>/dev/null || :
	{
		{
			rsync "$@" 2>&1 >&3 3>&-
			printf '%s\n' "$?" >"$RUN_DIR/rsync-status"
		} | tee "$RUN_DIR/rsync-words"
	} 3>&1 | tee "$RUN_DIR/rsync-changes"
	kept_changes=$?
	read_line "$RUN_DIR/rsync-status"
	status=$LINE
	if [ "$status" = 0 ]; then
		[ "$kept_changes" -eq 0 ] || die 1 "cannot write down what rsync changed in $to"
		return
	fi
	printf 'shipit: rsync failed:\n'
	sed '/^rsync error: /d' "$RUN_DIR/rsync-words" | head -n "$MOST_COMPLAINTS"
	room_of "$(tail -c 65536 "$RUN_DIR/rsync-words")" "$to"
	[ -z "$ROOM" ] || die "${status:-70}" "cannot write to $to$ROOM"
	exit "${status:-70}"
}
