# A run that goes back by itself: one of its checks failed, and the recipe says so (onFailure). Under the run's own lock and
# in its own log it does what a rollback would do. Its clients see lines of output, and in the outcome how that went.

# go_back_alone: sets WAY, fields of the outcome: back, the run whose commit is live again, or tried, the one that it did not
# come to; with backStep, the step that failed on the way. Empty where there is no way back.
go_back_alone() {
	WAY=''
	printf '' >"$RUN_DIR/bad"
	# a rollback that failed goes back to what it was to leave, if that was good
	ALONE=$REQ_RUN
	REQ_TO=''
	find_target
	[ -z "$TARGET" ] || find_shown "$TARGET"
	if [ -z "$TARGET" ] || [ "$SHOWN" = "$BACK_TO" ]; then
		printf 'shipit: no good run to go back to: nothing was changed back\n'
		return
	fi
	read_line "$RUNS/$TARGET/commit"
	REQ_COMMIT=$LINE
	WAY=",\"tried\":\"$TARGET\""
	printf '%s\n' "$TARGET" >"$RUN_DIR/back" || return
	# it is no longer a rollback
	rm -f "$RUN_DIR/left" "$RUN_DIR/rollback"
	BACK_TO=$SHOWN
	read -r _ REQ_KIND REQ_REF _ <"$RUNS/$TARGET/by"
	read_line "$RUNS/$TARGET/flags"
	keep_known_flags "$LINE"
	find_kept "$BACK_TO"
	fresh_tree "$TREE" || return
	stuck=''
	unwell=''
	put=''
	recipe_steps go_back_step
	WAY="$WAY${stuck:+,\"backStep\":\"$stuck\"}"
	[ -z "$stuck" ] || return
	if [ -z "$put" ]; then
		say_back 'no step of the recipe publishes anything with the flags of that run: nothing was changed back'
		return
	fi
	# from here on this run shows what that one shows
	write_live complete "$TARGET" "$REQ_COMMIT" && printf '%s\n' "$BACK_TO" >"$RUN_DIR/rollback" || return
	keep "$RUN_DIR/rollback" "$RUN_DIR/bad" "$RUN_DIR" "$STATE/live" "$STATE"
	WAY=",\"back\":\"$TARGET\"${unwell:+,\"backStep\":\"$unwell\"}"
}

# go_back_step: a step of the recipe, as do_step has it. None is ended by a cancel that can wait, since all are on the way to
# what was good. What stops here stays so; a check alone only says that what was good before is not well either.
go_back_step() {
	find_skip "$3" "$4" "$6"
	[ -z "$stuck$SKIP" ] || return 0
	note_step "$1" publish "$3" "$2"
	# neither the one nor the other, until it is through
	[ "$4" = prepare ] || [ "$3" = check ] || write_live partial "$REQ_RUN" "$REQ_COMMIT"
	attempt=1
	until try_step "$1" "$3" "$5"; do
		[ "$attempt" -le "$7" ] && [ ! -e "$RUN_DIR/log-full" ] && ! is_cancelled_now || break
		attempt=$((attempt + 1))
		[ -z "$over" ] || clear_session
		rest "${8:-$RETRY_SECONDS}"
	done
	if [ "$status" -eq 0 ]; then
		[ "$4" = prepare ] || [ "$3" = check ] || put=yes
		say_back "$2 ... ok"
		return
	fi
	say_back "$2 ... failed with status $status"
	if [ "$3" = check ] && ! is_cancelled_now; then
		unwell=${unwell:-$2}
	else
		stuck=$2
	fi
}

# say_back TEXT: a line of the log. What the step before wrote may lack its newline.
say_back() {
	end_line
	printf 'going back to run %s: %s\n' "$TARGET" "$1"
	settle_output
}
