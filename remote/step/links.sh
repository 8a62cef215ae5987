# Symlinks of what is published: each must stay in its folder, wherever that is put and whatever else is put there one day. So each is
# judged by itself: relative, with no more `..` at its beginning than it has folders above it, and none behind a name, which may be a
# symlink tomorrow. A chain of such symlinks can't lead out.

# refuse_unsafe_links: ends the step, before anything is copied, if a symlink below here may lead out.
refuse_unsafe_links() {
	unsafe=$(judge_links refuse) && [ -z "$unsafe" ] || {
		printf '%s\n' "$unsafe"
		die 1 'a symlink leads out of the folder, or could do so later: nothing was copied'
	}
}

# drop_unsafe_links: removes those that may lead out of this folder, and names them.
drop_unsafe_links() {
	judge_links drop
}

# judge_links refuse|drop: names each symlink below here that may lead out, and says why. One with a relative target and no '..' can't.
judge_links() {
	find . -type l '(' -lname '/*' -o -lname '*..*' -o -lname '' ')' -exec /bin/sh -c "$JUDGE_LINKS" sh "$1" {} + 2>/dev/null && return
	# busybox's find has no -lname, and its -exec with + succeeds even where a list was too long for the kernel
	find . -type l -print0 >"$RUN_DIR/compared" || return
	[ ! -s "$RUN_DIR/compared" ] || xargs -0 /bin/sh -c "$JUDGE_LINKS" sh "$1" <"$RUN_DIR/compared"
}

# For find -exec and xargs.
# shellcheck disable=SC2016 # another sh expands it
JUDGE_LINKS='
what=$1
shift
set -f
IFS="
"
quote="'\''"
# walk: TARGET word by word, from the folder AT; sets WHY if it may lead out.
walk() {
	rest=$TARGET/
	name=""
	while [ -n "$rest" ]; do
		word=${rest%%/*}
		rest=${rest#*/}
		case "$word" in
		"" | .) ;;
		..)
			[ -z "$name" ] || { WHY="it has .. behind \"$name\", which may become a symlink" && return; }
			case "$AT" in
			"") WHY="it leads out of the folder" && return ;;
			*/*) AT=${AT%/*} ;;
			*) AT="" ;;
			esac
			;;
		*) name=$word ;;
		esac
	done
}
# judge LINK: by its TARGET, which is read if it is not known.
judge() {
	if [ -z "$TARGET" ]; then
		# $() alone drops line breaks at the end
		TARGET=$(readlink -n -- "$1" && printf x) || TARGET=""
		TARGET=${TARGET%x}
	fi
	WHY=""
	case "$TARGET" in
	"") WHY="the target is empty" ;;
	/*) WHY="the path is absolute" ;;
	*)
		case "/$TARGET/" in
		*/../*)
			AT=${1#./}
			case "$AT" in
			*/*) AT=${AT%/*} ;;
			*) AT="" ;;
			esac
			walk
			;;
		esac
		;;
	esac
	[ -n "$WHY" ] || return 0
	[ "$what" = refuse ] || rm -f -- "$1"
	printf "%s leads to %s: %s\n" "$1" "$TARGET" "$WHY"
}
# One stat tells all targets, a line each. If there are as many lines as links, no name and no target has a line break.
lines=$(stat -c %N -- "$@" 2>/dev/null) || lines=""
count=$#
for line in $lines; do
	count=$((count - 1))
done
[ "$count" -eq 0 ] || lines=""
for line in $lines; do
	before="$quote$1$quote -> $quote"
	TARGET=${line#"$before"}
	TARGET=${TARGET%"$quote"}
	[ "$line" = "$before$TARGET$quote" ] || TARGET=""
	# a stat may quote or escape any other character
	case "$TARGET" in
	*[!0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._/@+-]*) TARGET="" ;;
	esac
	judge "$1"
	shift
done
for link; do
	TARGET=""
	judge "$link"
done'

# step_down: goes one folder further on the way to a path, from `rest` to `way`; fails where only the last name is left.
step_down() {
	case "$rest" in
	*/*) ;;
	*) return 1 ;;
	esac
	way=$way/${rest%%/*}
	rest=${rest#*/}
}
