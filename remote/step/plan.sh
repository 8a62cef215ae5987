# What a run would do, for a plan that looks (runner/look.sh): step by step, as the recipe has them, with other functions in place of those
# that a step calls. It writes to its scratch folder and nowhere else. Each event comes after the output that belongs to it.

# of each list, what is told
MOST_COMMITS=100
MOST_LINE_BYTES=500
MOST_WORDS_BYTES=4096
# what may be fetched and exported: so much, and never more than half of what is free
MOST_KILOBYTES=2097152
MOST_FILES=500000
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

# bring_commit REPOSITORY: the commit is brought to a mirror that has all that the app's has, as alternate, and compared with the live one.
bring_commit() {
	use_repository "$SHIPIT_APP" "$1"
	GIT_DEFAULT_HASH=sha1 GIT_DEFAULT_REF_FORMAT=files git init -q --bare "$MIRROR" || unseen failed
	[ ! -d "$APP_MIRROR/objects" ] || printf '%s\n' "$APP_MIRROR/objects" >"$MIRROR/objects/info/alternates" || unseen storage
	commit=$SHIPIT_COMMIT
	is_commit "$commit" || unseen failed
	[ "$asked" = - ] && has_commit "$commit" || fetch_bounded
	has_commit "$commit" || unseen fetch
	is_commit "$live_commit" && has_commit "$live_commit" || return 0
	[ "$paths" = - ] || tell_paths
	[ "$live_commit" != "$commit" ] || return 0
	tell_commits comes "$live_commit" "$commit"
	tell_commits goes "$commit" "$live_commit"
}

# tell_paths: whether one of them differs between the live commit and the one that was brought. One that is in neither may be misspelt.
tell_paths() {
	IFS=,
	# shellcheck disable=SC2086 # one after the other
	set -- $paths
	IFS=' '
	# with a slash, git finds nothing of a file or a symlink
	for path; do
		shift
		set -- "$@" "${path%/}"
	done
	git_here --literal-pathspecs diff-tree -r --quiet "$live_commit" "$commit" -- "$@"
	case "$?" in
	0) state=same ;;
	1) state=changed ;;
	*) return 0 ;;
	esac
	for path; do
		[ "$state" = same ] || break
		case "$(git_here --literal-pathspecs ls-tree "$commit" -- "$path")" in
		'') state=missing ;;
		# what it leads to may have changed
		120000*) state=changed ;;
		esac
	done
	note_event "$RUN_DIR" paths ",\"state\":\"$state\"" || exit 70
}

has_commit() {
	git_here cat-file -e "$1^{commit}" 2>/dev/null
}

# fetch_bounded: what the mirror lacks of the branch or tag.
fetch_bounded() {
	find_most
	if is_commit "$live_commit" && has_commit "$live_commit"; then
		# git then asks for what came since
		git_here update-ref refs/shipit/live "$live_commit"
	elif [ "$asked" = - ]; then
		# there is nothing to compare its history with
		fetch_depth=--depth=1
	fi
	case "$SHIPIT_REF_KIND" in
	branch) source=refs/heads/$SHIPIT_REF ;;
	*) source=refs/tags/$SHIPIT_REF ;;
	esac
	(ulimit -f "$most_blocks" && fetch_once)
	case "$?" in
	0) ;;
	66) exit 66 ;;
	*)
		[ -z "$(find "$MIRROR/objects" -size "+$((most_blocks - 1))" | head -n 1)" ] || unseen size
		unseen fetch
		;;
	esac
	[ "$asked" = - ] || refuse_elsewhere "$commit" "$(git_here rev-parse -q --verify "refs/shipit/fetched^{commit}" 2>/dev/null)"
}

# find_most: sets most_kilobytes, which may be written, and most_blocks, the same for ulimit.
find_most() {
	find_mount "$RUN_DIR"
	most_kilobytes=$((FREE_KILOBYTES / 2))
	[ "$most_kilobytes" -le "$MOST_KILOBYTES" ] || most_kilobytes=$MOST_KILOBYTES
	most_blocks=$((most_kilobytes * 2))
}

# refuse_too_large: the commit is written twice, as a tar and as a tree.
refuse_too_large() {
	find_most
	git_here ls-tree -r -l "$commit" | head -n "$((MOST_FILES + 1))" |
		awk -v most="$most_kilobytes" -v files="$MOST_FILES" \
			'{ kilobytes += 2 * int(($4 + 4095) / 4096) * 4 + 1 + int(length($0) / 256) } END { exit NR > files || kilobytes > most }' || unseen size
}

# tell_commits comes|goes FROM TO: the newest of those that TO has and FROM has not: ID, time, author and subject, a tab between them.
tell_commits() {
	count=$(git_here rev-list --count "$2..$3") && is_number "$count" || return 0
	git_here rev-list --max-count="$MOST_COMMITS" --pretty='tformat:%H%x09%ct%x09%an%x09%s' "$2..$3" |
		sed '/^commit [0-9a-f]*$/d' | cut -b "1-$MOST_LINE_BYTES" >&3
	note_event "$RUN_DIR" commits ",\"side\":\"$1\",\"count\":$count" || exit 70
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
