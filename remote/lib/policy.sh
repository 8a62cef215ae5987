# What the policies of the installed recipes give to whom: for the runner, which holds to them, and for the gate, which has to
# choose an account that sudo lets its caller use.

WHO_GROUPS=''
TAB='	'

# may VERB REF: the policy of the loaded recipe gives it to a group of WHO. In the sandbox there is one person.
may() {
	[ -n "$SUDO" ] || return 0
	[ -n "$WHO_GROUPS" ] || read_groups "${LOGIN-$WHO}"
	recipe_policy "$WHO_GROUPS" "$1" "$2"
}

# read_groups [ACCOUNT [NUMBERS]]: sets WHO_GROUPS, the names of its groups, or of this process's, each between blanks. A directory may have
# names with a blank, which no policy can mean: 'dns admins' is not 'admins'. NUMBERS are those of the groups, where they are known.
read_groups() {
	answer_of id -Gn ${1+"$1"}
	WHO_GROUPS=" $ANSWER "
	if [ -n "${2-}" ]; then
		ANSWER=$2
	elif [ "$#" -gt 0 ]; then
		answer_of id -G "$1"
	else
		read_own_groups
	fi
	# shellcheck disable=SC2086 # words
	set -- $WHO_GROUPS
	names=$#
	# shellcheck disable=SC2086
	set -- $ANSWER
	[ "$#" -ne "$names" ] || return 0
	WHO_GROUPS=' '
	for each; do
		entry=$(getent group "$each") || {
			must_start getent "$?"
			continue
		}
		case "${entry%%:*}" in
		*' '*) ;;
		*) WHO_GROUPS="$WHO_GROUPS${entry%%:*} " ;;
		esac
	done
}

# read_own_groups: sets ANSWER to the numbers of this process's groups, as id -G has them, by proc(5) where that says it.
read_own_groups() {
	ANSWER='' name=''
	{
		while IFS=:$TAB read -r name real effective _; do
			case "$name" in
			Gid) [ "$real" != "$effective" ] || ANSWER=$real ;;
			Groups) break ;;
			esac
		done </proc/self/status
	} 2>/dev/null
	own=$ANSWER
	if [ -z "$own" ] || [ "$name" != Groups ]; then
		answer_of id -G
		return
	fi
	for number in $real; do
		[ "$number" = "$own" ] || ANSWER="$ANSWER $number"
	done
}

# serves_an_app ACCOUNT: an app on this host names it.
serves_an_app() {
	case "$(each_app print_account)" in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

print_account() {
	printf ' %s ' "$ACCOUNT"
}

# each_app COMMAND [ARGUMENT]...: runs it once for each installed app, whose recipe is then loaded and whose name is EACH_APP. Each has
# a shell of its own: an incomplete app does not count, and the others still do.
each_app() {
	set +f
	for folder in "$APPS"/*/; do
		set -f
		EACH_APP=${folder%/}
		EACH_APP=${EACH_APP##*/}
		is_app "$EACH_APP" || continue
		(load_recipe "$EACH_APP" 2>/dev/null && "$@") || :
	done
	set -f
}
