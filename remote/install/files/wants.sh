# What the host should have, as lines of a manifest, compared with what it has and brought in line.
#   SHA256|folder|link:TARGET MODE OWNER:GROUP PATH

# stage_file MODE OWNER PATH: stdin is to become PATH.
stage_file() {
	make_staged "$3" && cat >"$STAGE/root$3" && want_staged "$@" || die 1 'cannot write to the staging folder (is the disk full?): nothing was changed'
}

# make_staged PATH: the folder above it in the staging folder.
make_staged() {
	[ -d "$STAGE/root${1%/*}" ] || mkdir -p "$STAGE/root${1%/*}"
}

# want_staged MODE OWNER PATH: it is to become what lies in the staging folder. Sets SUM.
want_staged() {
	sum_of "$STAGE/root$3" && want "$SUM" "$@"
}

# stage_parts FOLDER...: stdin has the parts of programs, each below a line with its name: #### FOLDER/NAME
stage_parts() {
	mkdir -p "$STAGE/parts" && (cd "$STAGE/parts" && mkdir -p "$@" && awk '/^#### / { close(part); part = $2 ".sh"; next } { print >part }') ||
		die 1 'cannot write to the staging folder (is the disk full?): nothing was changed'
}

# stage_program NAME SHA256 PART...: a program, joined from its parts.
stage_program() {
	program=$1
	program_sum=$2
	shift 2
	for program_part; do
		set -- "$@" "$program_part.sh"
		shift
	done
	set -- 0755 root:root "$LIBEXEC/$program" "$@"
	make_staged "$3" && (shift 3 && cd "$STAGE/parts" && exec cat "$@") >"$STAGE/root$3" && want_staged "$1" "$2" "$3" || no_room
	[ "$SUM" = "$program_sum" ] ||
		die 1 "the program '$program' in the installer does not have the checksum that stands beside it (is the disk full?): nothing was changed"
}

# stage_installer MODE OWNER PATH: what the scripts of other apps read on this host.
stage_installer() {
	stage_file "$@" <"$STAGE/installer"
	[ "$SUM" = "$INSTALLER_SHA256" ] || no_room
}

# stage_manifest VERSION PATH LIST...
stage_manifest() {
	manifest_version=$1
	manifest_path=$2
	shift 2
	{ printf '# shipit %s\n' "$manifest_version" && cat "$@"; } >"$STAGE/manifest" || no_room
	stage_file 0644 root:root "$manifest_path" <"$STAGE/manifest"
}

# want SUM MODE OWNER PATH: a line of the list that is being staged.
want() {
	printf '%s %s %s %s\n' "$1" "$2" "$3" "$4" >>"$LIST" ||
		die 1 'cannot write to the staging folder (is the disk full?): nothing was changed'
}

# each COMMAND LIST: calls COMMAND with each line's four words.
each() {
	[ -f "$2" ] || return 0
	while read -r want_sum want_mode want_owner want_path <&3; do
		[ "$want_sum" = '#' ] || "$1" "$want_sum" "$want_mode" "$want_owner" "$want_path"
	done 3<"$2"
}

# compare SUM MODE OWNER PATH: sets WHY to what is wrong with PATH; empty if nothing is.
compare() {
	WHY=''
	if [ ! -e "$4" ] && [ ! -L "$4" ]; then
		WHY=missing
		return
	fi
	case "$1" in
	folder)
		if [ -L "$4" ] || [ ! -d "$4" ]; then
			WHY='is not a folder, and should be one'
			return
		fi
		narrow "$2" "$3" "$4"
		set -- "$1" "$NARROW_MODE" "$NARROW_OWNER" "$4"
		;;
	link:*)
		[ -L "$4" ] && [ "$(readlink "$4")" = "${1#link:}" ] || WHY="becomes a link to ${1#link:}"
		return
		;;
	*)
		if [ -L "$4" ] || [ ! -f "$4" ]; then
			WHY='is not a file, and should be one'
			return
		fi
		sum_of "$4" && [ "$SUM" = "$1" ] || WHY='other content'
		;;
	esac
	facts "$4" || :
	[ "${FACTS#* }" = "$3" ] || WHY="${WHY:+$WHY, }owner ${FACTS#* } -> $3"
	[ "${FACTS%% *}" = "$2" ] || WHY="${WHY:+$WHY, }mode ${FACTS%% *} -> $2"
}

