# Paths that all releases of a root have in common. A path may become shared when there are releases already, which have a folder or a
# file of their own there: what the live one has is what users wrote, and the shared one begins with it.

# need_files [SHARED]...: ends the step if a file that is shared is not there, before it makes anything. The commit's is not taken: what a
# repository has of that name is for developers, and an app would go live with it. What the live release has by itself is taken, unless it
# is its commit's.
need_files() {
	for path; do
		case "$path" in
		file:*) goes_without "$path" || need_file "${path#file:}" ;;
		esac
	done
}

# goes_without SHARED: a rollback to a release from before a file was shared that is not there yet. It was well without.
goes_without() {
	[ -n "${SHIPIT_BACK_TO-}" ] && [ "$1" != "${1#file:}" ] && [ ! -L "$RELEASES/releases/$RELEASE/${1#file:}" ] || return 1
	judge_shared "$RELEASES/shared/${1#file:}"
	[ "$SHARED_IS" = missing ] || return 1
	printf 'shared/%s does not exist yet: release %s is from before it was shared, and stays as it is\n' "${1#file:}" "$RELEASE"
}

# need_file PATH
need_file() {
	shared=$RELEASES/shared/$1
	judge_shared "$shared"
	case "$SHARED_IS" in
	odd)
		[ -z "$LEADS" ] ||
			die 1 "$shared leads to $LEADS, which does not exist, and the recipe shares a file there: nothing was published"
		die 1 "$shared is not a file, and the recipe shares a file there: move it away"
		;;
	missing) ;;
	*) return 0 ;;
	esac
	why=''
	if own_of_live "$1" && [ -f "$OWN" ]; then
		is_of_commit "$1" || return 0
		why=" (the live release has the one of its commit, which is not taken)"
	fi
	is_plan=''
	[ "$RUN_DIR" != "$STATE/plan" ] || is_plan=yes
	way=''
	rest=$1
	while [ -z "$is_plan" ] && step_down; do
		make_shared "$way"
	done
	shared=$RELEASES/shared/$1
	if [ -z "$SUDO" ]; then
		[ -z "$is_plan" ] || return 0
		true >"$shared" || exit 1
		printf '%s does not exist: in the sandbox an empty file stands in for it\n' "$shared"
		return
	fi
	printf 'shipit: %s does not exist, and the recipe shares a file there%s: nothing was published. Run this as root, and deploy again; FILE is your copy of it, USER the account that the application runs as:\n' "$shared" "$why"
	tell_place "/etc/$SHIPIT_APP" 'install -m 0400 -o USER FILE' "$1"
	exit 1
}

# tell_place FOLDER COMMAND PATH: how a shared path comes to lie in a folder of root's, where the command puts it. Root writes there alone: in
# this account's folders a link could lead it elsewhere.
tell_place() {
	place=$1/$(printf '%s\n' "${3#.}" | tr / -)
	printf 'mkdir -p -m 0755 %s\n%s %s\n' "$1" "$2" "$place"
	shared=$RELEASES/shared/$3
	printf "sudo -u %s sh -c 'umask 022; mkdir -p %s && ln -s %s %s'\n" "$ACCOUNT" "${shared%/*}" "$place" "$shared"
}

# share PATH|file:PATH: of the release that is being made, PATH becomes a link to the shared one, whose folder is made if it is missing.
share() {
	only_links=''
	[ "$1" = "${1#file:}" ] || only_links=yes
	set -- "${1#file:}"
	up=../..
	way=''
	rest=$1
	while step_down; do
		up=$up/..
		[ ! -L "$fresh$way" ] || die 1 "the commit has a symlink '${way#/}', and '$1' is shared"
		[ -d "$fresh$way" ] || mkdir "$fresh$way" || exit 1
		[ -w "$fresh$way" ] || chmod u+wx "$fresh$way" || exit 1
		make_shared "$way"
	done
	take_from_live "$1"
	fill_shared "$1"
	discard "${fresh:?}/$1" && ln -s "$up/shared/$1" "$fresh/$1" || exit 1
}

