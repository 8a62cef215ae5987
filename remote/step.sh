# One step of a run: a process of its own, as the app's account, with the log as stdout and stderr. The loaded recipe defines a
# function step_N for each step, made of the functions below and of those in lib/command, git, rsync, releases, check and build-away.
# step NUMBER runs a step. step 0 looks at the steps that follow it (look.sh). step plan, step paths and step checks answer the runner
# (step/plan/each.sh). Only the run calls it, or the runner for an answer, with SHIPIT_ variables in an otherwise empty environment.
# Relative paths start in the exported commit.

main() {
	cd / || exit 70
	exec </dev/null
	umask 022
	# as the run has found it
	OWNED_APP=$SHIPIT_APP
	load_recipe "$SHIPIT_APP"
	enter_state "$SHIPIT_APP"
	RUN_DIR=$RUNS/$SHIPIT_RUN
	TREE=$STATE/tree/$SHIPIT_RUN
	MIRROR=$STATE/mirror.git
	needs id ls sed grep find tar readlink
	case "$1" in
	0)
		shift
		look_ahead "$@"
		;;
	plan)
		shift
		look_at_plan "$@"
		;;
	paths)
		shift
		look_at_paths "$@"
		;;
	checks)
		shift
		look_at_checks "$@"
		;;
	*)
		is_number "$1" || exit 70
		"step_$1"
		;;
	esac
}

# restore_label PATH TYPE: as the file's owner; that may relabel it (no root is needed). TYPE may be empty.
restore_label() {
	if ! command -v selinuxenabled >/dev/null || ! selinuxenabled; then
		printf 'SELinux is off on this host: nothing to restore\n'
		return
	fi
	# its domain may write into no file or named pipe of the run (run/output.sh), and says nothing of that
	restored=$(exec restorecon -v "$PREFIX$1" 2>&1)
	restore_status=$?
	[ -z "$restored" ] || printf '%s\n' "$restored"
	[ "$restore_status" -eq 0 ] || exit "$restore_status"
	answer_of stat -c %C "$PREFIX$1"
	case "$2,$ANSWER" in
	,* | "$2",*:"$2":*) ;;
	*) die 1 "$1 does not have the type $2: add it with 'semanage fcontext'" ;;
	esac
}

NUMBER=${1-}
main "$@"
