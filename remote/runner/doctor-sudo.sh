# The part of doctor's answer that is about sudo, and about other apps whose rights this account has as well.

# sudo's version, the distribution's name for it and the holes that it says it has closed under the old version number, and what the
# account may do by it.
tell_sudo() {
	[ -n "$SUDO" ] || return 0
	# sudo-rs says it on stderr
	tell sudo "$("$SUDO" -V 2>&1 | head -n 1)"
	if command -v dpkg-query >/dev/null; then
		# shellcheck disable=SC2016 # dpkg's own
		tell sudo-package "$(dpkg-query -W -f '${Version}' sudo)"
		gzip -dc /usr/share/doc/sudo/changelog.Debian.gz 2>/dev/null | tell_closed
	elif command -v rpm >/dev/null; then
		tell sudo-package "$(rpm -q sudo)"
		rpm -q --changelog sudo | tell_closed
	elif command -v apk >/dev/null; then
		tell sudo-package "$(apk info -v sudo | head -n 1)"
	fi
	# sudo would report a user without any line to the administrator
	[ -n "$(recipe_steps name_beyond)${RECIPE_SERVED-}" ] || return 0
	# it breaks the lines to fit a terminal
	COLUMNS=4096 "$SUDO" -n -l </dev/null 2>&1 | tell_sudo_list
}

# tell_closed: the numbers of the newest holes that a changelog names
tell_closed() {
	closed=$(grep -oE 'CVE-[0-9]{4}-[0-9]{4,7}' | sort -ru | head -n 20 | tr '\n' ' ')
	[ -z "$closed" ] || tell sudo-closed "${closed% }"
}

# name_beyond NUMBER NAME KIND ...: of the steps that go through sudo
name_beyond() {
	[ "$3" != root ] && [ "$3" != build ] || printf '%s ' "$1"
}

# tell_sudo_list: not of what another app of the same account has, where WHO may not look at that.
tell_sudo_list() {
	own=$(recipe_steps print_root_step)
	others=$(each_app print_unseen)
	while read -r line; do
		case "$line" in
		'('*)
			# the backslash that sudoers wants before a colon, say; a fact has none
			line=$(printf '%s' "$line" | tr -d '\134')
			is_of "$others" "$line" && ! is_of "$own" "$line" || tell sudo-line "$line"
			;;
		# the commands, and after them one setting
		"Defaults!$LIBEXEC/"* | "Defaults!SHIPIT_"*) tell sudo-setting "$(printf '%s' "${line##* }" | tr -d '\\!')" ;;
		*requiretty* | 'sudo: '*) tell sudo-says "$line" ;;
		esac
	done
}

print_root_step() {
	[ "$3" != root ] || "step_$1"
}

# as_root LIMIT_SECONDS PROGRAM [ARGUMENT]...: here a root step of a recipe only says what it runs.
as_root() {
	shift
	printf '%s\n' "$*"
}

# change_service LIMIT_SECONDS UNIT VERB ...
change_service() {
	as_root "$1" /usr/bin/systemctl "$3" "$2"
}

in_plan() {
	"$@"
}

# print_unseen: how lines of sudo end that another app of the account has.
print_unseen() {
	is_neighbour && ! may read '' || return 0
	printf '%s\n' "$LIBEXEC/build $EACH_APP" "$LIBEXEC/serve $EACH_APP"
	recipe_steps print_root_step
}

# is_neighbour: EACH_APP, whose recipe is loaded, is another app of the account that this is.
is_neighbour() {
	[ -n "$SUDO" ] && [ "$EACH_APP" != "$REQ_APP" ] && [ "$ACCOUNT" = "$ME" ]
}

# is_of COMMANDS LINE: the line ends with one of them, or with more words of it.
is_of() {
	commands=$1$NEWLINE
	while [ -n "$commands" ]; do
		command=${commands%%"$NEWLINE"*}
		commands=${commands#*"$NEWLINE"}
		case "$2" in
		*" $command" | *" $command "*) [ -z "$command" ] || return 0 ;;
		esac
	done
	return 1
}

# tell_shared: an app that runs as the same account, by name where WHO may look at it.
tell_shared() {
	is_neighbour || return 0
	if may read ''; then
		tell shared "$EACH_APP"
	else
		tell shared -
	fi
}
