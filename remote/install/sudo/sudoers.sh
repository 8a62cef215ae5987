# What sudo reads on this host, as sudo reads it: every line of sudoers in its order, with includes followed.

# sudoers(5): as deep as sudo itself follows includes is more than anybody has
SUDOERS_DEPTH=8
TAB=$(printf '\t')

# read_sudoers FILE DEPTH: prints FILE:NUMBER, a tab and the line, one for lines joined by a backslash; no comments.
read_sudoers() {
	[ -f "$1" ] && [ "$2" -le "$SUDOERS_DEPTH" ] || return 0
	awk -v file="$1" '
		{
			if (line == "") start = NR
			line = line $0
			if (line ~ /\\$/) { sub(/\\$/, " ", line); next }
			sub(/^[ \t]+/, "", line)
			if (line != "" && (line !~ /^#/ || line ~ /^#include(dir)?[ \t]/)) print file ":" start "\t" line
			line = ""
		}' "$1" | while IFS= read -r sudoers_line; do
		sudoers_words=${sudoers_line#*"$TAB"}
		case "$sudoers_words" in
		[#@]include[!d]*) read_sudoers "$(included_by "$1" "${sudoers_words#?include}")" "$(($2 + 1))" ;;
		[#@]includedir*)
			set +f
			# the names in the order of the C locale, as sudo has it
			for sudoers_included in "$(included_by "$1" "${sudoers_words#?includedir}")"/*; do
				set -f
				case "${sudoers_included##*/}" in
				*.* | *~) ;;
				*) read_sudoers "$sudoers_included" "$(($2 + 1))" ;;
				esac
			done
			set -f
			;;
		*) printf '%s\n' "$sudoers_line" ;;
		esac
	done
}

# included_by FILE WORD: the path, which may stand in quotes, be relative to the file, and have %h for the host's short name.
included_by() {
	included=$(printf '%s' "$2" | sed "s/^[[:blank:]]*//; s/[[:blank:]]*\$//; s/\"//g; s/%h/$(uname -n | cut -d . -f 1)/g")
	case "$included" in
	/*) printf '%s' "$included" ;;
	*) printf '%s/%s' "${1%/*}" "$included" ;;
	esac
}

# stage_sudo_lines: what others than shipit have told sudo here.
stage_sudo_lines() {
	read_sudoers /etc/sudoers 0 | sed "\\,^$SUDOERS/shipit-,d" | stage sudo-lines || exit
}

# sudo_sets NAME: a Defaults line of this host sets it, for any host, user, target or command.
sudo_sets() {
	grep -Eq "${TAB}Defaults.*[[:blank:],]$1[[:blank:]]*([,=]|\$)" "$STAGE/sudo-lines"
}

# tag_lines: gives our lines the tags that are stronger than every Defaults line, wherever that stands. No caller sets variables for our
# commands, even if a later file says setenv; and they may start programs where sudo forbids that (noexec).
tag_lines() {
	add_tag NOSETENV || ! sudo_sets setenv ||
		say 'setenv is set in sudoers here, and this sudo knows no NOSETENV tag: callers may set variables for what shipit runs' >&2
	! sudo_sets noexec || add_tag EXEC ||
		say 'sudoers sets noexec here, and this sudo has no EXEC tag: the programs that shipit runs cannot start others' >&2
}

# add_tag TAG: to each of our lines, where this host's sudo knows it (sudo-rs may not).
add_tag() {
	sed "s/ NOPASSWD: / $1: NOPASSWD: /" "$STAGE/new-sudoers" | stage tried-sudoers || exit
	visudo -cqf "$STAGE/tried-sudoers" >/dev/null 2>&1 || return 1
	stage new-sudoers <"$STAGE/tried-sudoers"
}

# add_settings: adds the lines of stdin to the new sudoers file: all at once, or one by one where sudo knows only some (sudo-rs).
add_settings() {
	stage settings
	! try_settings <"$STAGE/settings" || return 0
	while read -r setting; do
		printf '%s\n' "$setting" | try_settings || :
	done <"$STAGE/settings"
}

# try_settings: adds the lines of stdin, if sudo takes them.
try_settings() {
	cat "$STAGE/new-sudoers" - >"$STAGE/tried-sudoers" || no_room
	visudo -cqf "$STAGE/tried-sudoers" >/dev/null 2>&1 || return 1
	stage new-sudoers <"$STAGE/tried-sudoers"
}

# free_of: of lines NAME SETTING on stdin, adds the settings whose name this host's sudo sets to something else.
free_of() {
	while read -r freed_of setting; do
		! sudo_sets "$freed_of" || printf '%s\n' "$setting" | add_settings || exit
	done
}
