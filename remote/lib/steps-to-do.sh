# What a run of the loaded recipe will do with the flags of this request.
# The recipe's recipe_steps CALLBACK calls CALLBACK NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN RETRIES [PAUSE_SECONDS ON_FAILURE]
# for each step in order; KIND is root, build, or else of the app's account: git, check or own.

# recipe_releases CALLBACK: a recipe whose rollback can do without preparing has a function of its own in place of this one. It
# calls CALLBACK ROOT WHEN for each folder of releases.
recipe_releases() {
	:
}

# find_kept RUN: sets KEPT if every release that the way back to RUN wants is still there.
find_kept() {
	KEPT=''
	wanted_release=$1
	[ -n "$1" ] || return 0
	case "$(recipe_releases look_for_release)" in
	*gone*) ;;
	*kept*) KEPT=yes ;;
	esac
}

look_for_release() {
	wanted "$2" || return 0
	if [ -d "$PREFIX$1/releases/$wanted_release" ]; then
		printf 'kept '
	else
		printf 'gone '
	fi
}

# skip_reason KIND PHASE WHEN: prints why such a step is left out; nothing if it runs.
skip_reason() {
	if ! wanted "$3"; then
		printf flag
	elif [ -z "$SUDO" ] && { [ "$1" = root ] || [ "$1" = check ]; }; then
		printf sandbox
	elif [ -n "${KEPT-}" ] && [ "$2" = prepare ] && [ "$1" != git ]; then
		printf kept
	fi
}

# wanted WHEN: the flags of this request ask for it.
wanted() {
	case "$1" in
	'') return 0 ;;
	!*) ! wanted "${1#!}" ;;
	*)
		case "$REQ_FLAGS" in
		*" $1 "*) return 0 ;;
		esac
		return 1
		;;
	esac
}

# plan: prints the steps to come as the inside of a JSON array.
plan() {
	comma=''
	recipe_steps plan_step
}

plan_step() {
	skipped=$(skip_reason "$3" "$4" "$6")
	printf '%s{"name":"%s","phase":"%s"%s}' "$comma" "$2" "$4" "${skipped:+,\"skipped\":\"$skipped\"}"
	comma=,
}

# flags_json: the request's flags as the inside of a JSON array.
flags_json() {
	comma=''
	for flag in $REQ_FLAGS; do
		printf '%s"%s"' "$comma" "$flag"
		comma=,
	done
}
