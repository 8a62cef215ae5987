# The words of the command line.

usage() {
	printf 'usage: sh SCRIPT %s\n' "$USAGE" >&2
	exit 2
}

main() {
	script=$TASK
	WAIT_SECONDS=0
	ASK=''
	SUMMARY=''
	SHOW=''
	APPLY=''
	DIFFERENCES=0
	while [ "$#" -gt 0 ]; do
		case "$1" in
		--check)
			[ "$script" = install ] || usage
			TASK=check
			;;
		--summary)
			[ "$script" = install ] || usage
			SUMMARY=yes
			;;
		--help | -h) help ;;
		--uninstall) TASK=uninstall ;;
		--purge)
			TASK=uninstall
			PURGE=yes
			;;
		--ask) ASK=yes ;;
		--wait)
			case "${2-}" in
			'' | *[!0123456789]* | ??????*) usage ;;
			esac
			WAIT_SECONDS=$2
			shift
			;;
		*) usage ;;
		esac
		shift
	done
	[ -z "$SUMMARY" ] || {
		say_summary
		exit
	}
	[ "$(id -u)" -eq 0 ] || die 1 'run this as root'
	cd / || exit 1
	check_places
	if [ "$TASK" = check ] || [ -n "$ASK" ]; then
		SHOW=yes
	fi
	case "$TASK" in
	uninstall) run_uninstall ;;
	*) run_install ;;
	esac
}

# also where a login file that reads standard input has eaten what comes first
[ "${SCRIPT_BEGINS-}" = here ] || {
	echo 'this is not a complete script: run the script of an app, which reads the installer. Nothing was changed' >&2
	exit 1
}
