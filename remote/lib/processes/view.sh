# Whether an account can give what it starts a view of the host of its own (namespaces(7)): builds use one, and doctor tells of it.

# of util-linux 2.36. The account's number is the same inside, and nobody else's means anything there: programs that are setuid or
# setgid start without that.
NAMESPACES='--user --map-current-user --keep-caps --mount --ipc'
NO_RIGHTS='--no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all'
HIDES=''

# of what unshare and mount say where a host does not allow it, or does not know it
NOT_ALLOWED='not permitted|ermission denied|nvalid argument|not implemented|nrecognized option|nvalid option|nknown option|not found|o such file|pplet not found'

# can_hide: this host lets the account make namespaces of its own, and mount in them. Asked once. Where it does, and something else is
# in the way (an earlier build used up what the account may have, and gave it to others), HIDES is spent: no build then does without.
can_hide() {
	if [ -z "$HIDES" ]; then
		# shellcheck disable=SC2086,SC2016 # options; the inner sh's
		why_not=$(unshare $NAMESPACES /bin/sh -c 'mount --bind "$1" "$1" && shift && exec "$@"' sh "$LIBEXEC" setpriv $NO_RIGHTS -- true 2>&1) && HIDES=yes
		if [ -z "$HIDES" ]; then
			HIDES=spent
			! printf '%s' "$why_not" | grep -Eq "$NOT_ALLOWED" && ! forbids_namespaces || HIDES=no
		fi
	fi
	[ "$HIDES" = yes ]
}

# forbids_namespaces: the host says 0 where it says how many an account may have.
forbids_namespaces() {
	for kind in user mnt ipc; do
		# not by read, which takes a byte at a time: such a file tells its first bytes only once
		most=$(cat "/proc/sys/user/max_${kind}_namespaces" 2>/dev/null) || continue
		[ "$most" -ne 0 ] || return 0
	done
	return 1
}
