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

# judge_links refuse|drop: names each symlink below here that may lead out, and says why. One with a relative target and no '..' can't;
# busybox's find knows no targets.
judge_links() {
	find . -type l '(' -lname '/*' -o -lname '*..*' -o -lname '' ')' -exec /bin/sh -c "$JUDGE_LINKS" sh "$1" {} + 2>/dev/null ||
		find . -type l -exec /bin/sh -c "$JUDGE_LINKS" sh "$1" {} +
}

# For find -exec.
# shellcheck disable=SC2016 # another sh expands it
JUDGE_LINKS='
what=$1
shift
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
for link; do
	# $() alone drops line breaks at the end
	TARGET=$(readlink -n -- "$link" && printf x)
	TARGET=${TARGET%x}
	WHY=""
	case "$TARGET" in
	"") WHY="the target is empty" ;;
	/*) WHY="the path is absolute" ;;
	*)
		case "/$TARGET/" in
		*/../*)
			AT=${link#./}
			case "$AT" in
			*/*) AT=${AT%/*} ;;
			*) AT="" ;;
			esac
			walk
			;;
		esac
		;;
	esac
	[ -n "$WHY" ] || continue
	[ "$what" = refuse ] || rm -f -- "$link"
	printf "%s leads to %s: %s\n" "$link" "$TARGET" "$WHY"
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
