# What the link `current` of releases shows, against what the last switch of a run made of it. An administrator may have changed it, or
# removed what it leads to. And what there is of a file that all releases share.

# each_current COMMAND: calls COMMAND ROOT STATE for each ROOT whose link is not as a run left it: gone, dangling or changed.
each_current() {
	[ -s "$STATE/switched" ] || return 0
	while read -r root left; do
		link=$PREFIX$root/current
		if [ ! -L "$link" ] && [ ! -e "$link" ]; then
			"$1" "$root" gone
		elif [ ! -d "$link/." ]; then
			"$1" "$root" dangling
		elif [ "$(cd -P "$link" && pwd)" != "$(cd -P "$PREFIX$root/releases/$left" 2>/dev/null && pwd)" ]; then
			"$1" "$root" changed
		fi
	done <"$STATE/switched"
}

# judge_shared FILE: sets SHARED_IS: there, odd (no file, or a link to LEADS, which does not exist), missing, or unseen: what lies where this
# account can't look may be there.
judge_shared() {
	SHARED_IS=there
	LEADS=''
	[ ! -f "$1" ] || return 0
	SHARED_IS=odd
	[ ! -e "$1" ] || return 0
	if [ -L "$1" ]; then
		answer_of readlink "$1"
		LEADS=$ANSWER
		case "$LEADS" in
		/*) ;;
		*) LEADS=${1%/*}/$LEADS ;;
		esac
		is_lost "$LEADS" || SHARED_IS=unseen
	else
		SHARED_IS=missing
		is_lost "$1" || SHARED_IS=unseen
	fi
}
