# The supervisor of a run whose own supervisor was killed: watch APP RUN LEADER. A cancel that finds no supervisor starts it, and so
# does a run on a host without /proc.

main() {
	cd / || exit 70
	APP=$1
	enter_state "$APP"
	RUN_DIR=$RUNS/$2
	supervise "$3"
}

main "$@"
