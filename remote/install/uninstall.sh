# --uninstall and --purge: first the ways in, then the files, then the accounts. If it is interrupted, the next call continues where it stopped.

run_uninstall() {
	command -v flock >/dev/null || die 1 'install these first: flock'
	lock_installs
	recover
	make_stage
	# of what is installed, whatever the script would install
	ACCOUNT=$(account_of "$APP")
	gather_grants
	others=$(installed_apps | grep -vxF -e "$APP" | tr '\n' ' ')
	list_unused
	# one that was cut off may have left accounts and groups alone
	if [ ! -d "$APPS/$APP" ] && [ ! -e "$SUDOERS/shipit-$APP" ] && { [ -n "$others" ] || [ ! -d "$RECORDS" ]; } && [ "$(cat "$STAGE/unused")" = end ]; then
		[ "$PURGE" != yes ] || purge_history
		# cut off just before its end
		[ -n "$others" ] || rmdir "$STATE_ROOT" 2>/dev/null || :
		say "'$APP' is not installed on this host"
		return
	fi
	stage_access
	LIST=$STAGE/list.manifests
	[ ! -f "$STAGE/list.access" ] || stage_manifest - /etc/shipit/access "$STAGE/list.access"
	# what is not among the paths goes
	true >"$STAGE/paths" || no_room
	[ ! -f "$STAGE/list.access" ] || {
		cat "$STAGE/list.access" "$STAGE/list.manifests" >"$STAGE/lines" || no_room
		sed 's/.* //' "$STAGE/lines" | stage paths || exit
	}
	check_access
	refuse_busy
	[ -z "$ASK" ] || {
		say "this removes '$APP' from this host${PURGE:+, with its history and everything that shipit made for it}"
		ask
	}
	trap '' HUP INT TERM PIPE
	with_locks take_away "$APP" || exit
	trail verb=uninstall outcome=uninstalled
	[ -f "$STAGE/unused-gone" ] || die 1 "'$APP' is uninstalled, but not all that it had could be taken away ($(cat "$STAGE/unused-left")): see above, and run this again"
	say 'done'
}

# refuse_busy: an account that is to go must not be at work.
refuse_busy() {
	list_unused
	while read -r kind name _ <&4; do
		[ "$kind" = account ] || continue
		busy=$(staying_processes "$name")
		[ -z "$busy" ] || [ "$(holder_lock "$APP")" = held ] ||
			refuse_processes "$name is to be removed, but processes run as it: ${busy% }" "$name"
	done 4<"$STAGE/unused"
}

# A running deploy has a better message of its own.
holder_lock() {
	(exec 9<"$APPS/$1/lock" && flock -n 9) 2>/dev/null || printf held
}

take_away() {
	APPLY=yes
	SHOW=''
	if [ -d "$RECORDS" ]; then
		close_ways_in
	fi
	# before root walks what they could still change
	close_unused
	give_back_published
	keep_history
	for folder in $(build_places); do
		remove_tree "$folder"
	done
	[ -n "$others" ] || remove_shared
	if [ -d "$APPS/$APP" ]; then
		rm -rf "${APPS:?}/$APP" || die 1 "cannot remove $APPS/$APP"
		say "removed $APPS/$APP"
	fi
	if remove_unused; then
		true >"$STAGE/unused-gone"
	else
		printf '%s\n' "$LEFT" >"$STAGE/unused-left"
	fi
	# an uninstall that is run again needs it
	[ -n "$others$LEFT" ] || rm -f "$LIBEXEC/installer"
	remove_made_folders
	[ "$PURGE" != yes ] || purge_history
	if [ -z "$others$LEFT" ]; then
		remove_all "$RECORDS" || say_remains 'what was moved away' "$RECORDS"
		rmdir "$STATE_ROOT" 2>/dev/null || :
	fi
}

# close_ways_in: the sudoers line and the keys go together or not at all.
close_ways_in() {
	begin_journal
	for list in access manifests; do
		each apply_folder "$STAGE/list.$list"
		each place "$STAGE/list.$list"
	done
	[ ! -f /etc/shipit/access ] || cp /etc/shipit/access "$STAGE/old-access" || no_room
	retire - - root:root "$SUDOERS/shipit-$APP"
	for list in access manifests; do
		each swap "$STAGE/list.$list"
	done
	each retire "$STAGE/old-access"
	[ -f "$STAGE/list.access" ] || retire - - root:root /etc/shipit/access
	[ ! -f "$STAGE/list.access" ] || prove_left
	commit_journal
}

