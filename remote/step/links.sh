# Symlinks of what is published: each must stay in its folder, wherever that is put. They are judged by where they lead, not by
# how they are spelled, and by nothing that rsync thinks of them.

# refuse_unsafe_links FOLDER [SHARED]...: ends the step, before anything is copied, if a symlink below here leads out, directly or
# by way of others. FOLDER is what this folder is put over; what is a symlink there may stay one. Each SHARED becomes a symlink.
refuse_unsafe_links() {
	unsafe=$(judge_links refuse "$@") && [ -z "$unsafe" ] || {
		printf '%s\n' "$unsafe"
		die 1 'a symlink leads out of the folder: nothing was copied'
	}
}

# drop_unsafe_links: removes those that lead out of this folder, and names them.
drop_unsafe_links() {
	judge_links drop ''
}

# judge_links refuse|drop FOLDER [SHARED]...: names each symlink below here that leads out, and says why.
judge_links() {
	what=$1
	over=$2
	shift 2
	# the names of shared paths have neither blanks nor line breaks
	find . -type l -exec /bin/sh -c "$JUDGE_LINKS" sh "$what" "$over" " $* " {} +
}

# For find -exec. A target without '..' leads deeper, or to another symlink, which is judged as well. Any other is walked word by
# word, as the kernel does it. A '..' after a name that is not a folder of the commit leads to an unknown place: something else may
# have that name where the folder is put.
# shellcheck disable=SC2016 # another sh expands it
JUDGE_LINKS='
what=$1 over=$2 shared=$3
shift 3
# read_link LINK: sets TARGET; $() alone drops line breaks at the end
read_link() {
	TARGET=$(readlink -n -- "$1" && printf x)
	TARGET=${TARGET%x}
}
# walk: from AT along REST; sets WHY if that leads out.
walk() {
	links=0
	while [ -n "$REST" ]; do
		word=${REST%%/*}
		REST=${REST#*/}
		case "$word" in
		"" | .) continue ;;
		..)
			case "$AT" in
			"") WHY="it leads out of the folder" && return ;;
			*/*) AT=${AT%/*} ;;
			*) AT="" ;;
			esac
			continue
			;;
		esac
		next=${AT:+$AT/}$word
		if [ -L "./$next" ]; then
			links=$((links + 1))
			[ "$links" -le 40 ] || { WHY="it passes too many symlinks" && return; }
			read_link "./$next"
			case "$TARGET" in
			/*) WHY="it passes \"$next\", an absolute symlink" && return ;;
			esac
			REST=$TARGET/$REST
			continue
		fi
		if [ -d "./$next" ] && [ ! -L "${over:-.}/$next" ]; then
			case "$shared" in
			*" $next "*) ;;
			*) AT=$next && continue ;;
			esac
		fi
		case "/$REST" in
		*/../*) WHY="it goes up from \"$next\", which is not a folder of the commit" ;;
		esac
		return
	done
}
for link; do
	read_link "$link"
	target=$TARGET
	WHY=""
	case "$target" in
	"") WHY="the target is empty" ;;
	/*) WHY="the path is absolute" ;;
	esac
	case "/$target/" in
	*/../*)
		AT=${link#./}
		case "$AT" in
		*/*) AT=${AT%/*} ;;
		*) AT="" ;;
		esac
		REST=$target/
		[ -n "$WHY" ] || walk
		;;
	esac
	[ -n "$WHY" ] || continue
	[ "$what" = refuse ] || rm -f -- "$link"
	printf "%s leads to %s: %s\n" "$link" "$target" "$WHY"
done'
