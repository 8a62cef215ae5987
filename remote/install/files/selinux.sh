# The labels of what is published, where SELinux is on: rules for semanage, so that a restorecon of tomorrow keeps them.

LABEL_SECONDS=600
# what a web server needs to run a program that has this type
CGI_TYPE=httpd_sys_script_exec_t
CGI_BOOLEAN=httpd_enable_cgi

# label_by PROGRAM WORD...: with none of our descriptors, nor with our pipes: its domain may use none of them, and each try would stand in
# the audit log (seen: load_policy, which semanage starts). What fails is done once more, to hear why.
label_by() {
	"$@" >/dev/null 2>&1 </dev/null 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&- && return
	label_says=$("$@" 2>&1 </dev/null 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-) || {
		[ -z "$label_says" ] || printf '%s\n' "$label_says" >&2
		return 1
	}
}

selinux_is_on() {
	command -v selinuxenabled >/dev/null && selinuxenabled
}

# type_of PATH: what the policy says of the path, whether or not it is there.
type_of() {
	context=$(matchpathcon -n "$1") || return 1
	context=${context#*:*:}
	printf '%s' "${context%%:*}"
}

# each_label COMMAND: calls COMMAND TYPE PATTERN PATH for each rule that the policy of the host does not have yet.
each_label() {
	while read -r kind first second <&3; do
		case "$kind" in
		published)
			# a folder that the policy knows has its label already
			case "$(type_of "$first")" in
			var_t | default_t) "$1" httpd_sys_content_t "$(as_pattern "$first")(/.*)?" "$first" ;;
			esac
			;;
		label) [ "$(type_of "$second")" = "$first" ] || "$1" "$first" "$(as_pattern "$second")" "$second" ;;
		esac
	done 3<"$STAGE/root$APPS/$APP/grants"
}

as_pattern() {
	printf '%s' "$1" | sed 's/[.+]/\\&/g'
}

check_selinux() {
	selinux_is_on || return 0
	for program in semanage restorecon matchpathcon; do
		command -v "$program" >/dev/null ||
			die 1 "SELinux is on, but this host has no $program: install policycoreutils-python-utils (RHEL 7: policycoreutils-python)"
	done
	each_label differs_label
}

differs_label() {
	differs "$3" "SELinux would not give it the type $1"
}

add_label() {
	remember "fcontext $2"
	label_by semanage fcontext -a -t "$1" "$2" 2>/dev/null || label_by semanage fcontext -m -t "$1" "$2" ||
		die 1 "semanage does not accept the type $1 for $3; everything else is in place"
	say "SELinux: $3 has the type $1"
}

# label_all: after the commit; a missing label does not undo an install.
label_all() {
	selinux_is_on || return 0
	each_label add_label
	# shellcheck disable=SC2086 # a list of paths without blanks
	{
		label_by restorecon -R "$LIBEXEC" /etc/shipit "$RECORDS" "$SUDOERS/shipit-$APP" &&
			label_by restorecon "$STATE_ROOT" "$STATE_ROOT/apps" "$STATE_ROOT/apps/$APP" $PUBLISHED
	} || die 1 'restorecon failed; everything else is in place'
	# what lies in the account's folders it may move at any time; so it labels them itself, and can reach nothing but its own
	label_by as_account "$LABEL_SECONDS" "$ACCOUNT" "restorecon -R $STATE_ROOT/apps/$APP $PUBLISHED" 2>/dev/null ||
		say "$ACCOUNT could not set every SELinux label on what is published: check it, then run: restorecon -R $PUBLISHED"
	while read -r kind type path <&3; do
		[ "$kind" = label ] && [ -e "$path" ] || continue
		label_by as_account "$LABEL_SECONDS" "$ACCOUNT" "restorecon -F $path" 2>/dev/null && matchpathcon -V "$path" >/dev/null ||
			die 1 "$path does not have the type $type: see 'semanage fcontext -l -C'; everything else is in place"
	done 3<"$STAGE/root$APPS/$APP/grants"
}

remove_label() {
	! selinux_is_on || label_by semanage fcontext -d "$1"
}

# say_boolean: a program that SELinux lets no web server run.
say_boolean() {
	cgi_program=$(sed -n "s/^label $CGI_TYPE //p" "$STAGE/root$APPS/$APP/grants" | head -n 1)
	[ -n "$cgi_program" ] && selinux_is_on || return 0
	case "$(getsebool "$CGI_BOOLEAN" 2>/dev/null)" in
	*off) say "SELinux lets no web server run programs such as $cgi_program ($CGI_BOOLEAN is off): to allow it, run: setsebool -P $CGI_BOOLEAN on" ;;
	esac
}
