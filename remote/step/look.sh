# Looked at before it is done: before the first step that changes what is live, each publish step says whether something makes it
# impossible. Then the run ends with one sentence, and nothing was changed. A step that only may fail is not judged.

# exit codes of a look: the step publishes a folder; it runs what nobody here knows, as root (in the tree: CHANGES of lib/command.sh)
PUBLISHES=3
RUNS_AS_ROOT=4
# only a service: it makes nothing that another step may need
RUNS_SERVICE=7
# of folders of other accounts in a published one, those that are looked at
MOST_FOREIGN=200

# look_ahead NUMBER|-...: the publish steps that are to come, and - for each other step among them. Notes the number of the first
# that is impossible. The recipe's own functions are called, with others in place of those that they call.
look_ahead() {
	[ ! -e "$RUN_DIR/impossible" ] || rm -f "$RUN_DIR/impossible"
	sync_tree() { look_at_sync "$@"; }
	switch_release() { look_at_switch "$@"; }
	as_root() { look_at_root "$@"; }
	change_service() { look_at_service "$@"; }
	run_command() { look_at_command "$@"; }
	check_url() { look_at_check; }
	restore_label() { :; }
	build_away() { exit "$CHANGES"; }
	makes=''
	publishes=''
	roots=''
	for NUMBER; do
		if [ "$NUMBER" = - ]; then
			makes=yes
			continue
		fi
		("step_$NUMBER")
		looked=$?
		case "$looked" in
		1)
			printf '%s\n' "$NUMBER" >"$RUN_DIR/impossible"
			exit 1
			;;
		"$PUBLISHES") publishes=yes ;;
		"$RUNS_AS_ROOT" | "$RUNS_SERVICE" | "$CHANGES")
			[ "$looked" = "$RUNS_SERVICE" ] || roots=yes
			# what comes before the first folder may be there to prepare it: mount it, say
			[ -n "$publishes" ] || return 0
			[ "$looked" != "$CHANGES" ] || makes=yes
			;;
		esac
	done
}

# look_at_sync FROM TO delete|keep full|any [EXCLUDE]...
look_at_sync() {
	from=$1
	to=$PREFIX$2
	deletes=$3
	may_be=$4
	shift 4
	refuse_unfit "$to"
	look_at_folder "$to"
	# by then another step may have made more
	[ -z "$makes" ] || exit "$PUBLISHES"
	enter "$from"
	refuse_empty "$from" "$may_be"
	refuse_unsafe_links
	for word; do
		set -- "$@" "--exclude=$word"
		shift
	done
	refuse_filtered "$@"
	refuse_cut_off "$to" "$deletes" "$@"
	[ "$deletes" != delete ] || set -- --delete "$@"
	look_at_copy "$@"
	exit "$PUBLISHES"
}

# look_at_folder FOLDER: the account can write it.
look_at_folder() {
	if [ ! -w "$1" ] || [ ! -x "$1" ]; then
		die 1 "$ACCOUNT cannot write $1: run the install script, or check whether its file system is mounted read-only"
	fi
	# busybox's test knows modes only
	! is_read_only "$1" || die 1 "the file system of $1 is mounted read-only"
}

is_read_only() {
	[ -r /proc/self/mountinfo ] || return 1
	real=$(cd -P "$1" && pwd) || return 1
	# the longest path that leads here, and of that the last line, which lies on top
	FOLDER=$real awk '
		{ gsub(/\\040/, " ", $5) }
		index(ENVIRON["FOLDER"] "/", $5 == "/" ? "/" : $5 "/") == 1 && length($5) >= best {
			best = length($5)
			at = 0
			for (i = 7; i <= NF; i++) if ($i == "-") at = i + 3
			ro = ($6 ~ /^ro(,|$)/ || $at ~ /^ro(,|$)/)
		}
		END { exit !ro }' /proc/self/mountinfo
}

# For find -exec: names what can't be read, and each file for which a folder stands in the way.
# shellcheck disable=SC2016 # another sh expands it
IN_THE_WAY='
to=$1
shift
for file; do
	if [ -L "$file" ]; then
		[ -d "$to/$file" ] && [ ! -L "$to/$file" ] && printf "%s\n" "$file"
	elif [ ! -r "$file" ] || { [ -d "$to/$file" ] && [ ! -L "$to/$file" ]; }; then
		printf "%s\n" "$file"
	fi
done'

