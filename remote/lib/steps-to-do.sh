# What a run of the loaded recipe will do with the flags of this request.
# The recipe's recipe_steps CALLBACK calls CALLBACK NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN RETRIES [PAUSE_SECONDS ON_FAILURE]
# for each step in order; KIND is root, build, or else of the app's account: git, check, command or own.

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
	recipe_releases look_for_release
	[ "$KEPT" != gone ] || KEPT=''
}

look_for_release() {
	[ "$KEPT" != gone ] && wanted "$2" || return 0
	KEPT=gone
	[ ! -d "$PREFIX$1/releases/$wanted_release" ] || KEPT=yes
}

# find_skip KIND PHASE WHEN: sets SKIP, why such a step is left out; empty if it runs.
find_skip() {
	SKIP=''
	if ! wanted "$3"; then
		SKIP=flag
	elif [ -z "$SUDO" ] && { [ "$1" = root ] || [ "$1" = check ]; }; then
		SKIP=sandbox
	elif [ -n "${KEPT-}" ] && [ "$2" = prepare ] && [ "$1" != git ]; then
		SKIP=kept
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

# plan: sets PLAN, the steps to come as the inside of a JSON array, and FLAGS, the request's flags as that of another.
plan() {
	PLAN=''
	recipe_steps plan_step
	FLAGS=''
	for flag in $REQ_FLAGS; do
		FLAGS="$FLAGS${FLAGS:+,}\"$flag\""
	done
}

plan_step() {
	find_skip "$3" "$4" "$6"
	PLAN="$PLAN${PLAN:+,}{\"name\":\"$2\",\"phase\":\"$4\"${SKIP:+,\"skipped\":\"$SKIP\"}}"
}
