# What the link `current` of releases shows, against what the last switch of a run made of it. An administrator may have changed it, or
# removed what it leads to.

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
