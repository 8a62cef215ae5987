#!/bin/sh
# Every program that shipit installs on a host begins with this part: a known shell state, the paths,
# and the one way out. Run by sshd (gate), by sudo as the app's account (runner) or by the runner itself
# (run, step) and as the build account (build). It trusts nothing of its caller.
# Exit codes are those of sysexits(3) that docs/protocol.md lists.
set -fu
LC_ALL=C
# shellcheck disable=SC2123 # the search path is what it is meant to be
PATH=@SEARCH_PATH@
IFS=' '
export LC_ALL PATH
umask 077
unset CDPATH ENV BASH_ENV GREP_OPTIONS

VERSION=@VERSION@
PROTOCOL=2
# Only the sandbox has a prefix, another owner than root, and no sudo. The install script knows no other values.
PREFIX=@PREFIX@
OWNER=@OWNER@
SUDO=@SUDO@

LIBEXEC=$PREFIX/usr/local/libexec/shipit
APPS=$PREFIX/etc/shipit/apps
STATES=$PREFIX/var/lib/shipit/apps
BUILDS=$PREFIX/var/lib/shipit/build

# of the app, once its recipe is loaded
ACCOUNT=''

# die STATUS SENTENCE: the only way out with an error; the sentence is constant or made of judged words.
die() {
	printf 'shipit: %s\n' "$2" >&2
	exit "$1"
}

# owned PATH...: each belongs to OWNER, is no symlink, and nobody else may write it.
owned() {
	owner_id=$(id -u "$OWNER") || return 1
	# shellcheck disable=SC2012 # POSIX has no stat; the paths are our own constants
	ls -ldn -- "$@" 2>/dev/null | {
		seen=0
		while read -r mode _ uid _; do
			case "$mode" in
			l* | ?????w* | ????????w*) exit 1 ;;
			esac
			[ "$uid" = "$owner_id" ] || exit 1
			seen=$((seen + 1))
		done
		[ "$seen" -eq "$#" ]
	}
}
