# Installing and --check: stage all, check all, compare with the host, and change what differs.

# for a look into a folder that others fill as they like. busybox' timeout lives on for a moment: it must not keep the lock (8)
LOOK_SECONDS=20

run_install() {
	KEY_IS_NEW=''
	check_programs
	lock_installs
	if [ "$TASK" = check ]; then
		name_half_done
		[ "$DIFFERENCES" -eq 0 ] || die 1 'half done: not checked for other differences'
	else
		recover
	fi
	make_stage
	stage_sudo_lines
	check_apart
	check_account
	check_builders
	stage_all
	check_names
	check_locked
	check_jobs
	check_folders
	each_root_step check_root_step
	each_service check_service
	each check_syntax "$STAGE/list.shared"
	each check_syntax "$STAGE/list.app"
	check_sudoers
	check_access
	survey
	[ -z "$SHOW" ] || say_shared
	if [ "$TASK" = check ]; then
		say_difference "$SUDOERS/shipit-$APP"
		say_difference "$SSHD_DROP_IN"
		say_difference "$APPS/$APP/recipe"
		say_account
		say_narrow
		[ "$DIFFERENCES" -gt 0 ] || look_in_force
		[ "$DIFFERENCES" -eq 0 ] || die 1 "$DIFFERENCES differ"
		say 'nothing differs'
		return
	fi
	if [ "$DIFFERENCES" -eq 0 ]; then
		say 'nothing to change'
		say_notes
		end_install ''
		return
	fi
	if [ "$SHARED_DIFFERENCES" -gt 0 ] && [ -n "$SHARED_KEPT" ]; then
		die 1 "the shared programs differ from what shipit $SHARED_KEPT installed: run an install script of that version; nothing was changed"
	fi
	[ -z "$ASK" ] || ask
	# a second of work that ends by itself, done or taken back
	trap '' HUP INT TERM PIPE
	apps=$APP
	[ "$SHARED_DIFFERENCES" -eq 0 ] || apps="$APP $(installed_apps | grep -vxF -e "$APP" | tr '\n' ' ')"
	# shellcheck disable=SC2086 # names of apps
	with_locks change $apps || exit
	APPLY=yes
	say_notes
	end_install 'done'
}

# check_folders: all that are in the way are named at once.
check_folders() {
	read_system_places
	in_the_way=''
	for folder in $PUBLISHED; do
		(check_published "$folder" && check_place "$folder") || in_the_way=yes
	done
	[ -z "$in_the_way" ] || exit 1
}

# end_install [SENTENCE]: what was installed stays, even if something else on the host overrules it: an administrator who sees that can
# put it right, and no later run has to begin anew.
end_install() {
	SHOW=yes
	look_in_force
	[ -n "$IN_FORCE" ] || die 1 "installed, but not in force: see the reason above; '--check' looks again"
	[ -z "$1" ] || [ -e "$STAGE/old-gone" ] || die 1 "installed and in force, but something that no app uses is still there: see the reason above, and run this again"
	[ -z "$1" ] || say "$1"
}

# look_in_force: what sudo and sshd make of it, for each person.
look_in_force() {
	IN_FORCE=yes
	check_sudo
	check_logins
}

# stage_all: the lists of what should be, in the order in which it is put in place.
stage_all() {
	LIST=$STAGE/list.shared
	stage_shared
	LIST=$STAGE/list.app
	stage_app
	[ -z "$DEPLOY_KEY" ] || stage_deploy_key
	gather_grants
	stage_access
	LIST=$STAGE/list.last
	stage_sudoers
	SHARED_KEPT=$(version_in /etc/shipit/manifest)
	if [ -n "$SHARED_KEPT" ] && newer "$SHARED_KEPT" "$VERSION"; then
		say "this host keeps its shared programs: they are from shipit $SHARED_KEPT, and this script is older ($VERSION)"
		grep -v '^#' /etc/shipit/manifest >"$STAGE/list.shared" || no_room
	else
		SHARED_KEPT=''
	fi
	LIST=$STAGE/list.manifests
	[ -n "$SHARED_KEPT" ] || stage_manifest "$VERSION" /etc/shipit/manifest "$STAGE/list.shared"
	[ ! -f "$STAGE/list.access" ] || stage_manifest - /etc/shipit/access "$STAGE/list.access"
	stage_manifest "$VERSION" "$APPS/$APP/manifest" "$STAGE/list.app" "$STAGE/list.last"
	cat "$STAGE"/list.shared "$STAGE"/list.app "$STAGE"/list.last "$STAGE/list.manifests" >"$STAGE/lines" || no_room
	[ ! -f "$STAGE/list.access" ] || cat "$STAGE/list.access" >>"$STAGE/lines" || no_room
	sed 's/.* //' "$STAGE/lines" | stage paths || exit
}

# The key is made here, once, and never leaves the host. It is root's, for the account to read.
stage_deploy_key() {
	key=$APPS/$APP/git/key
	mkdir -p "$STAGE/root$APPS/$APP/git"
	if [ -f "$key" ] && [ -f "$key.pub" ]; then
		cp "$key" "$STAGE/key" && cp "$key.pub" "$STAGE/key.pub"
	else
		KEY_IS_NEW=yes
		ssh-keygen -q -t ed25519 -N '' -C "$APP@$(uname -n)" -f "$STAGE/key"
	fi || die 1 'cannot make the deploy key: nothing was changed'
	stage_file 0440 "root:$ACCOUNT" "$key" <"$STAGE/key"
	stage_file 0644 root:root "$key.pub" <"$STAGE/key.pub"
}

