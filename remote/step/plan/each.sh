# What a run would do, for a plan that looks (runner/look.sh): step by step, as the recipe has them, with other functions in place of those
# that a step calls. It writes to its scratch folder and nowhere else. Each event comes after the output that belongs to it.

# of what a step says, what is told
MOST_WORDS_BYTES=4096
# a check is asked once
CHECK_SECONDS=5
# exit code of a step that can't be looked at; why stands in a file
UNSEEN=6

# look_at_plan LIVE|- ASKED|- yes|- PATHS|-: the commit that is live, the one that was asked for, whether files are named, and which paths
# are compared.
look_at_plan() {
	begin_look "$1" "$2" "$4"
	names_files=$3
	mkdir -p "$TREE" && true >"$RUN_DIR/made-in" || exit 70
	fetch_tree() { look_at_commit "$@"; }
	open_releases() { find_releases "$@"; }
	sync_tree() { plan_sync "$@"; }
	make_release() { plan_release "$@"; }
	switch_release() { look_at_switch "$1" "$2"; }
	as_root() { look_at_root "$@"; }
	change_service() { look_at_service "$@"; }
	in_plan() { ask_root "$@"; }
	run_command() { plan_command "$@"; }
	check_url() { plan_check "$@"; }
	restore_label() { :; }
	build_away() { plan_build "$@"; }
	makes=''
	unbrought=''
	recipe_steps plan_each
}

# look_at_paths LIVE ASKED|- PATHS: brings the commit, and compares the paths alone.
look_at_paths() {
	begin_look "$1" "$2" "$3"
	tell_commits() { :; }
	fetch_tree() { bring_commit "$@"; }
	recipe_steps bring_each
}

bring_each() {
	[ "$3" != git ] || plan_each "$@"
}

# begin_look LIVE|- ASKED|- PATHS|-
begin_look() {
	live_commit=$1
	asked=$2
	paths=$3
	RUN_DIR=$STATE/plan
	TREE=$RUN_DIR/tree
	APP_MIRROR=$MIRROR
	MIRROR=$RUN_DIR/mirror.git
	REQ_FLAGS=$SHIPIT_FLAGS
	# for note_event, which measures it
	true >"$RUN_DIR/events" || exit 70
}

# look_at_checks LIVE: asks the checks alone.
look_at_checks() {
	live_commit=$1
	RUN_DIR=$STATE/plan
	REQ_FLAGS=$SHIPIT_FLAGS
	true >"$RUN_DIR/events" || exit 70
	check_url() { plan_check "$@"; }
	recipe_steps check_each
}

check_each() {
	[ "$3" != check ] || plan_each "$@"
}

# plan_each NUMBER NAME KIND PHASE LIMIT_SECONDS WHEN ...: does a step in a process of its own, and tells what it found.
plan_each() {
	find_skip "$3" "$4" "$6"
	[ -z "$SKIP" ] || return 0
	NUMBER=$1
	rm -f "$RUN_DIR/found" "$RUN_DIR/files" "$RUN_DIR/unseen"
	# 3: the output that is sent
	("step_$1") 3>&1 >"$RUN_DIR/words" 2>&1
	looked=$?
	read_line "$RUN_DIR/found"
	found=$LINE
	here=",\"number\":$1,\"name\":\"$2\""
	case "$looked" in
	"$UNSEEN")
		send_words
		read_line "$RUN_DIR/unseen"
		note_event "$RUN_DIR" unseen ",\"reason\":\"${LINE:-failed}\"" || exit 70
		[ "$3" != git ] || unbrought=yes
		;;
	0 | "$PUBLISHES" | "$RUNS_AS_ROOT" | "$RUNS_SERVICE" | "$CHANGES")
		case "$found" in
		'') return 0 ;;
		*passed* | *failed*) send_words ;;
		*files*) [ "$names_files" != yes ] || cat "$RUN_DIR/files" ;;
		esac
		note_event "$RUN_DIR" look "$here,\"state\":$found" || exit 70
		;;
	66) exit 66 ;;
	*)
		send_words
		note_event "$RUN_DIR" look "$here,\"state\":\"impossible\"" || exit 70
		[ "$3" != git ] || unbrought=yes
		;;
	esac
}

# send_words: what the step said.
send_words() {
	tail -c "$MOST_WORDS_BYTES" "$RUN_DIR/words"
}

# note_found FIELDS: of the event of this step, from the value of its state on.
note_found() {
	printf '%s\n' "$1" >"$RUN_DIR/found" || exit 70
}

unseen() {
	printf '%s\n' "$1" >"$RUN_DIR/unseen"
	exit "$UNSEEN"
}

# look_at_commit REPOSITORY: in place of the git step.
look_at_commit() {
	bring_commit "$1"
	refuse_too_large
	look_at_tree "$commit"
	write_attributes
	(ulimit -f "$most_blocks" && unpack_commit "$commit") || unseen failed
	rm -f "$RUN_DIR/tree.tar"
}

# ask_root as_root LIMIT_SECONDS PROGRAM [ARGUMENT]...: a command that only looks.
ask_root() {
	shift
	if "$SUDO" -n -- "$LIBEXEC/as-root" /usr/bin/timeout -k 5 "$@"; then
		note_found '"passed"'
	else
		note_found '"failed"'
	fi
}

# plan_check URL STATUS LIMIT_SECONDS TEXT [HOST]: as things are, so that {commit} is what is live.
plan_check() {
	url=$1
	expected=$2
	limit=$3
	shift 3
	[ "$limit" -le "$CHECK_SECONDS" ] || limit=$CHECK_SECONDS
	SHIPIT_COMMIT=''
	! is_commit "$live_commit" || SHIPIT_COMMIT=$live_commit
	if (ask_page "$url" "$expected" "$limit" "$@"); then
		note_found '"passed"'
	else
		note_found '"failed"'
	fi
}

# plan_build FOLDER OUT LIMIT_SECONDS [NAME=VALUE]... PROGRAM [ARGUMENT]...: a program without a path is looked for where the build does.
plan_build() {
	printf '%s/%s\n' "$1" "$2" >>"$RUN_DIR/made-in"
	shift 3
	makes=yes
	need_program "$@"
}

# plan_command FOLDER ...: what it makes, and where, nobody here knows.
plan_command() {
	[ -z "$unbrought" ] && [ ! -s "$RUN_DIR/made-in" ] || makes=yes
	printf './\n' >>"$RUN_DIR/made-in"
	look_at_command "$@"
}
