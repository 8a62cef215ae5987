# ======== how the script of an app begins, the same for every app: it finds the installer, and checks that it is the right one ========

# help: the comment at the head of the script, if it can be read.
help() {
	printf 'usage: sh SCRIPT %s\n\n' "$USAGE"
	[ ! -f "$0" ] || sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' "$0"
	exit 0
}

no_installer() {
	printf '%s: %s: nothing was changed\n' "$TASK" "$1" >&2
	[ -z "${2-}" ] || printf '%s: %s\n' "$TASK" "$2" >&2
	exit 1
}

# make_loaded: where the copy is read from, for nobody else to change; on a file system that others can't fill, where there is one.
make_loaded() {
	load_in=/tmp
	[ ! -w /run ] || ! grep -qs '^[^ ]* /run tmpfs ' /proc/self/mounts || load_in=/run
	LOADED=$(mktemp -d "$load_in/shipit-installer.XXXXXX") || no_installer 'cannot make a temporary folder'
	trap 'rm -rf "$LOADED"' EXIT
	trap 'exit 1' HUP INT TERM
}

# take_installer: stdin is the installer, if it has the checksum that stands above.
take_installer() {
	head -c "$((INSTALLER_BYTES + 1))" >"$LOADED/installer" && [ "$(sha256sum <"$LOADED/installer")" = "$INSTALLER_SHA256  -" ]
}

# find_installer PATH...: the first one that is right.
find_installer() {
	for installer; do
		[ ! -f "$installer" ] || ! take_installer <"$installer" || return 0
	done
	wrong=''
	for installer; do
		[ ! -f "$installer" ] || wrong="$wrong${wrong:+ and }$installer"
	done
	todo="copy $INSTALLER_NAME to the folder of this script. 'shipit $TASK --out FILE' writes both; with --one-file it writes both into one file"
	[ -z "$wrong" ] || no_installer "this script needs $INSTALLER_NAME, and $wrong is another one (of another version, changed, not readable, or the disk is full)" "$todo"
	no_installer "this script needs $INSTALLER_NAME, and it is not here" "$todo"
}

# a login file that reads standard input may have eaten what comes first
[ "${SCRIPT_BEGINS-}" = here ] || {
	echo 'this script is incomplete: nothing was changed' >&2
	exit 1
}
case "${1-}" in
--help | -h) help ;;
esac
command -v sha256sum >/dev/null && command -v mktemp >/dev/null || no_installer 'install these first: sha256sum mktemp (coreutils)'
make_loaded
