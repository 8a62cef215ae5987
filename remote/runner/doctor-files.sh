# The part of doctor's answer that is about files: what is there, and what the manifests say should be.

# Of every file that shipit has here, and every folder above it: SUM MODE OWNER:GROUP PATH, as the manifests have them.
tell_files() {
	published | while read -r place; do
		tell published "$place"
		real=$(real_place "$place")
		[ -z "$real" ] || tell leads "$place $real"
	done
	for manifest in "$PREFIX/etc/shipit/manifest" "$PREFIX/etc/shipit/access" "$APPS/$REQ_APP/manifest"; do
		[ -r "$manifest" ] || continue
		grep -v '^#' "$manifest" | while read -r line; do
			tell manifest "$line"
		done
	done
	places | while read -r place; do
		while [ -n "$place" ] && [ "$place" != "$PREFIX" ]; do
			printf '%s\n' "$place"
			place=${place%/*}
		done
	done | sort -u | while read -r place; do
		tell file "$(look_at "$place") ${place#"$PREFIX"}"
	done
}

places() {
	app_folder=$APPS/$REQ_APP
	printf '%s\n' "$app_folder/recipe" "$app_folder/lock" "$app_folder/manifest" "$app_folder/git/.gitconfig" \
		"$PREFIX/etc/shipit/manifest" "$PREFIX/etc/sudoers.d/shipit-$REQ_APP" "$PREFIX/usr/local/bin/shipit-gate" \
		"$STATE" "$RUNS" "$STATE/history"
	set +f
	printf '%s\n' "$LIBEXEC"/*
	set -f
	for manifest in "$PREFIX/etc/shipit/manifest" "$PREFIX/etc/shipit/access" "$app_folder/manifest"; do
		[ ! -r "$manifest" ] || sed -n '/^#/!s,.* /,/,p' "$manifest" | while read -r place; do
			printf '%s\n' "$PREFIX$place"
		done
	done
	published | while read -r place; do
		printf '%s\n' "$PREFIX$place"
		real_place "$place"
	done
}

# real_place FOLDER: where links lead to that somebody has put on its way; nothing where there are none, and of the sandbox.
real_place() {
	[ -z "$PREFIX" ] && cd -P "$1" 2>/dev/null || return 0
	[ "$PWD" = "$1" ] || printf '%s\n' "$PWD"
	cd /
}

# published: the folders that the recipe publishes to, without the sandbox's prefix.
published() {
	if [ -r "$APPS/$REQ_APP/grants" ]; then
		sed -n 's/^published //p' "$APPS/$REQ_APP/grants"
	else
		sed -n "s,^[[:blank:]]*sync_tree '[^']*' '\\(/[^']*[^'/]\\)/*' .*,\\1,p" "$APPS/$REQ_APP/recipe"
	fi
}

# tell_services: of the units that steps change, VERB UNIT LOADED ACTIVE RELOADS, each as systemd says it, or a minus.
tell_services() {
	[ -n "$SUDO" ] && [ -r "$APPS/$REQ_APP/grants" ] || return 0
	sed -n 's/^service //p' "$APPS/$REQ_APP/grants" | while read -r verb unit; do
		told=$(timeout "$LOOK_SECONDS" systemctl show -p LoadState -p ActiveState -p CanReload -- "$unit" </dev/null)
		words=''
		for name in LoadState ActiveState CanReload; do
			word=$(printf '%s\n' "$told" | sed -n "s/^$name=//p")
			words="$words ${word:--}"
		done
		tell service "$verb $unit$words"
	done
}

# tell_shared_files: of the files that releases share, whether each is there. What the live release has by itself becomes the shared one.
tell_shared_files() {
	[ -r "$APPS/$REQ_APP/grants" ] || return 0
	sed -n 's/^shared-file //p' "$APPS/$REQ_APP/grants" | while read -r root path; do
		file=$PREFIX$root/shared/$path
		judge_shared "$file"
		case "$SHARED_IS" in
		unseen) continue ;;
		missing) [ ! -f "$PREFIX$root/current/$path" ] || continue ;;
		esac
		tell shared-file "$SHARED_IS $root/shared/$path"
	done
}

look_at() {
	if [ -L "$1" ]; then
		kind=link:$(readlink "$1")
	elif [ -d "$1" ]; then
		kind=folder
	elif [ -f "$1" ]; then
		kind=unread
		[ ! -r "$1" ] || kind=$(sum_of "$1")
	elif [ -e "$1" ]; then
		kind=odd
	elif [ -d "${1%/*}" ] && [ ! -x "${1%/*}" ]; then
		printf 'hidden - -'
		return
	else
		printf 'missing - -'
		return
	fi
	printf '%s %s' "$kind" "$(stat -c '%a %U:%G' "$1")"
}

sum_of() {
	sum=$({ sha256sum || shasum -a 256; } <"$1") || sum='unread'
	printf '%s' "${sum%% *}"
}
