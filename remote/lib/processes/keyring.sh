# The kernel's keyrings (keyrings(7)). sudo hands on the session keyring of its caller: what runs with it can read what that person keeps
# there, and leave something there for others. So runs, looks, builds and root steps begin with one of their own.

# own_keyring PROGRAM [ARGUMENT]...: becomes the program, in a session keyring of its own where this host has keyctl or perl.
own_keyring() {
	[ -n "$SUDO" ] || exec "$@"
	if keyctl session - true >/dev/null 2>&1; then
		# keyctl says on stderr what it has done
		# shellcheck disable=SC2016 # the inner sh's
		exec keyctl session - /bin/sh -c 'exec "$@" 2>&3 3>&-' sh "$@" 3>&2 2>/dev/null
	elif find_keyctl; then
		# KEYCTL_JOIN_SESSION_KEYRING, without a name. Where the kernel does not know or allow it, the program begins all the same
		exec perl -e '$call = 0 + shift; syscall($call, 1, 0) if length(pack("p", "")) == 8; exec { $ARGV[0] } @ARGV; exit 126' "$KEYCTL" "$@"
	fi
	exec "$@"
}

# clear_keyrings: those of the account itself, which stay on the host for as long as it runs: its own, its sessions', the persistent one.
clear_keyrings() {
	if keyctl show @u >/dev/null 2>&1; then
		persistent=$(keyctl get_persistent @s) || persistent=''
		for keyring in $persistent @u @us; do
			keyctl clear "$keyring"
		done
	elif find_keyctl; then
		# KEYCTL_GET_PERSISTENT into the process's own keyring, KEYCTL_CLEAR of that, of the user's and of the user's sessions
		perl -e 'exit if length(pack("p", "")) != 8; $call = 0 + shift; $own = syscall($call, 22, -1, -2);
			for $keyring ($own, -4, -5) { syscall($call, 7, $keyring) if $keyring != -1 }' "$KEYCTL"
	fi
}

# find_keyctl: sets KEYCTL to the number of the system call; fails where perl is missing, or the number is not known. A perl of another
# kind than the kernel's own, whose pointers are shorter, has other numbers.
find_keyctl() {
	command -v perl >/dev/null || return 1
	# of Linux 6.1
	{ read -r machine </proc/sys/kernel/arch; } 2>/dev/null || machine=$(uname -m)
	case "$machine" in
	x86_64) KEYCTL=250 ;;
	aarch64 | riscv64 | loongarch64) KEYCTL=219 ;;
	ppc64le | ppc64) KEYCTL=271 ;;
	s390x) KEYCTL=280 ;;
	*) return 1 ;;
	esac
}
