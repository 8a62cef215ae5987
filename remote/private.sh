# Gives a build its own view of the host: its temporary folders are its own, and it can write nothing else of the host.
# private HOME PROGRAM [ARGUMENT]..., in a folder below HOME. The build calls it as the build account, with the capabilities of a
# fresh user namespace. The program that it starts drops these before anything of the repository runs.

# file systems of the kernel's own, where nobody can leave a file; all others, known or not, are made read-only
KERNEL_TYPES=' proc sysfs cgroup cgroup2 devpts securityfs debugfs tracefs pstore bpf configfs fusectl binfmt_misc efivarfs selinuxfs autofs rpc_pipefs nsfs '

main() {
	HOME=$1
	shift
	here=$(pwd -P) || fail
	mount --bind "$HOME" "$HOME" || fail
	close_mounts || fail
	for folder in /tmp /var/tmp /dev/shm; do
		[ ! -d "$folder" ] || mount --bind "$HOME/tmp" "$folder" || fail
	done
	# a service that answers there could start a program for the build, outside of this view
	mkdir "$HOME/nothing" || fail
	for folder in /run/dbus /run/user; do
		[ ! -d "$folder" ] || mount --bind "$HOME/nothing" "$folder" || fail
	done
	# by its name again: the folder that we are in is still the one below
	cd "$here" || fail
	# the build's, whose files are published
	umask 022
	exec "$@"
}

fail() {
	die 70 'cannot make a view of the host for the build'
}

# close_mounts: what is read-only here can't be opened again from within (mount_namespaces(7)). The other options of a mount have to
# stay; what this account can't see it can't write either.
close_mounts() {
	mounts=$(cat /proc/self/mountinfo) || return 1
	printf '%s\n' "$mounts" | while read -r _ _ _ _ point options rest; do
		type=${rest#*- }
		case "$KERNEL_TYPES" in
		*" ${type%% *} "*) continue ;;
		esac
		case "$options" in
		ro | ro,*) continue ;;
		esac
		[ "$point" != "$HOME" ] || continue
		case "$point" in
		# a blank, a line feed or a backslash stands there in octal: proc_pid_mountinfo(5). The full stop keeps a line feed at the end
		*\\*)
			point=$(printf '%b.' "$(printf '%s' "$point" | sed 's/\\/\\0/g')")
			point=${point%.}
			;;
		esac
		mount -o "remount,bind,ro${options#rw}" "$point" || [ ! -e "$point" ] || exit 1
	done
}

main "$@"
