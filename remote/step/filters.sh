# Files of the commit that git would put through a filter (Git LFS, git-crypt, or any other). Here no filter runs, so that they are what
# the repository stores: a pointer, a cipher. They are told, and not published unless a prepare step made something else of them.

MOST_FILTERED_TOLD=5

# note_filtered COMMIT: names them, and keeps them for refuse_filtered as an index of git's. The attributes decide, macros and
# patterns of every folder included; info/attributes (write_attributes) would hide them.
note_filtered() {
	rm -f "$RUN_DIR/filtered.lock" "$MIRROR/info/attributes"
	# a pattern for regcomp(3): for a plain word git compiles code, which SELinux forbids (execmem), and gives up
	git_here grep -q -E -e 'filte[r]' "$1" -- .gitattributes '*/.gitattributes' && status=0 || status=$?
	[ "$status" -le 1 ] || die 1 "git cannot read the attributes of commit $1"
	[ "$status" -eq 0 ] || return 0
	GIT_INDEX_FILE=$RUN_DIR/filtered
	export GIT_INDEX_FILE
	# git reads attributes from an index; line breaks in names change places with the zero bytes between them
	git_here read-tree "$1" && git_here ls-tree -r -z "$1" >"$RUN_DIR/entries" || exit 1
	tr '\n\000' '\001\n' <"$RUN_DIR/entries" >"$RUN_DIR/raw" || exit 1
	grep '^100' "$RUN_DIR/raw" >"$RUN_DIR/files" || [ "$?" -eq 1 ] || exit 1
	cut -f 2- "$RUN_DIR/files" | tr '\n\001' '\000\n' | git_here check-attr -z --cached --stdin filter |
		tr '\n\000' '\001\n' >"$RUN_DIR/attributes"
	rm -f "$GIT_INDEX_FILE"
	# shellcheck disable=SC2016 # awk's own
	awk 'FNR == NR {
			if (FNR % 3 == 1) name = $0
			else if (FNR % 3 == 0 && $0 != "unspecified" && $0 != "unset" && $0 != "set") filter[name] = $0
			next
		}
		{
			name = substr($0, index($0, "\t") + 1)
			if (!(name in filter)) next
			print
			if (++told <= most) printf "%s needs the filter %s, which hosts do not run\n", name, filter[name] >says
		}
		END {
			if (told > most) printf "%s files need a filter in all\n", told >says
			# git has told three lines of each
			exit NR - FNR != 3 * FNR
		}' \
		most="$MOST_FILTERED_TOLD" says="$RUN_DIR/says" "$RUN_DIR/attributes" "$RUN_DIR/files" >"$RUN_DIR/raw" ||
		die 1 "git cannot tell which files of commit $1 need a filter"
	if [ -s "$RUN_DIR/raw" ]; then
		tr '\n\001' '\000\n' <"$RUN_DIR/raw" | git_here update-index -z --index-info || exit 1
		cat "$RUN_DIR/says"
	fi
	unset GIT_INDEX_FILE
	rm -f "$RUN_DIR/entries" "$RUN_DIR/files" "$RUN_DIR/attributes" "$RUN_DIR/raw" "$RUN_DIR/says"
}

# refuse_filtered [RSYNC_OPTION]...: ends the step if such a file, as the repository stores it, would be published from this folder.
refuse_filtered() {
	[ -e "$RUN_DIR/filtered" ] || return 0
	filtered_here >"$RUN_DIR/here" && filtered_here -m >"$RUN_DIR/changed" || die 1 'git cannot compare the files that need a filter'
	comm -23 "$RUN_DIR/here" "$RUN_DIR/changed" >"$RUN_DIR/raw" || cannot_run comm "$?"
	rm -f "$RUN_DIR/here" "$RUN_DIR/changed"
	if [ -s "$RUN_DIR/raw" ]; then
		# what an exclude keeps out is rsync's to say: of a folder that has their names only
		names=$RUN_DIR/raw-names
		discard "$names" && mkdir "$names" &&
			tr '\n\001' '\000\n' <"$RUN_DIR/raw" | rsync -r --from0 --files-from=- --link-dest="$(pwd)/" ./ "$names/" || exit 1
		raw=$(rsync -rn --out-format=%n "$@" -- "$names/" "$RUN_DIR/nothing/") || exit 1
		discard "$names"
		case "$raw$NEWLINE" in
		# not a folder
		*[!/]"$NEWLINE"*)
			printf '%s\n' "$raw" | grep -v '/$' | head -n "$MOST_FILTERED_TOLD"
			die 1 'the repository stores these files as Git LFS, git-crypt or another filter made them, and they would be published like that: nothing was copied. Leave them out (exclude), or let a prepare step put the real files in place'
			;;
		esac
	fi
	rm -f "$RUN_DIR/raw"
}

# filtered_here [-m]: those below this folder, one a line, sorted; with -m those that differ from the commit.
filtered_here() {
	(
		GIT_INDEX_FILE=$RUN_DIR/filtered
		export GIT_INDEX_FILE
		git_here --work-tree="$TREE" ls-files -z "$@" >"$RUN_DIR/listed"
	) || return 1
	tr '\n\000' '\001\n' <"$RUN_DIR/listed" | sort -u
	rm -f "$RUN_DIR/listed"
}
