# The rsync step, and the checks of a folder that steps publish to.

# sync_tree FROM TO delete|keep full|any [EXCLUDE]...: makes TO, a folder of the host, equal to FROM, a folder of the tree.
sync_tree() {
	enter "$1"
	to=$PREFIX$2
	deletes=$3
	refuse_unfit "$to"
	refuse_empty "$1" "$4"
	shift 4
	refuse_unsafe_links
	for word; do
		set -- "$@" "--exclude=$word"
		shift
	done
	refuse_filtered "$@"
	refuse_cut_off "$to" "$deletes" "$@"
	excludes=$#
	# a run that was ended here may have left files without their time: then each gets it
	untimed=''
	[ ! -s "$STATE/untimed" ] || ! grep -qxF -e "$to" "$STATE/untimed" || untimed=-tOJ
	[ -n "$untimed" ] || append_line "$STATE/untimed" "$to" || exit 1
	open_staging "$to" "$STATE/untimed"
	forget_names
	# the default, .~tmp~, is a name that a commit may have
	bring "$to" "$deletes" ${untimed:+"$untimed"} --delay-updates "--partial-dir=$STAGING" --itemize-changes "$@"
	forget_untimed
	close_staging
	[ "$deletes" != delete ] || set -- --delete "$@"
	compare_published "$to" "$deletes" "$excludes" "$@"
}

# forget_untimed: this folder's files have their time. It is the only one in the list, as a rule.
forget_untimed() {
	{ read -r first && ! read -r _ && [ "$first" = "$to" ]; } <"$STATE/untimed" && true >"$STATE/untimed" && return
	{ grep -vxF -e "$to" "$STATE/untimed" >"$STATE/untimed.new" || [ "$?" -eq 1 ]; } && mv "$STATE/untimed.new" "$STATE/untimed" || exit 1
}

# refuse_empty FROM full|any: an empty build must not delete what is live.
refuse_empty() {
	[ "$2" = any ] || has_file_at_top || [ -n "$(find . ! -type d 2>/dev/null | head -n 1)" ] ||
		die 1 "'$1' has no file in it: nothing was changed. If that can be right, say so in the config: mayBeEmpty: true"
}

has_file_at_top() {
	set +f
	set -- ./* ./.[!.]*
	set -f
	for each; do
		[ ! -f "$each" ] || return 0
	done
	return 1
}

# refuse_unfit FOLDER: ends the step if no step may publish to it.
refuse_unfit() {
	[ -d "$1" ] || die 1 "the folder $1 does not exist on this host: run the install script"
	refuse_unguarded "$1"
}

# refuse_unguarded FOLDER: ends the step if another account can put what it likes in the place of FOLDER.
refuse_unguarded() {
	guarded "$1" || die 1 "accounts other than root and $ACCOUNT may write $1 or a folder above it"
}

# guarded FOLDER: it and every folder above it, up to the prefix, is root's or the app's account's and nobody else's to write.
guarded() {
	above=${1%/}
	# this account's: all that is not OWNER's has to belong to the same one
	# shellcheck disable=SC3067 # dash, bash and busybox have -O
	[ -O "$STATE" ] || return 1
	set -- "$STATE"
	while [ -n "$above" ] && [ "$above" != "$PREFIX" ]; do
		set -- "$@" "$above/."
		above=${above%/*}
	done
	read_owner_id
	list_modes "$@"
	own_id=''
	while next_mode; do
		case "$MODE" in
		?????w* | ????????w*) [ "${MODE#?????????t}" != "$MODE" ] || return 1 ;;
		esac
		[ "$OWNED_BY" != "$OWNER_ID" ] || continue
		own_id=${own_id:-$OWNED_BY}
		[ "$OWNED_BY" = "$own_id" ] || return 1
	done
	[ "$UNSEEN" -eq 0 ]
}
