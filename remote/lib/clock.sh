# The clock. One `date` says what time it is; from then on /proc/uptime says how much later it is: that costs no process, which a cancel
# could end together with a step, and nobody sets it. Where there is none, `date` is asked each time.

# of the time since 1970, in hundredths of a second, what the uptime lacks; late by less than a second, never early
CLOCK_BASE=''

# read_uptime: sets UPTIME, in hundredths of a second. Fails where there is none.
read_uptime() {
	[ -r /proc/uptime ] || return 1
	read -r uptime _ </proc/uptime
	# a 1 before the hundredths, since 08 would be read as octal
	hundredths=1${uptime#*.}
	UPTIME=$((${uptime%.*} * 100 + hundredths - 100))
}

# read_clock: sets NOW_MS, for what lies between two moments.
read_clock() {
	if read_uptime; then
		NOW_MS=$((UPTIME * 10))
	else
		read_now
		NOW_MS=$((NOW * 1000))
	fi
}

# read_now: sets NOW, seconds since 1970.
read_now() {
	if [ -n "$CLOCK_BASE" ] && read_uptime; then
		NOW=$(((CLOCK_BASE + UPTIME) / 100))
		return
	fi
	# what ends a step may hit the process that this needs: again, then
	NOW=$(date +%s) || NOW=$(date +%s) || answer_of date +%s
	NOW=${NOW:-$ANSWER}
	! read_uptime || CLOCK_BASE=$((NOW * 100 - UPTIME))
}

# read_stamp: sets stamp, that time as 2026-01-31T23:59:59Z. The years of this begin in March, so that a leap day is the last of one.
read_stamp() {
	read_now
	stamp_days=$((NOW / 86400 + 719468))
	stamp_era=$((stamp_days / 146097))
	stamp_days=$((stamp_days % 146097))
	stamp_year=$(((stamp_days - stamp_days / 1460 + stamp_days / 36524 - stamp_days / 146096) / 365))
	stamp_days=$((stamp_days - (365 * stamp_year + stamp_year / 4 - stamp_year / 100)))
	stamp_month=$(((5 * stamp_days + 2) / 153))
	# each with a 1 before it, for the zeros
	stamp_day=$((101 + stamp_days - (153 * stamp_month + 2) / 5))
	stamp_year=$((stamp_year + stamp_era * 400))
	stamp_month=$((stamp_month + 103))
	[ "$stamp_month" -le 112 ] || stamp_month=$((stamp_month - 12)) stamp_year=$((stamp_year + 1))
	stamp_hour=$((100 + NOW / 3600 % 24)) stamp_minute=$((100 + NOW / 60 % 60)) stamp_second=$((100 + NOW % 60))
	stamp=$stamp_year-${stamp_month#1}-${stamp_day#1}T${stamp_hour#1}:${stamp_minute#1}:${stamp_second#1}Z
}