# fill_shared PATH: what is shared stays as it is, whatever its owner. What is missing starts as a copy from the commit: a file, a folder
# with what is in it; or as an empty folder. A file that has to be there is (need_file).
fill_shared() {
	ours=$fresh/$1
	shared=$RELEASES/shared/$1
	[ ! -L "$ours" ] || die 1 "the commit has a symlink '$1', which is shared"
	if [ ! -e "$ours" ]; then
		[ -n "$only_links" ] || make_shared "/$1"
		return
	fi
	ours_is='file'
	[ ! -d "$ours" ] || ours_is='folder'
	if [ -z "$only_links" ] && [ ! -e "$shared" ] && [ ! -L "$shared" ]; then
		refuse_unguarded "${shared%/*}"
		discard "$shared.~shipit~" && cp -R -P -p "$ours" "$shared.~shipit~" && mv -T "$shared.~shipit~" "$shared" || exit 1
		printf "shared/%s starts as a copy of the commit's %s\n" "$1" "$ours_is"
		return
	fi
	shared_is='file'
	[ ! -d "$shared" ] || shared_is='folder'
	[ ! -e "$shared" ] || [ "$ours_is" = "$shared_is" ] ||
		die 1 "the commit has a $ours_is '$1', and $shared is a $shared_is: move it away, or remove '$1' from shared"
	[ -z "$(find "$ours" ! -type d | head -n 1)" ] || printf "the commit's '%s' is left out: shared/%s exists\n" "$1" "$1"
}