# survey: counts what differs, and names it where it was asked for.
survey() {
	RIGHTS_STAY=''
	[ -z "$SHOW" ] || say_rights
	shared_before=$DIFFERENCES
	each check_want "$STAGE/list.shared"
	SHARED_DIFFERENCES=$((DIFFERENCES - shared_before))
	survey_accounts
	each check_want "$STAGE/list.app"
	each check_want "$STAGE/list.access"
	each check_want "$STAGE/list.manifests"
	each check_want "$STAGE/list.last"
	each retire "$APPS/$APP/manifest"
	each retire /etc/shipit/access
	[ -f "$STAGE/list.access" ] || retire - - root:root /etc/shipit/access
	[ -n "$SHARED_KEPT" ] || each retire /etc/shipit/manifest
	for folder in $(build_places); do
		grep -qxF -e "$folder" "$STAGE/paths" || planned - "$folder"
	done
	survey_unused
	check_selinux
	! sshd_lacks || planned '~' "$SSHD_CONFIG: does not include /etc/ssh/sshd_config.d, and lacks the lines that the install lists"
	[ -z "$RIGHTS_STAY" ] || [ "$DIFFERENCES" -eq 0 ] || say 'the rights that root gives stay as they are'
}

# change: with the locks.
change() {
	APPLY=yes
	SHOW=''
	begin_journal
	make_accounts
	each apply_folder "$STAGE/list.shared"
	each apply_folder "$STAGE/list.app"
	each apply_folder "$STAGE/list.access"
	for list in shared app access manifests last; do
		each place "$STAGE/list.$list"
	done
	sync
	for list in shared app access manifests; do
		each swap "$STAGE/list.$list"
	done
	[ ! -f "$APPS/$APP/manifest.shipit-old" ] || cp "$APPS/$APP/manifest.shipit-old" "$STAGE/old-manifest" || no_room
	[ ! -f /etc/shipit/access.shipit-old ] || cp /etc/shipit/access.shipit-old "$STAGE/old-access" || no_room
	[ -f "$STAGE/list.access" ] || [ ! -f /etc/shipit/access ] || cp /etc/shipit/access "$STAGE/old-access" || no_room
	each retire "$STAGE/old-manifest"
	each retire "$STAGE/old-access"
	[ -f "$STAGE/list.access" ] || retire - - root:root /etc/shipit/access
	# last of all, so that nobody can call what is not all there
	each swap "$STAGE/list.last"
	visudo -cqf /etc/sudoers >/dev/null 2>&1 || fail 'visudo does not accept the new sudoers file'
	[ ! -f "$STAGE/sshd-lines" ] || prove_installed
	commit_journal
	trail verb=install "version=$VERSION" outcome=installed
	# in a shell of its own: what no app uses any longer must not keep this one from its end
	! (remove_old) || true >"$STAGE/old-gone"
	label_all
	! sshd_lacks || say_sshd_lines
	[ -z "$KEY_IS_NEW" ] || {
		say 'add this deploy key to the repository, read-only:'
		# whole, on a line of its own, to be copied
		cat "$APPS/$APP/git/key.pub"
	}
}

# remove_old: what the app no longer has, and what no app uses.
remove_old() {
	for folder in $(build_places); do
		grep -qxF -e "$folder" "$STAGE/paths" || remove_tree "$folder"
	done
	close_unused
	remove_unused
}

# What was here before shipit stays as it is: what is in a published folder, and an account of our name.
say_notes() {
	say_account
	say_narrow
	[ -n "$SHOW" ] || say_shared
	account_shell=$(getent passwd "$ACCOUNT")
	account_shell=${account_shell##*:}
	case "$account_shell" in
	*/nologin | */false) ;;
	*) say "the account $ACCOUNT existed before shipit and has a shell ($account_shell), which deploys do not need" ;;
	esac
	[ -z "$READER" ] || say_repository
	say_boolean
	say_shared_files
	for folder in $PUBLISHED; do
		! has "$folder" "$UNSAFE_FOLDERS" || continue
		# what releases share may be the application's
		[ ! -L "$folder/current" ] || [ ! -d "$folder/releases" ] || folder=$folder/releases
		foreign=$(timeout "$LOOK_SECONDS" find "$folder" ! -user "$ACCOUNT" -print 2>/dev/null 8<&- | head -n 1)
		[ -z "$foreign" ] || say "$(show "$foreign") does not belong to $ACCOUNT: to change that, run: chown -Rh $ACCOUNT: $folder"
	done
}

# say_narrow: root has closed a folder further than an install would.
say_narrow() {
	for folder in $PUBLISHED; do
		narrow 0755 "$ACCOUNT:$ACCOUNT" "$folder"
		[ "$NARROW_MODE $NARROW_OWNER" = "0755 $ACCOUNT:$ACCOUNT" ] ||
			say "$folder keeps mode $NARROW_MODE and owner $NARROW_OWNER, as root left it: make sure that the web server may read it"
	done
}
