# What is checked before anything is changed.

check_programs() {
	missing=''
	for program in $NEEDED; do
		# curl|wget: one of the two will do
		command -v "${program%%|*}" >/dev/null || command -v "${program##*|}" >/dev/null || missing="$missing $program"
	done
	[ -z "$missing" ] || die 1 "install these first:$missing"
	[ -x /usr/bin/sudo ] && [ -x /usr/bin/timeout ] || die 1 'sudo and timeout must be in /usr/bin'
	for program in $ROOT_PROGRAMS; do
		[ -x "$program" ] || die 1 "the recipe runs $program as root, and this host does not have it"
	done
}

# One install at a time. Only root can open the lock file: an account that may read a lock can hold it.
lock_installs() {
	[ -d "$SUDOERS" ] && [ -f /etc/sudoers ] || die 1 "there is no folder $SUDOERS, or no /etc/sudoers: is sudo installed?"
	exec 8</etc/sudoers
	flock -n 8 || die 75 'another install is running on this host'
}

# check_places: what root reads and writes lies in folders of root alone.
check_places() {
	for place in "$STATE_ROOT" "$RECORDS" "$UNINSTALLED" /etc/shipit "$APPS" "$APPS/$APP" "$SUDOERS" "$PEOPLE_KEYS"; do
		[ -e "$place" ] || [ -L "$place" ] || continue
		[ -d "$place" ] && [ ! -L "$place" ] && root_leads_to "$place/." ||
			die 1 "accounts other than root can write $place or a folder above it: check its content, then give it back to root (mode 0755); nothing was changed"
	done
}

# check_published FOLDER: nobody else than root and the app's account may rename what leads there.
check_published() {
	[ ! -L "$1" ] || die 1 "$1 is a symlink: nothing was changed"
	[ ! -e "$1" ] || [ -d "$1" ] || die 1 "$1 is not a folder: nothing was changed"
	deploy_id=$(id -u "$ACCOUNT" 2>/dev/null) || deploy_id=0
	above=${1%/*}
	while [ -n "$above" ]; do
		if [ -d "$above" ]; then
			# shellcheck disable=SC2012 # the folder that a symlink leads to; stat's letters differ
			above_facts=$(ls -ldn "$above/." | { read -r mode _ uid _ && printf '%s %s' "$mode" "$uid"; })
			case "$above_facts" in
			?????w* | ????????w*) die 1 "$above is writable by others, and $1 lies in it: close it (chmod go-w $above) or publish elsewhere; nothing was changed" ;;
			esac
			case "${above_facts#* }" in
			0) ;;
			"$deploy_id")
				# an account that may rename it could make root give another folder to the account
				compare folder 0755 "$ACCOUNT:$ACCOUNT" "$1"
				[ -z "$WHY" ] ||
					die 1 "$above belongs to $ACCOUNT, so root does not touch $1 in it: run 'chown root: $above' first; nothing was changed"
				;;
			*) die 1 "$above does not belong to root, and $1 lies in it: make it root's (chown root: $above) or publish elsewhere; nothing was changed" ;;
			esac
		fi
		above=${above%/*}
	done
}

# check_syntax SUM MODE OWNER PATH: the host's own sh reads each program.
check_syntax() {
	case "$4" in
	"$LIBEXEC"/* | */recipe)
		[ ! -f "$STAGE/root$4" ] || /bin/sh -n "$STAGE/root$4" ||
			die 1 "this host's /bin/sh does not read $4: nothing was changed"
		;;
	esac
}

# check_sudoers: the new file alone, and among the host's own.
check_sudoers() {
	visudo -cqf /etc/sudoers >/dev/null 2>&1 ||
		die 1 "the sudoers of this host has an error ('visudo -c' says which): nothing was changed"
	grep -Eq '^[#@]includedir[[:blank:]]+"?/etc/sudoers\.d"?[[:blank:]]*$' /etc/sudoers ||
		die 1 'sudo does not read /etc/sudoers.d here: add the line "#includedir /etc/sudoers.d" to /etc/sudoers; nothing was changed'
	mkdir "$STAGE/sudoers.d" || die 1 'cannot write to the staging folder: nothing was changed'
	set +f
	for sudoers_file in "$SUDOERS"/*; do
		set -f
		case "${sudoers_file##*/}" in
		*.* | *~ | "shipit-$APP" | '*') ;;
		*) cp -p "$sudoers_file" "$STAGE/sudoers.d/" || die 1 'cannot write to the staging folder: nothing was changed' ;;
		esac
	done
	set -f
	cp "$STAGE/root$SUDOERS/shipit-$APP" "$STAGE/sudoers.d/" &&
		sed "s|^[#@]includedir.*/etc/sudoers\\.d.*|#includedir $STAGE/sudoers.d|" /etc/sudoers >"$STAGE/sudoers" &&
		chmod 0440 "$STAGE/sudoers" "$STAGE/sudoers.d/shipit-$APP" ||
		die 1 'cannot write to the staging folder: nothing was changed'
	visudo -cqf "$STAGE/sudoers.d/shipit-$APP" >"$STAGE/visudo" 2>&1 && visudo -cqf "$STAGE/sudoers" >>"$STAGE/visudo" 2>&1 || {
		cat "$STAGE/visudo" >&2
		die 1 'visudo does not accept the sudoers file: nothing was changed'
	}
}
