# What rsync writes in a published folder before it is in place. Each run has a name of its own for it, which no commit can have by chance.
# As long as a folder may have some, the list in the app's state says so: whatever ended the step, the next that comes along removes it.

# open_staging FOLDER FILE: before the first file. Sets STAGING, the name of rsync's folders. FILE is to outlive a power cut as well.
open_staging() {
	clear_staging
	STAGING=".~shipit-$SHIPIT_RUN~"
	append_line "$STATE/staging" "$STAGING $1" || exit 1
	keep "$STATE/staging" "$2" "$STATE"
}

# close_staging: rsync has ended well, and left nothing.
close_staging() {
	true >"$STATE/staging"
}

# clear_staging: removes what is left in the folders of the list. A file that was being written is .NAME.XXXXXX, this account's, and
# closed to all others; what is older than the list is somebody else's. Folders of that account's that can't be read have none.
clear_staging() {
	[ -s "$STATE/staging" ] || return 0
	staged_stays=''
	# no here-document: bash may need room for it in /tmp, and without that room the list would go with nothing done
	# shellcheck disable=SC2094 # find looks at its time alone
	while read -r staged_name staged_in; do
		[ -d "$staged_in" ] || continue
		find "$staged_in/" -type f -user "$(id -u)" -perm 0600 -name '.*.??????' -newer "$STATE/staging" -exec rm -f '{}' + 2>/dev/null
		find "$staged_in/" -type d -name "$staged_name" -prune -exec rm -rf '{}' + 2>/dev/null
		[ -z "$(find "$staged_in/" -type d -name "$staged_name" -prune 2>/dev/null)" ] || {
			printf 'shipit: cannot remove the files that a run left in %s\n' "$staged_in"
			staged_stays=yes
		}
	done <"$STATE/staging" || return
	[ -n "$staged_stays" ] || rm -f "$STATE/staging"
}
