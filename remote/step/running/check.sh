# The check step: asks for a page of the app, here on the host, with what the host has: curl or wget. One try; the run tries again.

# more of an answer than this is not looked at
MAX_BODY_BYTES=1048576

# check_url URL STATUS LIMIT_SECONDS TEXT [HOST]: a plan asks within less time (step/plan/each.sh).
check_url() {
	ask_page "$@"
}

# ask_page URL STATUS LIMIT_SECONDS TEXT [HOST]: the answer has this status, is complete in time, and has this text unless that is empty.
# HOST is the virtual host that is asked for, at the address of the URL. {commit} in TEXT stands for the id of the commit of this run.
ask_page() {
	as=${5-}
	page=$1${as:+ as $as}
	set_text "$4"
	head=$RUN_DIR/check-head
	body=$RUN_DIR/check-body
	if command -v curl >/dev/null; then
		ask=ask_by_curl
	elif command -v wget >/dev/null; then
		ask=ask_by_wget
	else
		die 1 'a check needs curl or wget, and this host has neither: install one of them'
	fi
	case "$as,$ask,$1" in
	?*,ask_by_wget,https:*) die 1 "a check of a virtual host by https needs curl, and this host has wget only: install it" ;;
	esac
	# of a check that was killed
	rm -f "$head" "$body" "$RUN_DIR/check-status"
	true >"$head"
	{
		"$ask" "$1" "$3"
		printf '%s\n' "$?" >"$RUN_DIR/check-status"
	} | {
		head -c "$MAX_BODY_BYTES" >"$body"
		cat >/dev/null
	}
	read_line "$RUN_DIR/check-status"
	status=$LINE
	# the first answer counts: where it sends to elsewhere is another page
	got=$(sed -n 's|^ *\(wget: server returned error: \)\{0,1\}HTTP/[0-9.]* *\([2-5][0-9][0-9]\).*|\2|p' "$head" | head -n 1)
	has_text=''
	[ -z "$text" ] || ! grep -qF -e "$text" "$body" || has_text=yes
	[ "$ask" = ask_by_curl ] || [ -n "$got" ] || tail -n 2 "$head"
	rm -f "$head" "$body" "$RUN_DIR/check-status"
	case "$status" in
	# curl's own limit, timeout's (124), and busybox's (143)
	28 | 124 | 137 | 143) die 1 "$page did not answer within $3 s" ;;
	esac
	[ -n "$got" ] || [ "$status" != 0 ] || die 1 "$page answers with something other than HTTP, or sed and head could not read it"
	[ -n "$got" ] || die 1 "$page does not answer"
	[ "$got" = "$2" ] || die 1 "$page answers with status $got, not $2"
	# wget fails for every status but success, whatever was expected
	case "$ask $got" in
	ask_by_curl* | *' 2'*) [ "$status" = 0 ] || die 1 "$page stopped in the middle of its answer" ;;
	esac
	[ -z "$text" ] || [ -n "$has_text" ] || die 1 "$page answers with status $got, but without the text '$text'"
	has_text=" and has the text '$text'"
	printf '%s answers with status %s%s\n' "$page" "$got" "${text:+$has_text}"
}

# set_text TEXT: sets text. A process that was not restarted names the commit that it was started from.
set_text() {
	text=''
	rest=$1
	while :; do
		case "$rest" in
		*'{commit}'*) ;;
		*) break ;;
		esac
		[ -n "$SHIPIT_COMMIT" ] || die 1 "the text '$1' names a commit, and this run has none"
		text=$text${rest%%'{commit}'*}$SHIPIT_COMMIT
		rest=${rest#*'{commit}'}
	done
	text=$text$rest
}

# ask_by_curl URL LIMIT_SECONDS: without settings of the account's, and without following anything.
ask_by_curl() {
	limit=$2
	case "$as,$1" in
	,*) set -- "$1" ;;
	*,http:*) set -- -H "Host: $as" "$1" ;;
	*)
		# the certificate is to be the virtual host's
		rest=${1#*://}
		there=${rest%%/*}
		rest=${rest#"$there"}
		port=443
		case "${there##*]}" in
		*:*)
			port=${there##*:}
			there=${there%:*}
			;;
		esac
		set -- --connect-to "$as:$port:$there:$port" "https://$as:$port$rest"
		;;
	esac
	curl -q -sS -g --max-time "$limit" -D "$head" "$@"
}

# ask_by_wget URL LIMIT_SECONDS: busybox's knows neither a limit for all of it nor how not to follow.
ask_by_wget() {
	options=''
	help=$(wget --help 2>&1)
	for option in --tries=1 --max-redirect=0 --content-on-error --no-hsts; do
		case "$help" in
		*"${option%=*}"*) options="$options $option" ;;
		esac
	done
	# shellcheck disable=SC2086 # words of our own
	timeout -k 2 "$2" wget $options ${as:+--header "Host: $as"} -S -O - "$1" 2>"$head"
}
