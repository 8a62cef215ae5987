# Settings of sudo's that come after ours and are for the same commands: of two, sudo follows the later one (sudoers(5)). Those for users,
# hosts and targets come before all that are for commands, wherever they stand.

# names_setting LINE: prints the settings of ours that a Defaults line names, but for those that a tag of our lines decides.
names_setting() {
	for our_setting in env_reset env_keep env_check env_delete secure_path use_pty runchroot runcwd closefrom closefrom_override preserve_groups $UNTAGGED; do
		! printf '%s\n' "$1" | grep -Eq "[[:blank:],!]${our_setting}[[:blank:]]*([,=+-]|\$)" || printf '%s\n' "$our_setting"
	done
}

# check_settings: of sudoers-now; names each line that takes a setting of ours away.
check_settings() {
	UNTAGGED='requiretty intercept'
	grep -q ' NOSETENV: ' "$SUDOERS/shipit-$APP" || UNTAGGED="$UNTAGGED setenv"
	awk -F "$TAB" -v ours="$SUDOERS/shipit-$APP:" -v shipits="$SUDOERS/shipit-" '
		index($1, ours) == 1 { seen = 1; next }
		seen && index($1, shipits) != 1 && $2 ~ /^Defaults[ \t]*!/' "$STAGE/sudoers-now" | stage later-settings || exit
	while IFS= read -r later_line <&3; do
		later_words=${later_line#*"$TAB"}
		changed=$(names_setting "$later_words")
		[ -n "$changed" ] && is_for_ours "$later_words" || continue
		IN_FORCE=''
		differs "sudo's settings" "$(show "${later_line%%"$TAB"*}") comes later and changes $(printf '%s' "$changed" | tr '\n' ' ') for our commands too: give that line a place before shipit-$APP"
	done 3<"$STAGE/later-settings"
}

# is_for_ours LINE: Defaults!COMMANDS SETTINGS, and one of the commands is ours. An alias of commands is, if its words may be.
is_for_ours() {
	for_commands=${1#Defaults}
	for_commands=$(printf '%s' "${for_commands#*!}" | sed 's/[[:blank:]]*,[[:blank:]]*/,/g')
	for_commands=${for_commands%%[[:blank:]]*}
	for each in $(printf '%s' "$for_commands" | tr ',' ' '); do
		case "$each" in
		ALL) return 0 ;;
		*[!ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]*) names_ours "$each" && return 0 ;;
		*)
			for alias_word in $(sed -n "s/^[^$TAB]*${TAB}Cmnd_Alias[[:blank:]].*\\b${each}[[:blank:]]*=//p" "$STAGE/sudoers-now" | tr ',' ' '); do
				! names_ours "$alias_word" || return 0
			done
			;;
		esac
	done
	return 1
}

# names_ours WORD: a program, a folder of programs, or a pattern for them.
names_ours() {
	for own_program in runner as-root build serve; do
		# shellcheck disable=SC2254 # a pattern of sudoers
		case "$LIBEXEC/$own_program" in
		$1) return 0 ;;
		esac
	done
	[ "$1" = ALL ] || [ "$1" = "$LIBEXEC/" ]
}
