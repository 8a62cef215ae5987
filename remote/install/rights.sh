# What root gives away: a list that is rendered with the script (src/install/rights.ts), kept on the host, and compared there after a change.
#   HEADING|WHAT|WHAT IT ALLOWS|WHAT IS DANGEROUS ABOUT IT

# list_rights SIGN: prints rights, from stdin, for people.
list_rights() {
	rights_of=''
	while IFS='|' read -r right_heading right_what right_means right_danger; do
		[ "$right_heading" = "$rights_of" ] || printf '  %s\n' "$right_heading"
		rights_of=$right_heading
		print_wrapped "  $1 " "$right_what"
		[ -z "$right_means" ] || print_wrapped '        ' "$right_means"
		[ -z "$right_danger" ] || print_wrapped '      ! ' "$right_danger"
	done
}

# say_summary: all of them, and what the host has of it today. Anybody may ask.
say_summary() {
	printf "Rights that root gives the app '%s' on %s by this script, of shipit %s:\n" "$APP" "$(uname -n)" "$VERSION"
	rights | list_rights ' '
	printf '  On this host now\n'
	for group in $POLICY_GROUPS; do
		if members=$(getent group "$group"); then
			members=${members##*:}
			printf '    group %s: %s\n' "$group" "${members:-exists, and has no members}"
		else
			printf '    group %s: does not exist, and will be made\n' "$group"
		fi
	done
	for account in $ACCOUNT $BUILDERS $READER; do
		if has_account "$account"; then
			printf '    account %s: exists\n' "$account"
		else
			printf '    account %s: does not exist, and will be made\n' "$account"
		fi
	done
	for folder in $PUBLISHED; do
		if [ -d "$folder" ]; then
			printf '    %s: exists, and belongs to %s\n' "$folder" "$(stat -c %U:%G "$folder")"
		else
			printf '    %s: does not exist, and will be made\n' "$folder"
		fi
	done
	printf '  To undo it\n'
	print_wrapped '    ' 'this script with --uninstall takes all of it away. What is published stays, and becomes root'\''s; accounts stay, locked; the history stays for root. --purge also removes the history and the folders that shipit made'
}

# say_rights: what changes, beside what was installed. Sets RIGHTS_STAY if nothing does.
say_rights() {
	rights | stage rights || exit
	installed_rights=$APPS/$APP/rights
	[ -f "$installed_rights" ] && is_roots "$installed_rights" || installed_rights=/dev/null
	missing_in "$installed_rights" "$STAGE/rights" | stage rights-new || exit
	missing_in "$STAGE/rights" "$installed_rights" | stage rights-old || exit
	[ -s "$STAGE/rights-new" ] || [ -s "$STAGE/rights-old" ] || {
		RIGHTS_STAY=yes
		return 0
	}
	say "the rights that root gives the app '$APP' change:"
	list_rights - <"$STAGE/rights-old"
	list_rights + <"$STAGE/rights-new"
}

# missing_in FILE LIST: prints the lines of LIST that FILE does not have.
missing_in() {
	while IFS= read -r missing_line; do
		grep -qxF -e "$missing_line" "$1" || printf '%s\n' "$missing_line"
	done <"$2"
}

# say_difference FILE: the lines of a file that change.
say_difference() {
	[ -f "$1" ] && [ ! -L "$1" ] && [ -f "$STAGE/root$1" ] && command -v diff >/dev/null || return 0
	diff -u "$1" "$STAGE/root$1" | sed "1s,.*,--- $1 (on this host),; 2s,.*,+++ $1 (of this script),"
}
