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
# the sandbox lies in a person's checkout, which its git must not find; its trees may lie in the person's home (by links)
[ -z "$PREFIX" ] || export GIT_CEILING_DIRECTORIES="$PREFIX:$PREFIX/var/lib/shipit/build/.."

# Where a step also finds programs. They come last, and no program of shipit's looks there: on some hosts a group may write it.
MORE_PROGRAMS=/usr/local/bin

NEWLINE='
'

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

# answer_of PROGRAM [ARGUMENT]...: sets ANSWER to what it prints. An empty answer is a failure: the caller stops.
answer_of() {
	ANSWER=$("$@")
	answer_status=$?
	[ -n "$ANSWER" ] || cannot_run "$1" "$answer_status"
}

# cannot_run PROGRAM STATUS: the statuses are POSIX'.
cannot_run() {
	case "$2" in
	126) die 70 "cannot run '$1': programs may not be started here (see noexec in 'man sudoers')" ;;
	127) die 70 "cannot run '$1': it is not in $PATH" ;;
	*) die 70 "'$1' gave no answer (exit status $2)" ;;
	esac
}

# must_start PROGRAM STATUS: of one that may fail, or print nothing, for good reasons.
must_start() {
	case "$2" in
	126 | 127) cannot_run "$1" "$2" ;;
	esac
}

# needs PROGRAM...: what this program pipes through is there. That one can be started at all, the first answer_of shows.
needs() {
	for needed; do
		command -v "$needed" >/dev/null || cannot_run "$needed" 127
	done
}

# owned PATH...: each belongs to OWNER, is not a symlink, and nobody else may write it.
owned() {
	read_owner_id
	list_modes "$@"
	while next_mode; do
		case "$MODE" in
		l* | ?????w* | ????????w*) return 1 ;;
		esac
		[ "$OWNED_BY" = "$OWNER_ID" ] || return 1
	done
	[ "$UNSEEN" -eq 0 ]
}

OWNER_ID=''

# read_owner_id: sets OWNER_ID, the number of OWNER.
read_owner_id() {
	[ -z "$OWNER_ID" ] || return 0
	if [ "$OWNER" = root ]; then
		OWNER_ID=0
	else
		answer_of id -u "$OWNER"
		OWNER_ID=$ANSWER
	fi
}

# list_modes PATH...: looks at all of them at once, for next_mode. UNSEEN is how many are left.
list_modes() {
	UNSEEN=$#
	# here and elsewhere: without exec, bash forks twice for a program with a redirection
	# shellcheck disable=SC2012 # POSIX has no stat
	listing=$(exec ls -ldn -- "$@" 2>/dev/null)
	must_start ls "$?"
}

# next_mode: sets MODE and OWNED_BY, a number, of the next of them. Fails where there is none. A line break in a path is one more
# line, so that UNSEEN is never 0 in the end.
next_mode() {
	[ -n "$listing" ] || return 1
	MODE=${listing%%"$NEWLINE"*}
	listing=${listing#"$MODE"}
	listing=${listing#"$NEWLINE"}
	# shellcheck disable=SC2086
	set -- $MODE
	MODE=${1-}
	OWNED_BY=${3-}
	UNSEEN=$((UNSEEN - 1))
}

# is_lost PATH: there is nothing of that name; what lies where this account can't look may be there.
is_lost() {
	[ ! -e "$1" ] || return 1
	above=${1%/*}
	while [ -n "$above" ] && [ ! -d "$above" ]; do
		above=${above%/*}
	done
	[ -x "${above:-/}" ]
}
