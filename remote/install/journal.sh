# The journal of a change: each thing is noted before it is done, so that a failure, or the next run after a kill, can take it
# back. A file that is replaced stays beside it as NAME.shipit-old until all is done; a new one waits as NAME.shipit-new. Both are renamed
# only, which works on a full disk.
#   began      APP VERSION TIME
#   undo       one line for each thing done, in order
#   room       space that is free again when something has to be taken back
#   made       the record of what shipit made, as it was before
#   committed  there once all is in place: what is left to do is tidying up

# make_records: the folder of root's own notes.
make_records() {
	[ -d "$STATE_ROOT" ] || mkdir "$STATE_ROOT" || die 1 "cannot make $STATE_ROOT: nothing was changed"
	[ -d "$RECORDS" ] || mkdir -m 0700 "$RECORDS"
}

begin_journal() {
	make_records || give_up_journal
	rm -rf "$JOURNAL.new" "$JOURNAL.done"
	mkdir "$JOURNAL.new" &&
		printf '%s %s %s\n' "$APP" "$VERSION" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$JOURNAL.new/began" &&
		true >"$JOURNAL.new/undo" &&
		dd if=/dev/zero of="$JOURNAL.new/room" bs=1024 count=128 2>/dev/null &&
		{ [ ! -f "$MADE" ] || cp -p "$MADE" "$JOURNAL.new/made"; } &&
		mv "$JOURNAL.new" "$JOURNAL" || give_up_journal
}

give_up_journal() {
	rm -rf "$JOURNAL.new"
	forget_records
	die 1 'cannot write the journal (is the disk full?): nothing was changed'
}

# Where nothing was ever installed, nothing stays.
forget_records() {
	[ -e "$MADE" ] || rmdir "$RECORDS" "$STATE_ROOT" 2>/dev/null || :
}

# note LINE: to be called before the thing is done.
note() {
	printf '%s\n' "$1" >>"$JOURNAL/undo" || fail 'cannot write the journal (is the disk full?)'
}

# remember LINE: what did not exist before shipit.
remember() {
	remembered "$1" || printf '%s\n' "$1" >>"$MADE" || fail "cannot write $MADE (is the disk full?)"
}

# fail SENTENCE: takes back what was done, and ends.
fail() {
	printf '%s: %s\n' "$TASK" "$1" >&2
	rm -rf "${STAGE:?}/root"
	if restore; then
		die 1 'undone: the host is as it was before'
	fi
	die 1 "could not undo everything: '--check' lists the rest, and the next run tries again"
}

# restore: undoes the journal from its last line to its first.
restore() {
	# userdel needs room for its copies
	rm -f "$JOURNAL/room"
	sed -n '1!G;h;$p' "$JOURNAL/undo" | {
		failed=0
		while read -r what rest; do
			undo "$what" "$rest" || failed=1
		done
		exit "$failed"
	} || return 1
	if [ -f "$JOURNAL/made" ]; then
		# by a second name, since this may be killed and begun again
		ln -f "$JOURNAL/made" "$MADE.new" && put_back "$MADE.new" "$MADE" || return 1
	else
		rm -f "$MADE"
	fi
	# the running sshd may have read what was taken back
	! grep -qx sshd "$JOURNAL/undo" || reload_sshd
	end_journal
	forget_records
}

# put_back FROM TO: renames; where both are names of one file already (the new one had not come yet), mv would refuse.
put_back() {
	if [ "$(stat -c %d:%i "$1")" = "$(stat -c %d:%i "$2" 2>/dev/null)" ]; then
		rm -f "$1"
	else
		mv -f "$1" "$2"
	fi
}

undo() {
	case "$1" in
	new) rm -f "$2.shipit-new" ;;
	created) rm -f "$2" ;;
	replaced)
		if [ -e "$2.shipit-old" ] || [ -L "$2.shipit-old" ]; then
			put_back "$2.shipit-old" "$2"
		fi
		;;
	folder) [ ! -d "$2" ] || ! root_leads_to "$2" || rmdir "$2" 2>/dev/null || : ;;
	own)
		owned_path=${2#* * }
		owned_mode=${2%" $owned_path"}
		# it is gone where this was begun before
		if [ -e "$owned_path" ] && root_leads_to "$owned_path"; then
			chown -h "${owned_mode% *}" "$owned_path" && chmod "${owned_mode#* }" "$owned_path"
		fi
		;;
	# once the app's line was in sudoers, somebody may have been it
	account | group)
		if grep -Eq "^(created|replaced) $SUDOERS/" "$JOURNAL/undo"; then
			[ "$1" = group ] || lock_out "$2" || :
			"keep_$1" "$2" && { [ -z "$KEPT_AS" ] || say "the $1 $2 stays, locked and without rights, as $KEPT_AS, so that nobody gets its number"; }
		else
			"remove_$1" "$2"
		fi
		;;
	member) remove_member "${2% *}" "${2#* }" ;;
	esac
}

# Renamed first: half a journal would be worse than none.
end_journal() {
	mv "$JOURNAL" "$JOURNAL.done" && rm -rf "$JOURNAL.done"
}

# commit_journal: from here on a kill can't take anything back.
commit_journal() {
	true >"$JOURNAL/committed" || fail 'cannot write the journal (is the disk full?)'
	finish_journal
}

finish_journal() {
	set --
	while read -r what rest; do
		case "$what" in
		new) set -- "$@" "$rest.shipit-new" ;;
		replaced) set -- "$@" "$rest.shipit-old" ;;
		sshd) reload_sshd ;;
		esac
	done <"$JOURNAL/undo"
	[ "$#" -eq 0 ] || rm -f "$@"
	end_journal || die 1 'everything is in place, but the journal cannot be removed: run this again'
}

# recover: ends what an earlier run began and did not end.
recover() {
	[ -d "$RECORDS" ] || return 0
	rm -rf "$JOURNAL.new" "$JOURNAL.done"
	[ -d "$JOURNAL" ] || return 0
	read -r began_app began_version began_time <"$JOURNAL/began"
	if [ -e "$JOURNAL/committed" ]; then
		finish_journal
		return
	fi
	say "an install of '$began_app' began at $began_time and was interrupted: undoing it"
	restore || die 1 "cannot undo it: '--check' lists what is half done"
	[ "$began_app" = "$APP" ] || say "run the install script of '$began_app' again"
}

# name_half_done: for --check.
name_half_done() {
	[ -d "$JOURNAL" ] || return 0
	read -r began_app began_version began_time <"$JOURNAL/began"
	differs "$JOURNAL" "an install of '$began_app' by shipit $began_version began at $began_time and did not end: run its script again"
	[ ! -e "$JOURNAL/committed" ] || return 0
	while read -r what rest; do
		case "$what" in
		new) [ ! -e "$rest.shipit-new" ] || differs "$rest" 'half done: was about to be written' ;;
		created) [ ! -e "$rest" ] || differs "$rest" 'half done: was written' ;;
		replaced) [ ! -e "$rest.shipit-old" ] || differs "$rest" 'half done: was replaced, and the old one was kept' ;;
		account | group | member) differs "$what $rest" 'half done: was about to be made' ;;
		esac
	done <"$JOURNAL/undo"
}
