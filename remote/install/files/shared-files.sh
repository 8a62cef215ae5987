# Files that releases share, and that an administrator makes: no deploy does.

# say_shared_files: those that are missing, each with the commands that make it. What the live release has by itself becomes the shared one.
say_shared_files() {
	sed -n 's/^shared-file //p' "$STAGE/root$APPS/$APP/grants" | while read -r share_root share_path; do
		share_file=$share_root/shared/$share_path
		[ ! -e "$share_file" ] && [ ! -L "$share_file" ] && [ ! -f "$share_root/current/$share_path" ] || continue
		say "before the next deploy, make $share_file: releases share it, and a deploy is refused without it. FILE is what it should be, USER the account that the application runs as:"
		share_own=/etc/$APP/$(printf '%s\n' "${share_path#.}" | tr / -)
		# whole, on lines of their own, to be copied. Root writes in a folder of its own alone: in the account's, a link could lead it elsewhere
		printf 'mkdir -p -m 0755 /etc/%s\ninstall -m 0400 -o USER FILE %s\n' "$APP" "$share_own"
		printf "sudo -u %s sh -c 'umask 022; mkdir -p %s && ln -s %s %s'\n" "$ACCOUNT" "${share_file%/*}" "$share_own" "$share_file"
	done
}
