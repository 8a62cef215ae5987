# Whether sudo does with the app's lines what they say: asked of sudo itself, for each person who may deploy and for the app's account.
# A rule that comes later, here or in a directory, takes their place without a word.

# of the members of large groups
MOST_ASKED=50
# for a directory behind sudo
ASK_SECONDS=20

# deployers: who may use the app's line, one a line: the people of the config, and the members of the groups.
deployers() {
	{
		[ ! -f "$APPS/$APP/grants" ] || sed -n 's/^person \([^ ]*\) .*/\1/p' "$APPS/$APP/grants"
		for deploy_group in $POLICY_GROUPS; do
			members_of "$deploy_group"
		done
	} | sort -u | sed '/^$/d'
}

# check_sudo: names each line of the app's file in sudoers.d that sudo would not follow.
check_sudo() {
	[ -f "$SUDOERS/shipit-$APP" ] || return 0
	read_sudoers /etc/sudoers 0 | stage sudoers-now || exit
	check_settings
	deployers | stage deployers || exit
	# of our own making: USER ALL=(TARGET) [TAG: ]...NOPASSWD: COMMAND
	sed -n 's/^\([^ #]*\) ALL=(\([^)]*\)) \([A-Z]*: \)*NOPASSWD: \(.*\)$/\1 \2 \4/p' "$SUDOERS/shipit-$APP" | stage own-lines || exit
	asked=0
	while read -r deployer <&3; do
		has_account "$deployer" || continue
		asked=$((asked + 1))
		[ "$asked" -le "$MOST_ASKED" ] || break
		ask_sudo "$deployer" || return 0
		check_rule "$deployer" "$ACCOUNT" "$LIBEXEC/runner" || :
	done 3<"$STAGE/deployers"
	has_account "$ACCOUNT" && grep -q "^$ACCOUNT " "$STAGE/own-lines" || return 0
	ask_sudo "$ACCOUNT" || return 0
	grep "^$ACCOUNT " "$STAGE/own-lines" | stage root-lines || exit
	while read -r _ own_target own_command <&3; do
		check_rule "$ACCOUNT" "$own_target" "$own_command" || break
	done 3<"$STAGE/root-lines"
}

# ask_sudo ACCOUNT: what sudo lists for it, in sudo-list; fails where sudo can't say.
ask_sudo() {
	COLUMNS=4096 timeout "$ASK_SECONDS" sudo -n -l -U "$1" >"$STAGE/sudo-list" 2>"$STAGE/sudo-says" </dev/null 8<&- 9<&-
	grep -q '^User ' "$STAGE/sudo-list" || {
		say "cannot ask sudo what '$1' may do, so it is unknown whether its lines are in force: $(show "$(tail -n 1 "$STAGE/sudo-says")")"
		return 1
	}
	read_sudo_settings
}

# read_sudo_settings: sets ASKS, NO_EXEC, WANTS_TTY and SETS_ENV, of what holds for this account; in each, the last word counts.
read_sudo_settings() {
	ASKS=yes NO_EXEC='' WANTS_TTY='' SETS_ENV=''
	sed -n '/^Matching Defaults/,/^$/{/^    /s/, */\
/gp;}' "$STAGE/sudo-list" | stage sudo-settings || exit
	while read -r sudo_setting <&4; do
		case "$sudo_setting" in
		'!authenticate') ASKS='' ;;
		authenticate) ASKS=yes ;;
		noexec) NO_EXEC=yes ;;
		'!noexec') NO_EXEC='' ;;
		requiretty) WANTS_TTY=yes ;;
		'!requiretty') WANTS_TTY='' ;;
		setenv) SETS_ENV=yes ;;
		'!setenv') SETS_ENV='' ;;
		esac
	done 4<"$STAGE/sudo-settings"
	# those for commands come after all others
	sed -n '/^Runas and Command-specific/,/^$/s/    *Defaults/\
Defaults/gp' "$STAGE/sudo-list" | stage sudo-settings || exit
	while read -r sudo_setting <&4; do
		case "$sudo_setting" in
		"Defaults!"*"$LIBEXEC/runner"*' !requiretty' | 'Defaults!ALL !requiretty') WANTS_TTY='' ;;
		"Defaults!"*"$LIBEXEC/runner"*' requiretty' | 'Defaults!ALL requiretty') WANTS_TTY=yes ;;
		"Defaults!"*"$LIBEXEC/"*' !setenv' | 'Defaults!ALL !setenv') SETS_ENV='' ;;
		# whatever it is for: one too many that is named does no harm
		*' setenv') SETS_ENV=yes ;;
		esac
	done 4<"$STAGE/sudo-settings"
}

# check_rule USER TARGET COMMAND: what sudo would do. Fails, with a word of it, where that is not what our line says.
check_rule() {
	judge_rules "$2" "$3"
	case "$VERDICT" in
	ok)
		[ -n "$WANTS_TTY" ] || return 0
		not_in_force "$1" 'sudo requires a terminal (requiretty), and a deploy has none'
		;;
	none)
		why="sudo lists no rule for $3"
		[ ! -s "$STAGE/sudo-says" ] || why="$why, and says: $(show "$(tail -n 1 "$STAGE/sudo-says")")"
		not_in_force "$1" "$why"
		;;
	*)
		why="$3 $VERDICT"
		case "$BY" in
		*' SETENV: '*) why="$why, by $(name_rule "$1" "$BY"). sudo follows the last rule that matches: take SETENV out of it, or give it a place before shipit-$APP" ;;
		# a setting that no file of this host has
		"($2) "*"NOPASSWD: $3") ;;
		*) why="$why, by $(name_rule "$1" "$BY"). sudo follows the last rule that matches: move that one before shipit-$APP" ;;
		esac
		not_in_force "$1" "$why"
		;;
	esac
	return 1
}

