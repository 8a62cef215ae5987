# What a step needs that is a command, this account's or root's: the run has this itself (run/steps.sh), and all other steps in their own
# program (step.sh).

# the words of timeout before the command, where the run has this
LIMITED=''
# exit code of a look ahead: the step runs what nobody here knows, in the tree
CHANGES=5
# in a look ahead, yes where a step before this one makes something
makes=''

# enter FOLDER: goes to a folder of the tree, and nowhere else, whatever symlinks the commit has.
enter() {
	cd -P "$TREE" || exit 1
	root=$PWD
	cd -P "$TREE/$1" 2>/dev/null || {
		[ ! -d "$TREE/$1" ] || die 1 "cannot enter the folder '$1' of the commit: $(ls -ld "$TREE/$1")"
		die 1 "the commit has no folder '$1'"
	}
	case "$PWD/" in
	"$root"/*) ;;
	*) die 1 "'$1' leads out of the commit" ;;
	esac
}

# run_command FOLDER [NAME=VALUE]... PROGRAM [ARGUMENT]...
run_command() {
	enter "$1"
	shift
	PATH=$PATH:$MORE_PROGRAMS
	case "$1" in
	*=*) set -- env "$@" ;;
	esac
	# shellcheck disable=SC2086 # no word, or four
	exec $LIMITED "$@"
}

# as_root LIMIT_SECONDS PROGRAM [ARGUMENT]...: one exact line of sudoers. The limit stands behind sudo, since that account
# can't end what root runs.
as_root() {
	exec "$SUDO" -n -- "$LIBEXEC/as-root" /usr/bin/timeout -k 5 "$@"
}

# in_plan COMMAND...: a plan does this as well (step/plan/each.sh).
in_plan() {
	"$@"
}

# look_at_command FOLDER [NAME=VALUE]... PROGRAM [ARGUMENT]...
look_at_command() {
	[ -n "$makes" ] || enter "$1"
	shift
	need_program "$@"
	exit "$CHANGES"
}

# need_program [NAME=VALUE]... PROGRAM [ARGUMENT]...: ends the step if the host, or this folder, does not have the program.
need_program() {
	while :; do
		case "$1" in
		PATH=*) return ;;
		*=*) shift ;;
		*) break ;;
		esac
	done
	case "$1" in
	/*) ! is_lost "$1" || die 1 "this host has no program $1" ;;
	*/*) [ -n "$makes" ] || [ -e "$1" ] || die 1 "the commit has no program '$1'" ;;
	*)
		PATH=$PATH:$MORE_PROGRAMS
		command -v "$1" >/dev/null || die 1 "this host has no program '$1' in $PATH"
		;;
	esac
}
