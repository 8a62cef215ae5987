# The trail: what was asked, refused and done, a line each, for syslog, where the app's account can take nothing back. Where there is no logger
# or no syslog nothing fails. Each line goes by a process of its own, with a time limit and without our descriptors: no run waits for it.

TRAIL_SECONDS=2

# trail KEY=VALUE...: judged words only.
trail() {
	[ -n "$SUDO" ] && command -v logger >/dev/null || return 0
	timeout -k 1 "$TRAIL_SECONDS" logger -t shipit -p authpriv.notice -- "$*" </dev/null >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&- &
}

# trail_asked WORD...: of the request that is judged, and whoever sent it.
trail_asked() {
	trail "app=$REQ_APP" ${REQ_RUN:+"run=$REQ_RUN"} "by=$WHO" "verb=$REQ_VERB" ${REQ_REF:+"$REQ_KIND=$REQ_REF"} ${REQ_COMMIT:+"commit=$REQ_COMMIT"} "$@"
}