# refuse_filtered_release [SHARED]...: but for what is left out, since it is shared already.
refuse_filtered_release() {
	for path; do
		path=${path#file:}
		[ ! -e "$RELEASES/shared/$path" ] || set -- "$@" "--exclude=/$path"
		shift
	done
	refuse_filtered "$@"
}

# make_shared /PATH: an existing folder, file or link stays as it is, whatever its owner.
make_shared() {
	shared=$RELEASES/shared$1
	[ ! -e "$shared" ] && [ ! -L "$shared" ] || return 0
	refuse_unguarded "${shared%/*}"
	mkdir "$shared" || exit 1
}

# take_from_live PATH: to the shared one, what the live release has there by itself. The list of the app's state names the paths that a
# run has begun to share, until one of its releases is live: till then users write to the live one.
take_from_live() {
	own_of_live "$1" || return 0
	shared=$RELEASES/shared/$1
	find_how "$1"
	judge_shared "$shared"
	if [ "$SHARED_IS" = missing ]; then
		how=${how:-new}
	elif [ -z "$how" ] || [ "$SHARED_IS" = unseen ]; then
		# what an administrator has made is theirs; it may lack what was written since
		[ -d "$OWN" ] || return 0
		[ -d "$shared" ] || die 1 "the live release has a folder '$1', and $shared is not one: move it away, or take '$1' out of shared"
		lacks_own "$shared" || return 0
		how=missing
	fi
	foreign=$(find "$OWN" ! -user "$ACCOUNT" 2>/dev/null | head -n 1)
	if [ -n "$foreign" ]; then
		if [ -d "$OWN" ] && [ -d "$shared" ]; then
			# by root itself it would follow links that an account has put there
			printf 'sudo -u %s cp -a -n %s/. %s/\n' "$(stat -c %U "$foreign")" "$OWN" "$shared"
		else
			tell_place "/var/lib/$SHIPIT_APP" "cp -a -T $OWN" "$1"
		fi
		die 1 "'$1' becomes shared, and $foreign belongs to another account: nothing was changed. Run the commands above as root, and deploy again"
	fi
	grep -qxF -e "$RELEASES $1 $how" "$STATE/sharing" 2>/dev/null || append_line "$STATE/sharing" "$RELEASES $1 $how" || exit 1
	keep "$STATE/sharing" "$STATE"
	refuse_unguarded "${shared%/*}"
	copy_own "$1" "$how"
	printf "shared/%s begins as the live release has it\n" "$1"
}

# find_how PATH: sets how, as the list has it; empty if it is not in there.
find_how() {
	how=''
	[ -s "$STATE/sharing" ] || return 0
	while IFS= read -r each; do
		case "$each" in
		"$RELEASES $1 "*)
			how=${each#"$RELEASES $1 "}
			return
			;;
		esac
	done <"$STATE/sharing"
}

# lacks_own FOLDER: something that OWN has is not in it. So is whatever find did not look at, but for folders that it can't read (status 1).
lacks_own() {
	[ -n "$(
		cd "$OWN" && {
			find_missing "$1"
			[ "$?" -le 1 ] || printf 'unknown\0'
		} | tr '\n\000' '\001\n' | head -n 1
	)" ]
}

# copy_own PATH new|missing: what an earlier try copied is brought up to date; of what was there before nothing is written over.
copy_own() {
	from=$OWN
	[ ! -d "$OWN" ] || from=$OWN/
	as=--update
	[ "$2" = new ] || as=--ignore-existing
	rsync -rlptH "$as" -- "$from" "$RELEASES/shared/$1" || die 1 "cannot copy $OWN to $RELEASES/shared/$1"
}

# own_of_live PATH: sets OWN, what the live release has there, if that is no link to what is shared already.
own_of_live() {
	live=$(release_of current) || exit
	[ -n "$live" ] && [ "$live" != "$RELEASE" ] || return 1
	live=$RELEASES/releases/$live
	OWN=$live/$1
	[ -e "$OWN" ] && [ ! -L "$OWN" ] || return 1
	above=${OWN%/*}
	[ "$(cd -P "$above" && pwd)" = "$(cd -P "$live" && pwd)${above#"$live"}" ]
}

# is_of_commit PATH: the file at OWN is as the commit of the live release has it.
is_of_commit() {
	[ -n "${from-}" ] || return 1
	read_line "$RUNS/${live##*/}/commit"
	blob=$(exec git --git-dir="$MIRROR" rev-parse -q --verify "$LINE:${from#./}$1" 2>/dev/null) || return 1
	[ "$blob" = "$(exec git hash-object --no-filters "$OWN" 2>/dev/null)" ]
}

# take_the_rest: what users have written since the release was made.
take_the_rest() {
	[ -s "$STATE/sharing" ] || return 0
	while read -r root path how; do
		[ "$root" = "$RELEASES" ] || continue
		! own_of_live "$path" || copy_own "$path" "$how"
	done <"$STATE/sharing"
}

# are_shared: the live release has links in their place.
are_shared() {
	[ -s "$STATE/sharing" ] || return 0
	lines_but "$RELEASES" "$STATE/sharing" >"$STATE/sharing.new" && mv "$STATE/sharing.new" "$STATE/sharing"
}

# share_later PATH: a release from before it was shared, which a rollback wants, gets its link. What it has there by itself stays beside it.
share_later() {
	! goes_without "$1" || return 0
	as_written=$1
	set -- "${1#file:}"
	fresh=$RELEASES/releases/$RELEASE
	[ ! -L "$fresh/$1" ] || return 0
	above=$(dirname "$fresh/$1")
	mkdir -p "$above" && [ "$(cd -P "$above" && pwd)" = "$(cd -P "$fresh" && pwd)${above#"$fresh"}" ] ||
		die 1 "release $RELEASE has a symlink on the way to '$1', which is shared"
	take_from_live "$1"
	if [ -e "$fresh/$1" ]; then
		mv -T "$fresh/$1" "$fresh/$1.before-shared" || exit 1
		printf "release %s is from before '%s' was shared: its own is now %s.before-shared\n" "$RELEASE" "$1" "$1"
	fi
	share "$as_written"
}
