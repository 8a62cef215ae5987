# The files that a publish step would change, by rsync's own dry run, for a plan that looks (each.sh). What a step before makes is not there
# to be compared.

# lines of names
MOST_NAMES=5000

# plan_sync FROM TO delete|keep full|any [EXCLUDE]...
plan_sync() {
	find_made "$1"
	# what makes a run of it impossible; of a tree that is not whole only what the host says
	(
		makes=$made$part
		look_at_sync "$@"
	)
	looked=$?
	[ "$looked" = "$PUBLISHES" ] || exit "$looked"
	[ -z "$made" ] || tell_made
	from=$1
	to=$PREFIX$2
	deletes=$3
	shift 4
	for word; do
		set -- "$@" "--exclude=$word"
		shift
	done
	enter "$from"
	count_changes "$to" "$deletes" "$@"
}

# plan_release ROOT KEEP FROM full|any [SHARED]...: against the release that is live.
plan_release() {
	open_releases "$1"
	look_at_folder "$RELEASES"
	from=$3
	may_be=$4
	shift 4
	need_files "$@"
	find_made "$from"
	[ -z "$made" ] || tell_made
	enter "$from"
	[ -n "$part" ] || refuse_empty "$from" "$may_be"
	refuse_unsafe_links
	refuse_filtered_release "$@"
	for path; do
		set -- "$@" "--exclude=/${path#file:}"
		shift
	done
	live=$(release_of current) || exit
	to=$RELEASES/releases/$live
	[ -n "$live" ] && [ -d "$to" ] || {
		to=$RUN_DIR/nothing
		mkdir -p "$to" || exit 70
	}
	count_changes "$to" delete "$@"
}

# find_made FROM: sets made, if what is in that folder is not there: a step before makes it, or the commit was not brought; and part, the folders in it that one makes.
find_made() {
	made=$unbrought
	part=''
	clean_folder "$1"
	publishes=$FOLDER
	while read -r each; do
		clean_folder "$each"
		case "$publishes" in
		"$FOLDER"*)
			made=${made:-yes}
			continue
			;;
		esac
		case "$FOLDER" in
		"$publishes"*) part="$part${FOLDER#"$publishes"}$NEWLINE" ;;
		esac
	done <"$RUN_DIR/made-in"
}

# clean_folder PATH: sets FOLDER, a path of the tree without . and doubled slashes, with one at its end; empty for the tree itself.
clean_folder() {
	FOLDER=''
	rest=$1/
	while [ -n "$rest" ]; do
		word=${rest%%/*}
		rest=${rest#*/}
		case "$word" in
		'' | .) ;;
		*) FOLDER=$FOLDER$word/ ;;
		esac
	done
}

# tell_made: of a tree that was not brought, it was told why.
tell_made() {
	[ -n "$unbrought" ] || note_found '"made"'
	exit 0
}

# count_changes FOLDER delete|keep [OPTION]...: as bring would make FOLDER equal to this one.
count_changes() {
	folder=$1
	delete=''
	[ "$2" != delete ] || delete=yes
	shift 2
	left_out=$part
	while [ -n "$left_out" ]; do
		each=${left_out%%"$NEWLINE"*}
		left_out=${left_out#*"$NEWLINE"}
		set -- "$@" "--exclude=/${each%/}"
	done
	{
		rsync -rl --checksum --executability --hard-links --delay-updates --itemize-changes --dry-run ${delete:+--delete --force} "$@" \
			-- ./ "$folder" 2>"$RUN_DIR/rsync-words"
		printf '%s\n' "$?" >"$RUN_DIR/rsync-status"
	} | awk -v most="$MOST_NAMES" -v files="$RUN_DIR/files" -v part="$part" '
		function note(mark, from) { if (++named <= most) print mark " " substr($0, from) >files }
		/^\*deleting / { if ($0 !~ /\/$/) { gone++; note("-", 13) } next }
		/^[<>ch][fLDS]\+\+\+\+/ { fresh++; note("+", 13); next }
		/^[<>ch.][fLDS]/ { changed++; note("~", 13) }
		END { printf "\"files\",\"new\":%d,\"changed\":%d,\"deleted\":%d%s\n", fresh, changed, gone, part == "" ? "" : ",\"part\":true" }' \
		>"$RUN_DIR/found" || exit 70
	[ -e "$RUN_DIR/files" ] || true >"$RUN_DIR/files"
	read_line "$RUN_DIR/rsync-status"
	case "$LINE" in
	# 23: what could not be read; it ends the step as well
	0 | 24) ;;
	*)
		rm -f "$RUN_DIR/found"
		sed '/^rsync error: /d' "$RUN_DIR/rsync-words"
		exit 1
		;;
	esac
}