# narrow MODE OWNER PATH: sets NARROW_MODE and NARROW_OWNER to what a folder should have. Who may read what is published, root has said
# where the folder is there: a group of its own and a mode that gives others less stay. Others than its owner can't write in it.
narrow() {
	NARROW_MODE=$1
	NARROW_OWNER=$2
	has "$3" "${PUBLISHED-}" && [ -d "$3" ] && [ ! -L "$3" ] || return 0
	NARROW_MODE=$(printf '%04o' "$((0$(stat -c %a "$3") & 02755 | 0700))")
	narrow_group=$(stat -c %G "$3")
	case "$narrow_group" in
	root | UNKNOWN | *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@+-]*) ;;
	*) NARROW_OWNER=${2%%:*}:$narrow_group ;;
	esac
}

# differs SUBJECT WHY: one finding.
differs() {
	DIFFERENCES=$((DIFFERENCES + 1))
	[ -z "$SHOW" ] || say "$1: $2"
}

# planned SIGN WHAT: what an install does: + comes, ~ changes, - goes.
planned() {
	DIFFERENCES=$((DIFFERENCES + 1))
	[ -z "$SHOW" ] || say "$1 $2"
}

check_want() {
	compare "$@"
	case "$WHY" in
	'') ;;
	missing) planned + "$4" ;;
	*) planned '~' "$4: $WHY" ;;
	esac
}

# ---- bringing in line; everything is noted first

make_folder() {
	[ ! -d "$1" ] || return 0
	[ -z "${1%/*}" ] || make_folder "${1%/*}"
	root_leads_to "$1" || fail "accounts other than root may write the folders above $1: root makes no folder there"
	note "folder $1"
	remember "folder $1"
	mkdir "$1" || fail "cannot make $1"
	say "made $1"
}

# own MODE OWNER PATH: chmod follows a symlink, so that nobody else may put one there.
own() {
	! facts "$3" || [ "$FACTS" != "$1 $2" ] || return 0
	root_leads_to "$3" || fail "accounts other than root may write the folders above $3: root does not touch it"
	note "own $(stat -c '%u:%g %a' "$3") $3"
	chown -h "$2" "$3" && chmod "$1" "$3" || fail "cannot set the owner of $3"
	say "owner and mode of $3"
}

apply_folder() {
	[ "$1" = folder ] || return 0
	[ ! -L "$4" ] || fail "$4 is a symlink"
	narrow "$2" "$3" "$4"
	make_folder "$4"
	own "$NARROW_MODE" "$NARROW_OWNER" "$4"
}

# place SUM MODE OWNER PATH: writes the new file beside the old one.
place() {
	[ "$1" != folder ] || return 0
	compare "$@"
	case "$WHY" in
	'') return ;;
	owner\ * | mode\ *)
		own "$2" "$3" "$4"
		return
		;;
	esac
	[ ! -d "$4" ] || fail "$4 is a folder, and should be a file"
	note "new $4"
	[ ! -e "$4.shipit-new" ] && [ ! -L "$4.shipit-new" ] || rm -f "$4.shipit-new"
	umask 077
	case "$1" in
	link:*) ln -s "${1#link:}" "$4.shipit-new" ;;
	*) install -m "$2" -o "${3%:*}" -g "${3##*:}" "$STAGE/root$4" "$4.shipit-new" ;;
	esac || fail "cannot write $4"
	umask 022
}

# note_old PATH: it is about to be replaced. What this change has written itself never is: the file from before would be lost.
note_old() {
	! grep -qxF -e "created $1" -e "replaced $1" "$JOURNAL/undo" || fail "$1 would be replaced twice"
	note "replaced $1"
}

# swap SUM MODE OWNER PATH: the one moment in which the new file takes the place of the old one.
swap() {
	[ -e "$4.shipit-new" ] || [ -L "$4.shipit-new" ] || return 0
	[ "$4" != "$SSHD_DROP_IN" ] || note sshd
	if [ -e "$4" ] || [ -L "$4" ]; then
		note_old "$4"
		ln -f "$4" "$4.shipit-old" || fail "cannot keep the old $4"
	else
		note "created $4"
	fi
	mv -f "$4.shipit-new" "$4" || fail "cannot write $4"
	say "wrote $4"
}

# retire SUM MODE OWNER PATH: a line of an older manifest that the new one does not have.
retire() {
	! grep -qxF -e "$4" "$STAGE/paths" || return 0
	[ -e "$4" ] || [ -L "$4" ] || return 0
	if [ -z "$APPLY" ]; then
		[ "$1" = folder ] || planned - "$4"
		return
	fi
	if [ "$1" = folder ]; then
		case "$3 $4" in
		root:root* | *" $STATE_ROOT/"*) ;;
		*) say "$4 is no longer used by '$APP', and stays" ;;
		esac
		return
	fi
	[ "$4" != "$SSHD_DROP_IN" ] || note sshd
	note_old "$4"
	mv -f "$4" "$4.shipit-old" || fail "cannot remove $4"
	say "removed $4"
}
