# What a deploy would find: the answer to plan, and the first part of that to a deploy that asks. It takes no lock and leaves no record.
# Without --look and --paths nothing is fetched (look.sh).

# so long the repository has to answer
LOOK_UP_SECONDS=30
# of what git says if it does not
MOST_GIT_BYTES=4096

answer_plan() {
	may deploy "$REQ_KIND/$REQ_REF" || turn_away policy 77 ''
	tell_plan
	event end ''
}

tell_plan() {
	# who looks sees in the hello that it is another recipe
	[ -n "$REQ_LOOK" ] || [ -z "$REQ_DIGEST" ] || [ "$REQ_DIGEST" = "$RECIPE_DIGEST" ] || turn_away drift 78 ''
	enter_state "$REQ_APP"
	# power may have cut a start before its run was the current one: the next start settles that
	read_line "$STATE/current"
	settle_alone "$LINE"
	TIP=$REQ_COMMIT
	[ -n "$TIP" ] || recipe_steps look_up_tip
	hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
	send_status ''
	find_way
	event plan "${TIP:+,\"commit\":\"$TIP\"}$WAY"
	[ -z "$REQ_PATHS" ] || judge_live_run
	if [ -n "$REQ_LOOK" ]; then
		tell_space
		look_around plan "${live_commit:--}" "${REQ_COMMIT:--}" "${REQ_FILES:--}" "${REQ_PATHS:--}"
	elif [ -n "$REQ_PATHS" ]; then
		look_around paths "$live_commit" "${REQ_COMMIT:--}" "$REQ_PATHS"
	fi
}

# look_up_tip NUMBER NAME KIND ...: if it is the git step, sets TIP, the newest commit of what is asked for. The recipe names the
# repository in the step itself, to fetch_tree, which is another one here than in a step.
look_up_tip() {
	[ "$3" = git ] || return 0
	needs git
	told=$("step_$1" 2>&1 </dev/null)
	case "$?" in
	0) ;;
	2) turn_away ref-not-found 66 '' ;;
	*)
		hello ",\"app\":\"$REQ_APP\",\"digest\":\"$RECIPE_DIGEST\""
		# in letters that are one byte each
		told=$(printf '%s' "$told" | tail -c "$MOST_GIT_BYTES" | tr -cd '\011\012\040-\176')
		send "{\"event\":\"output\",\"size\":${#told}}"
		printf '%s' "$told"
		event refused ',"reason":"repository","exit":1'
		exit 1
		;;
	esac
	find_tip
	[ -n "$TIP" ] || turn_away ref-not-found 66 ''
}

# find_tip: sets TIP by what git told. It also tells refs that end as the one that was asked for: a branch may have the name
# 'refs/heads/main'. Of an annotated tag the commit comes last.
find_tip() {
	case "$REQ_KIND" in
	branch) full=refs/heads/$REQ_REF ;;
	*) full=refs/tags/$REQ_REF ;;
	esac
	told=$told$NEWLINE
	while [ -n "$told" ]; do
		line=${told%%"$NEWLINE"*}
		told=${told#*"$NEWLINE"}
		case "$line" in
		*"$TAB$full" | *"$TAB$full^{}") ! is_commit "${line%%"$TAB"*}" || TIP=${line%%"$TAB"*} ;;
		esac
	done
}

# fetch_tree REPOSITORY: asks for the ref alone.
fetch_tree() {
	use_repository "$REQ_APP" "$1"
	case "$REQ_KIND" in
	branch) look_up "refs/heads/$REQ_REF" ;;
	*) look_up "refs/tags/$REQ_REF" "refs/tags/$REQ_REF^{}" ;;
	esac
}

# look_up REF...
look_up() {
	set -- git ls-remote --exit-code ${upload_pack:+"--upload-pack=$upload_pack"} "$repository" "$@"
	told=$(in_own_environment timeout -k 5 "$LOOK_UP_SECONDS" "$@" 2>&1)
	set -- "$?"
	printf '%s\n' "$told"
	case "$1" in
	0 | 2) ;;
	*) say_deploy_key "$told" ;;
	esac
	return "$1"
}

# in_own_environment PROGRAM [ARGUMENT]...: what sudo lets through of the caller's may tell git to run something.
in_own_environment() {
	env -i PATH="$PATH" HOME="$HOME" LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_SSH_COMMAND="${GIT_SSH_COMMAND-}" \
		GIT_ALLOW_PROTOCOL="${GIT_ALLOW_PROTOCOL-}" "$@" 6<&- 7<&- 8<&-
}

# find_way: sets WAY, how many commits would come and how many would go, if the mirror has both.
find_way() {
	WAY=''
	live_commit=''
	[ ! -s "$STATE/live" ] || read -r live_commit _ <"$STATE/live"
	is_commit "$live_commit" && [ -n "$TIP" ] && [ -d "$STATE/mirror.git" ] || return 0
	counts=$(ask_mirror rev-list --left-right --count "$live_commit...$TIP" --) || return 0
	WAY=",\"goes\":${counts%%	*},\"comes\":${counts##*	}"
}

# judge_live_run: where what is live was made by another recipe or with other flags, there is no need to compare paths, and that is told.
# Nor is there where nothing is live, or no commit to compare with is known.
judge_live_run() {
	compared=$REQ_PATHS
	REQ_PATHS=''
	is_commit "$live_commit" && [ -n "$TIP" ] || return 0
	read -r _ _ _ live_run _ <"$STATE/live"
	read_line "$RUNS/$live_run/start"
	case "$LINE" in
	*",\"digest\":\"$RECIPE_DIGEST\""*) ;;
	*)
		event paths ',"state":"recipe"'
		return
		;;
	esac
	asked_flags=${REQ_FLAGS# }
	read_line "$RUNS/$live_run/flags"
	if [ "$LINE" = "${asked_flags% }" ]; then
		REQ_PATHS=$compared
	else
		event paths ',"state":"flags"'
	fi
}
