# Doctor's fact about sshd.forceCommand: which login shells run the gate, since some read a file of their owner's first.

# tell_forced: SHELL NAME,NAME... of the members of the groups that get the gate in place of a shell.
tell_forced() {
	[ -n "$SUDO" ] && [ -r "$APPS/$REQ_APP/grants" ] || return 0
	sed -n 's/^force //p' "$APPS/$REQ_APP/grants" | while read -r group; do
		entry=$(getent group "$group") || continue
		printf '%s\n' "${entry##*:}" | tr ',' '\n'
		entry=${entry#*:*:}
		getent passwd | sed -n "s/^\\([^:]*\\):[^:]*:[0-9]*:${entry%%:*}:.*/\\1/p"
	done | sort -u | while read -r name; do
		[ -z "$name" ] || printf '%s %s\n' "$(getent passwd "$name" | sed 's/.*://')" "$name"
	done | sort | {
		last=''
		while read -r shell name; do
			[ "$shell" = "$last" ] && printf ',%s' "$name" || printf '%sforced %s %s' "${last:+
}" "$shell" "$name"
			last=$shell
		done
		[ -z "$last" ] || printf '\n'
	}
}