# look_at_copy [OPTION]...: of this folder to $to. Only where something may be in the way does rsync say what it would do, which costs
# as much as doing it.
look_at_copy() {
	room=$(tell_free -Pk "$to")
	room=${room%% *}
	size=$(du -sk .)
	size=${size%%[!0123456789]*}
	narrow=''
	{ is_number "$room" && is_number "$size" && [ "$size" -lt "$room" ]; } || narrow=yes
	find "$to" -type d ! -user "$ACCOUNT" 2>/dev/null | head -n "$MOST_FOREIGN" >"$RUN_DIR/look-foreign"
	[ -n "$narrow" ] || [ -s "$RUN_DIR/look-foreign" ] ||
		[ -n "$(exec find . ! -type d -exec /bin/sh -c "$IN_THE_WAY" sh "$to" {} + 2>/dev/null)" ] || return 0
	rsync -rl --checksum --executability --hard-links --delay-updates --itemize-changes --dry-run --stats "$@" -- ./ "$to" \
		>"$RUN_DIR/look-changes" 2>"$RUN_DIR/look-errors"
	# 23: what rsync could not do; it ends the step as well
	if [ "$?" -eq 23 ]; then
		sed '/^rsync error: /d' "$RUN_DIR/look-errors" | head -n 10
		die 1 "$to cannot be made equal to the commit, as rsync says above"
	fi
	if [ -n "$narrow" ]; then
		copied=$(sed -n 's/^Total transferred file size: \([0-9,.]*\) bytes.*/\1/p' "$RUN_DIR/look-changes" | tr -d ,.)
		! is_number "$copied" || copied=$(((copied + 1023) / 1024))
		! is_number "$copied" || ! is_number "$room" || [ "$copied" -le "$room" ] ||
			die 1 "not enough space in $to: $copied KiB are needed, $room KiB are free"
	fi
	while IFS='' read -r foreign; do
		look_at_foreign "$foreign"
	done <"$RUN_DIR/look-foreign"
	rm -f "$RUN_DIR/look-foreign" "$RUN_DIR/look-changes" "$RUN_DIR/look-errors"
}

# look_at_foreign FOLDER: of another account, in the one that is published: nothing is to change in it that can't be.
look_at_foreign() {
	within=${1#"${to%/}"}
	within=${within#/}
	may=''
	[ ! -w "$1" ] || may=yes
	# the path begins after 12 characters
	change=$(WITHIN=${within:+$within/} MAY=$may awk '
		function tell() { print path; exit }
		BEGIN { within = ENVIRON["WITHIN"] }
		/^([<>ch.*][fdLDS][^ ]* |\*deleting +)/ {
			path = substr($0, 13)
			if (path == (within == "" ? "./" : within)) next
			if (ENVIRON["MAY"] != "" || index(path, within) != 1) next
			rest = substr(path, length(within) + 1)
			sub("/$", "", rest)
			if (rest ~ "/" || $0 ~ /^\./) next
			tell()
		}' "$RUN_DIR/look-changes")
	[ -z "$change" ] || die 1 "$ACCOUNT may not change '$change' in $to: the folder $1 belongs to another account"
}

# look_at_switch ROOT KEEP [SHARED]...
look_at_switch() {
	open_releases "$1"
	shift 2
	need_files "$@"
	look_at_folder "$RELEASES"
	each_current tell_current
	for link in current previous; do
		[ -L "$RELEASES/$link" ] || [ ! -e "$RELEASES/$link" ] || die 1 "$RELEASES/$link is not a symlink: move it away"
	done
	exit "$PUBLISHES"
}

# tell_current ROOT gone|dangling|changed: that is no reason not to go on: the switch makes it right.
tell_current() {
	[ "$PREFIX$1" = "$RELEASES" ] || return 0
	case "$2" in
	gone) printf '%s/current was removed since the last switch\n' "$RELEASES" ;;
	dangling) printf '%s/current leads to nothing: nothing is live there until this run switches it\n' "$RELEASES" ;;
	changed) printf '%s/current was changed by hand since the last switch: it leads to %s\n' "$RELEASES" "$(readlink "$RELEASES/current")" ;;
	esac
}

# look_at_root LIMIT_SECONDS PROGRAM [ARGUMENT]...
look_at_root() {
	! is_lost "$2" || die 1 "this host has no program $2"
	exit "$RUNS_AS_ROOT"
}

# look_at_service LIMIT_SECONDS UNIT VERB ...: a step before it may have root make the unit.
look_at_service() {
	! is_lost /usr/bin/systemctl || die 1 'this host has no program /usr/bin/systemctl'
	if [ -z "${roots-}" ]; then
		can_ask_unit "$2"
		need_unit "$2" "$3"
	fi
	exit "$RUNS_SERVICE"
}

look_at_check() {
	command -v curl >/dev/null || command -v wget >/dev/null ||
		die 1 'a check needs curl or wget, and this host has neither: install one of them'
}