# prove_left: the lines and keys of the other apps are there, whatever else is wrong with sshd's settings.
prove_left() {
	[ ! -f "$STAGE/root$SSHD_DROP_IN" ] || is_as_staged "$SSHD_DROP_IN" ||
		fail "$SSHD_DROP_IN is not what it should be for the other apps"
	for person in $people; do
		is_as_staged "$PEOPLE_KEYS/$person" ||
			fail "$PEOPLE_KEYS/$person is not what it should be for the other apps"
	done
}

# is_as_staged PATH: it has the content of the one in the staging folder.
is_as_staged() {
	sum_of "$STAGE/root$1" && wanted_sum=$SUM && sum_of "$1" && [ "$SUM" = "$wanted_sum" ]
}

# give_back_published: what is published belongs to root from now on, unless another app publishes there. A folder comes before
# those that lie in it.
give_back_published() {
	true >"$STAGE/published" || no_room
	[ -f "$APPS/$APP/grants" ] || return 0
	sed -n 's/^published //p' "$APPS/$APP/grants" | sort | stage published || exit
	while read -r folder <&4; do
		[ -d "$folder" ] && [ ! -L "$folder" ] || continue
		neighbour=$(app_at "$folder")
		if [ -n "$neighbour" ]; then
			say "$folder stays as it is: the app '${neighbour%% *}' uses ${neighbour#* }"
		elif ! root_leads_to "$folder"; then
			say "$folder stays as it is: accounts other than root may write the folders above it"
		elif [ "$PURGE" = yes ] && remembered "folder $folder"; then
			remove_published "$folder"
		elif remembered "folder $folder" && rmdir "$folder" 2>/dev/null; then
			say "removed $folder, which was empty"
		elif has_account "$ACCOUNT"; then
			give_back "$folder"
		fi
	done 4<"$STAGE/published"
}

give_back() {
	if take_folders "$1" && take_files "$1" 2>/dev/null; then
		say "$1 stays, and belongs to root"
	else
		say "$1 stays, and not all of it could be given to root: what is left is $ACCOUNT's, which is locked"
	fi
	left=$(timeout 20 find "$1" -user "$ACCOUNT" -print 2>/dev/null 8<&- 9<&- | head -n 1)
	[ -z "$left" ] || say "except for $(show "$left"), and perhaps others: these lie too deep or in a folder that others may write, or have more than one name"
	left=$(timeout 20 find "$1" \( ! -user root ! -user "$ACCOUNT" -o -type d -perm -0020 -o -type d -perm -0002 \) -print 2>/dev/null 8<&- 9<&- | head -n 1)
	[ -z "$left" ] || {
		say "accounts other than root may still change $(show "$left"), and whatever else of $1 they could change before. To list all of it, run:"
		printf '  find %s ! -user root -o -type d -perm /022\n' "$1"
	}
}

remove_shared() {
	each remove_listed /etc/shipit/manifest
	rm -f /etc/shipit/manifest || die 1 'cannot remove /etc/shipit/manifest'
}

remove_listed() {
	[ "$1" != folder ] && [ "$4" != "$LIBEXEC/installer" ] || return 0
	rm -f "$4" || die 1 "cannot remove $4"
	say "removed $4"
}

# remove_made_folders: those that shipit made, are empty, and lie above nothing of another app.
remove_made_folders() {
	[ -f "$MADE" ] || return 0
	# no file in between: the app is gone by now
	still_used=$(
		for other in $others; do
			cat "$APPS/$other/manifest"
		done
		[ -z "$others" ] || cat /etc/shipit/manifest
		[ ! -f /etc/shipit/access ] || cat /etc/shipit/access
	)
	# shellcheck disable=SC2013 # no blanks in them, and forget changes the file meanwhile
	for folder in $(sed -n '1!G;h;$p' "$MADE" | sed -n 's/^folder //p'); do
		case "$still_used" in
		*" $folder"*) continue ;;
		esac
		[ ! -d "$folder" ] || remove_empty "$folder" || continue
		forget "folder $folder"
	done
}
