# The service step: one exact line of root for systemctl, and then a look, as the app's account, at what became of the unit. systemctl
# itself is content with a program that was started: that it ends a second later, and is started again for ever, nobody would be told.

# systemd has so long to answer what a unit is doing
ASK_UNIT_SECONDS=10

# change_service LIMIT_SECONDS UNIT reload|restart|reload-or-restart ACTIVE_SECONDS STAY_SECONDS: the unit has to be active within
# ACTIVE_SECONDS, and then to stay as it is for STAY_SECONDS.
change_service() {
	can_ask_unit "$2"
	need_unit "$2" "$3"
	restarts=$UNIT_RESTARTS
	# what a reload must not change
	began_as=''
	[ "$3,$UNIT_IS" != reload,active ] || began_as=$UNIT_START
	read_clock
	began=$NOW_MS
	while :; do
		before=$UNIT_START
		(as_root "$1" /usr/bin/systemctl "$3" "$2")
		status=$?
		[ "$status" -ne 0 ] && [ "$3" != reload ] && ask_unit "$2" || break
		# systemd began nothing: it was started too often (StartLimitIntervalSec), as by a release that ends at once, and that passes
		[ "$UNIT_IS,$UNIT_START" = "failed,$before" ] || break
		read_clock
		[ "$((NOW_MS - began))" -lt "$(($1 * 1000))" ] || break
		sleep 2
	done
	case "$status" in
	0) ;;
	124 | 137 | 143) fail_unit "$2" "'systemctl $3' did not end within $1 s" ;;
	*)
		[ "$3" != reload ] || ! ask_unit "$2" || [ "$UNIT_IS" != inactive ] ||
			fail_unit "$2" "it is not running, so nothing can be reloaded: start it, or let the recipe say reload-or-restart"
		fail_unit "$2" "'systemctl $3' failed with status $status"
		;;
	esac
	wait_for_unit "$2" "$3" "$4" "$5"
}

# wait_for_unit UNIT VERB ACTIVE_SECONDS STAY_SECONDS
wait_for_unit() {
	read_clock
	began=$NOW_MS
	active_since=''
	while :; do
		read_clock
		if ask_unit "$1"; then
			judge_unit "$1" "$2"
			[ -z "$active_since" ] || [ "$((NOW_MS - active_since))" -lt "$(($4 * 1000))" ] || break
		fi
		[ -n "$active_since" ] || [ "$((NOW_MS - began))" -lt "$(($3 * 1000))" ] ||
			fail_unit "$1" "it is not active $3 s after 'systemctl $2', but $UNIT_WORDS"
		# whatever systemd says
		[ "$((NOW_MS - began))" -lt "$((($3 + $4 + ASK_UNIT_SECONDS) * 1000))" ] || die 1 "systemd no longer says what $1 is doing: $UNIT_WORDS"
		# busybox may know whole seconds only
		sleep 0.2 2>/dev/null || sleep 1
	done
	printf '%s is active, and has been for %s s without a restart\n' "$1" "$4"
}

# judge_unit UNIT VERB: sets active_since when it becomes active; ends the step if it has failed, ended, or was started again meanwhile.
judge_unit() {
	case "$UNIT_IS" in
	active)
		if [ -z "$active_since" ]; then
			active_since=$NOW_MS
			began_as=${began_as:-$UNIT_START}
			# systemd counts from 0 again when it is told to start a unit
			case "$UNIT_RESTARTS" in
			0 | "$restarts") restarts=$UNIT_RESTARTS ;;
			esac
		fi
		[ "$UNIT_START $UNIT_RESTARTS" = "$began_as $restarts" ] || fail_unit "$1" "it ended and was started again after 'systemctl $2'"
		;;
	reloading | refreshing) ;;
	inactive)
		# what runs once and ends: systemctl has waited for that
		[ "$UNIT_TYPE,$UNIT_RESULT" != oneshot,success ] || {
			printf '%s has run, and ended well\n' "$1"
			exit 0
		}
		fail_unit "$1" "its program ended after 'systemctl $2': it is $UNIT_WORDS"
		;;
	failed) fail_unit "$1" "it failed after 'systemctl $2': it is $UNIT_WORDS" ;;
	*) [ -z "$active_since" ] || fail_unit "$1" "it did not stay active after 'systemctl $2', but is $UNIT_WORDS" ;;
	esac
}

# fail_unit UNIT WHY: ends the step. The journal is not this account's to read.
fail_unit() {
	printf 'shipit: %s: %s. Its log, for an account that may read the journal:\n' "$1" "$2"
	printf 'journalctl -u %s -n 50 --no-pager\n' "$1"
	exit 1
}

# ask_unit UNIT: sets UNIT_IS and the like. UNIT_START is another one for each start: an older systemd has no id for it, but a time. Fails
# where systemd does not answer; UNIT_WORDS says why.
ask_unit() {
	UNIT_LOADED='' UNIT_IS='' UNIT_SUB='' UNIT_RESULT='' UNIT_TYPE='' UNIT_RESTARTS='' UNIT_START='' UNIT_RELOADS=''
	UNIT_WORDS=$(timeout -k 2 "$ASK_UNIT_SECONDS" systemctl show -p LoadState -p ActiveState -p SubState -p Result -p Type -p CanReload \
		-p NRestarts -p InvocationID -p ActiveEnterTimestampMonotonic -- "$1" 2>&1) || {
		UNIT_WORDS=${UNIT_WORDS:-no answer}
		return 1
	}
	unread=$UNIT_WORDS$NEWLINE
	while [ -n "$unread" ]; do
		line=${unread%%"$NEWLINE"*}
		unread=${unread#*"$NEWLINE"}
		value=${line#*=}
		case "$line" in
		LoadState=*) UNIT_LOADED=$value ;;
		ActiveState=*) UNIT_IS=$value ;;
		SubState=*) UNIT_SUB=$value ;;
		Result=*) UNIT_RESULT=$value ;;
		Type=*) UNIT_TYPE=$value ;;
		CanReload=*) UNIT_RELOADS=$value ;;
		NRestarts=*) UNIT_RESTARTS=$value ;;
		InvocationID=* | ActiveEnterTimestampMonotonic=*) UNIT_START=$UNIT_START$value, ;;
		esac
	done
	[ -n "$UNIT_IS" ] || return 1
	UNIT_WORDS="$UNIT_IS ($UNIT_SUB${UNIT_RESULT:+, $UNIT_RESULT})"
}

# can_ask_unit UNIT: as ask_unit, and ends the step where systemd does not answer.
can_ask_unit() {
	ask_unit "$1" || die 1 "cannot ask systemd for $1 as $ACCOUNT ($UNIT_WORDS): any account may, where systemd and its bus (dbus) run"
}

# need_unit UNIT VERB: ends the step if systemd can't do that with it, whatever comes. The install has refused it as well.
need_unit() {
	case "$UNIT_LOADED" in
	loaded) ;;
	not-found) die 1 "this host has no unit $1: make it, and run 'systemctl daemon-reload'" ;;
	masked) die 1 "$1 is masked on this host: run 'systemctl unmask $1'" ;;
	*) die 1 "systemd cannot load $1 ($UNIT_LOADED): 'systemd-analyze verify $1' says why" ;;
	esac
	[ "$2,$UNIT_RELOADS" != reload,no ] ||
		die 1 "$1 cannot be reloaded: give it ExecReload=, or let the recipe say restart or reload-or-restart"
}
