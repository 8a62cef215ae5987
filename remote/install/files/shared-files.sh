# Files that releases share, and that an administrator makes: no deploy does.

# say_shared_files: those that are missing, each with the commands that make it. What the live release has by itself becomes the shared one.
say_shared_files() {
	sed -n 's/^shared-file //p' "$STAGE/root$APPS/$APP/grants" | while read -r share_root share_path; do
		share_file=$share_root/shared/$share_path
		[ ! -e "$share_file" ] && [ ! -L "$share_file" ] && [ ! -f "$share_root/current/$share_path" ] || continue
		say "before the next deploy, make $share_file: releases share it, and a deploy is refused without it. FILE is what it should be, USER the account that the application runs as:"
		# whole, on lines of their own, to be copied; by root itself the first would follow a link that the account has put there
		[ -d "${share_file%/*}" ] || printf 'sudo -u %s mkdir -p %s\n' "$ACCOUNT" "${share_file%/*}"
		printf 'install -m 0400 -o USER FILE %s\n' "$share_file"
	done
}
