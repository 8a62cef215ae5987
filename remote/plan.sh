# What a run of the loaded recipe will do with the flags of this request.
# The recipe's recipe_steps CALLBACK calls CALLBACK NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN for each step in order;
# KIND is own (deploybot's), root or build.

# skip_reason KIND WHEN: prints why such a step is left out; nothing if it runs.
skip_reason() {
	case "$2" in
	'') ;;
	!*)
		case "$REQ_FLAGS" in
		*" ${2#!} "*) printf flag ;;
		esac
		;;
	*)
		case "$REQ_FLAGS" in
		*" $2 "*) ;;
		*) printf flag && return ;;
		esac
		;;
	esac
	[ "$1" != root ] || [ -n "$SUDO" ] || printf sandbox
}

# plan: prints the steps to come as the inside of a JSON array.
plan() {
	comma=''
	recipe_steps plan_step
}

plan_step() {
	skipped=$(skip_reason "$3" "$6")
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