not_in_force() {
	IN_FORCE=''
	differs "sudo for '$1'" "$2"
}

# judge_rules TARGET COMMAND: of the rules in sudo-list the last one that fits decides. Sets VERDICT and BY, that rule.
judge_rules() {
	VERDICT=none BY=''
	while IFS= read -r rule <&4; do
		case "$rule" in
		'    ('*') '*) rule=${rule#    } ;;
		*) continue ;;
		esac
		targets=${rule%%)*}
		targets=${targets#?}
		names_target "${targets%% : *}" "$1" || continue
		judge_commands "${rule#*) }" "$2"
	done 4<"$STAGE/sudo-list"
}

# names_target TARGETS NAME: of names and numbers between commas, the last that fits.
names_target() {
	named=1
	rest="$1, "
	while [ -n "$rest" ]; do
		each=${rest%%, *}
		rest=${rest#*, }
		case "$each" in
		ALL | "$2" | "#$(id -u "$2" 2>/dev/null)") named=0 ;;
		"!$2" | '!ALL') named=1 ;;
		%*) ! has "${each#%}" "$(id -Gn "$2" 2>/dev/null)" || named=0 ;;
		esac
	done
	return "$named"
}

# judge_commands COMMANDS COMMAND: each with its tags, which hold for those after it too.
judge_commands() {
	asks=$ASKS
	no_exec=$NO_EXEC
	sets_env=$SETS_ENV
	rest="$1, "
	while [ -n "$rest" ]; do
		each=${rest%%, *}
		rest=${rest#*, }
		# a comma of a command's own stands there as \,
		while [ "${each%\\}" != "$each" ] && [ -n "$rest" ]; do
			each="$each, ${rest%%, *}"
			rest=${rest#*, }
		done
		while :; do
			case "$each" in
			'PASSWD: '*) asks=yes ;;
			'NOPASSWD: '*) asks='' ;;
			'EXEC: '*) no_exec='' ;;
			'NOEXEC: '*) no_exec=yes ;;
			'SETENV: '*) sets_env=yes ;;
			'NOSETENV: '*) sets_env='' ;;
			[ABCDEFGHIJKLMNOPQRSTUVWXYZ]*': '* | [ABCDEFGHIJKLMNOPQRSTUVWXYZ]*=*' '* | sha[0123456789]*:*' '*) ;;
			*) break ;;
			esac
			each=${each#* }
		done
		fits "${each#!}" "$2" || continue
		BY=$rule
		case "$each" in
		!*) VERDICT='is forbidden' ;;
		*)
			VERDICT=ok
			[ -z "$no_exec" ] || VERDICT='may start no other program (noexec)'
			[ -z "$sets_env" ] || VERDICT='takes variables from its caller (setenv)'
			[ -z "$asks" ] || VERDICT='needs a password'
			;;
		esac
	done
}

# fits PATTERN COMMAND: one without arguments fits any of them.
fits() {
	[ "$1" != ALL ] && [ "$1" != "$2" ] || return 0
	# sudo-rs lists words without the backslashes that sudoers needs
	case "$2" in
	*\\*) [ "$1" != "$(printf '%s' "$2" | tr -d '\134')" ] || return 0 ;;
	esac
	# shellcheck disable=SC2254 # a pattern of sudoers
	case "$2" in
	$1 | $1' '*) return 0 ;;
	esac
	return 1
}

# name_rule USER RULE: FILE:LINE and the line that says so, of those that come after ours: the last with these words, else the last
# that is about the user. The rule as sudo lists it where none is, as in a directory.
name_rule() {
	bare_rule=$(bare "$2")
	rule_line=$(later_lines | while IFS= read -r each; do
		said=$(bare "${each#*=}")
		case "$bare_rule" in
		"$said" | "(root)$said") printf '%s\n' "$each" ;;
		esac
	done | tail -n 1)
	[ -n "$rule_line" ] || rule_line=$(later_lines | while IFS= read -r each; do
		! is_about "${each#*"$TAB"}" "$1" || printf '%s\n' "$each"
	done | tail -n 1)
	if [ -n "$rule_line" ]; then
		show "${rule_line%%"$TAB"*}: ${rule_line#*"$TAB"}"
	else
		show "$2 (listed by sudo, but not in a file of this host)"
	fi
}

# later_lines: rules of sudoers after our own.
later_lines() {
	awk -F "$TAB" -v ours="$SUDOERS/shipit-$APP:" 'index($1, ours) == 1 { seen = 1; next } seen && $2 !~ /^(Defaults|[A-Za-z]*_Alias)/ && $2 ~ /=/' "$STAGE/sudoers-now"
}

# bare RULE: without blanks and tags.
bare() {
	printf '%s' "$1" | tr -d '[:blank:]' | sed 's/[A-Z][A-Z]*://g'
}

# is_about LINE USER: a rule for the user, a group of the user's, all, or an alias that may be any of these.
is_about() {
	about=${1%%=*}
	# the last word before the = is the host
	about=$(printf '%s' "${about% *}" | tr ',' ' ')
	about_groups=$(id -Gn "$2" 2>/dev/null)
	for each in $about; do
		case "$each" in
		ALL | "$2") return 0 ;;
		%*) ! has "${each#%}" "$about_groups" || return 0 ;;
		*[!ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_]*) ;;
		*) return 0 ;;
		esac
	done
	return 1
}
