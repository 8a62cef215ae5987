# What an exclude keeps is never touched, whatever has its name in the commit and whatever it is on the host. rsync sees to that, but
# for a symlink on the way to it: it has no idea of what that leads to, and would replace or delete it.

# refuse_cut_off FOLDER delete|keep [--exclude=PATTERN]...: ends the step, before anything is changed, if this folder would take from
# FOLDER a symlink through which it has what an exclude names.
refuse_cut_off() {
	folder=${1%/}
	deletes=$2
	shift 2
	for option; do
		pattern=${option#--exclude=}
		case "$pattern" in
		/*/*)
			anchor=.
			rest=${pattern#/}
			;;
		[!/]*/*)
			anchor="*"
			rest=$pattern
			;;
		*) continue ;;
		esac
		way=''
		while step_down; do
			(cd "$folder" || exit 1; find . -type l -path "$anchor$way") >"$RUN_DIR/on-the-way" 2>/dev/null
			sought=$?
			# 1: there are folders that it can't read
			[ "$sought" -le 1 ] || cannot_run find "$sought"
			while IFS= read -r link; do
				name=${link#./}
				! is_taken "$name" || is_excluded "$name" "$@" || ! leads_to "$folder/$name" "$rest" ||
					die 1 "'$pattern' of exclude is reached by the symlink $folder/$name, which the commit does not have: nothing was changed. Exclude '/$name' as a whole, or put a folder in the place of the symlink"
			done <"$RUN_DIR/on-the-way"
		done
	done
	[ ! -e "$RUN_DIR/on-the-way" ] || rm -f "$RUN_DIR/on-the-way"
}

# is_taken NAME: the symlink of that name would not stay as it is.
is_taken() {
	if [ ! -e "./$1" ] && [ ! -L "./$1" ]; then
		[ "$deletes" = delete ]
		return
	fi
	[ ! -L "./$1" ] || [ "$(readlink "./$1")" != "$(readlink "$folder/$1")" ]
}

# is_excluded NAME [--exclude=PATTERN]...: by a pattern of its own.
is_excluded() {
	excluded=$1
	shift
	for each; do
		each=${each#--exclude=}
		# shellcheck disable=SC2254 # a pattern
		case "$each" in
		/*) case "/$excluded" in $each) return 0 ;; esac ;;
		*) case "/$excluded" in */$each) return 0 ;; esac ;;
		esac
	done
	return 1
}

# leads_to LINK PATTERN: there is something of that name by way of the link.
leads_to() {
	set +f
	# shellcheck disable=SC2086 # a pattern
	for each in "$1"/$2; do
		set -f
		[ ! -e "$each" ] || return 0
	done
	set -f
	return 1
}
