# What the administrator should know of a repository on this host: who may write it, and whether the account that reads it can. Its
# files are only looked at from outside (lstat), and their names are not printed: others may have chosen both.

READ_SECONDS=10

say_repository() {
	[ -e "$REPOSITORY" ] || return 0
	# said once for each change, not each time that the script is run
	repository_writers=''
	[ "$DIFFERENCES" -eq 0 ] || repository_writers=$(list_writers | sort -u | sed '$!s/$/,/' | tr '\n' ' ')
	[ -z "$repository_writers" ] || {
		say "accounts that can write $REPOSITORY: ${repository_writers% }"
		say 'they can move every branch and tag in it, so the policy cannot limit them to some branches'
	}
	has_account "$READER" || return 0
	as_account "$READ_SECONDS" "$READER" "for head in '$REPOSITORY/HEAD' '$REPOSITORY/.git' '$REPOSITORY.git/HEAD'; do test ! -r \"\$head\" || exit 0; done; exit 1" \
		>/dev/null 2>&1 ||
		say "$READER cannot read $REPOSITORY, so deploys fail: if a group can read it, run: usermod -aG GROUP $READER"
}

# list_writers: accounts besides root, 'group NAME' and 'everybody', as often as they are found.
list_writers() {
	for inside in /HEAD /config /packed-refs /refs /refs/heads /refs/tags /objects /objects/info /objects/pack /.git; do
		list_writers_of "$REPOSITORY$inside"
	done
	list_writers_of "$REPOSITORY"
	above=${REPOSITORY%/*}
	while [ -n "$above" ]; do
		# in a folder like /tmp nobody can replace what is another's
		[ -k "$above" ] || list_writers_of "$above"
		above=${above%/*}
	done
}

list_writers_of() {
	writer_facts=$(stat -c '%A:%U:%G' "$1" 2>/dev/null) || return 0
	writer_names=${writer_facts#*:}
	[ "${writer_names%%:*}" = root ] || printf '%s\n' "${writer_names%%:*}"
	case "$writer_facts" in
	l* | *:root) ;;
	?????w*) printf 'group %s\n' "${writer_names#*:}" ;;
	esac
	case "$writer_facts" in
	l*) ;;
	????????w*) printf 'everybody\n' ;;
	esac
}
