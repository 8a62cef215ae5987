# The histories of apps that go: kept for root alone, or purged.

# keep_history: history and logs, for root alone; the mirror and the trees are of no more use. In two moves, so that what is in
# the end of its way is root's already, wherever this was cut off.
keep_history() {
	old_state=$STATE_ROOT/apps/$APP
	if [ "$PURGE" = yes ]; then
		remove_tree "$old_state"
		return
	fi
	make_records
	# of an uninstall that was cut off
	end_keeping
	[ -d "$old_state" ] && [ ! -L "$old_state" ] || return 0
	mv "$old_state" "$RECORDS/keeping.$APP" || die 1 "cannot move $old_state"
	end_keeping
}

end_keeping() {
	keeping=$RECORDS/keeping.$APP
	[ -d "$keeping" ] || return 0
	take_all "$keeping"
	for folder in mirror.git mirror.git.new tree; do
		remove_all "$keeping/$folder" || say_remains "$folder" "$keeping"
	done
	! has_account "$ACCOUNT" || take_files "$keeping" 2>/dev/null ||
		say "not all of the history of '$APP' could be given to root: what is left is in a folder that only root can read"
	[ -d "$UNINSTALLED" ] || mkdir -m 0700 "$UNINSTALLED" || die 1 "cannot make $UNINSTALLED"
	kept=$UNINSTALLED/$APP
	kept_number=1
	while [ -e "$kept" ]; do
		kept=$UNINSTALLED/$APP.$kept_number
		kept_number=$((kept_number + 1))
	done
	# beside it: in it, something of that name may lead elsewhere
	while read -r folder <&5; do
		! remembered "folder $folder" || printf '%s\n' "$folder" || die 1 "cannot write $kept.folders (is the disk full?): run this again"
	done >"$kept.folders" 5<"$STAGE/published"
	[ -f "$kept.folders" ] || die 1 "cannot write $kept.folders (is the disk full?): run this again"
	chmod 0700 "$keeping" && mv "$keeping" "$kept" || die 1 "cannot move the history of '$APP'"
	say "history and logs are kept for root in $kept"
}

# purge_history: of this uninstall and of earlier ones.
purge_history() {
	set +f
	for kept in "$UNINSTALLED/$APP" "$UNINSTALLED/$APP".*; do
		set -f
		[ -d "$kept" ] || continue
		! is_roots "$kept.folders" || while read -r folder <&5; do
			# it may be another app's by now
			[ -d "$folder" ] && [ ! -L "$folder" ] || continue
			neighbour=$(app_at "$folder")
			[ -z "$neighbour" ] || {
				say "$folder stays as it is: the app '${neighbour%% *}' uses ${neighbour#* }"
				continue
			}
			remove_published "$folder" && remove_empty "${folder%/*}"
		done 5<"$kept.folders"
		rm -f "$kept.folders"
		if remove_all "$kept"; then
			say "removed $kept"
		else
			say_remains "$kept" "$kept"
		fi
	done
	set -f
	rmdir "$UNINSTALLED" 2>/dev/null && rmdir "$STATE_ROOT" 2>/dev/null || :
}
