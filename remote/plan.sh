# What a run of the loaded recipe will do with the flags of this request.
# The recipe's recipe_steps CALLBACK calls CALLBACK NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN RETRIES for each step in order;
# KIND is own (deploybot's), root or build.

# skip_reason KIND WHEN: prints why such a step is left out; nothing if it runs.
skip_reason() {
	if ! wanted "$2"; then
		printf flag
	elif [ "$1" = root ] && [ -z "$SUDO" ]; then
		printf sandbox
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
