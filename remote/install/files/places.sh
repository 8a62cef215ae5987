# Where folders really are, whatever links and bind mounts lead there, and whose they are. An install takes neither a folder that somebody
# else has, nor one that holds such a folder or lies in it.

# src/config/check/compare-targets.ts refuses the names
SYSTEM_FOLDERS='/bin /boot /dev /efi /etc /lib /lib32 /lib64 /libx32 /lost+found /proc /root /run /sbin /snap /sys /tmp /usr
/var/backups /var/lib /var/lock /var/log /var/mail /var/run /var/spool /var/tmp'
# of these it gives none away, whatever the config says in `unsafe`
NEVER_FOLDERS='/bin /boot /dev /etc/pam.d /etc/shipit /etc/ssh /etc/sudoers.d /lib /lib32 /lib64 /libx32 /proc /root /sbin /sys /tmp
/usr/bin /usr/lib /usr/lib64 /usr/libexec /usr/local/bin /usr/local/libexec /usr/local/sbin /usr/sbin /var/lib/shipit /var/tmp'
# accounts of people begin here (login.defs(5))
FIRST_PERSON=1000
NOBODY=65534
# so many entries of a folder are asked for at the package manager
MAX_ENTRIES=40

MOUNTS=''
SYSTEM_PLACES=''
NEVER_PLACES=''

# place_of PATH: sets PLACE to device and path in the file system. Of what is not there yet, the folder above is looked at.
place_of() {
	standing=$1
	to_come=''
	while [ -n "$standing" ] && [ ! -d "$standing/." ]; do
		to_come=/${standing##*/}$to_come
		standing=${standing%/*}
	done
	# back to where this script stands
	if cd -P "$standing/" 2>/dev/null; then
		standing=$PWD
		cd / || exit 1
	else
		standing=$1
	fi
	STANDING=${standing%/}$to_come
	in_file_system "$STANDING"
}

# read_mounts: of each mount its device, the folder of the file system that is mounted, and where (proc(5)).
read_mounts() {
	[ -n "$MOUNTS" ] || MOUNTS=$(cut -d ' ' -f 3-5 /proc/self/mountinfo 2>/dev/null)
	[ -n "$MOUNTS" ] || MOUNTS='- / /'
}

# as_mounted PATH: sets MOUNTED to the path as the kernel writes it.
as_mounted() {
	MOUNTED=$1
	case "$1" in
	*[\\[:blank:]]*) MOUNTED=$(printf '%s' "$1" | sed -e 's/\\/\\134/g' -e 's/ /\\040/g' -e "s/$(printf '\t')/\\\\011/g") ;;
	esac
}

# in_file_system PATH: without links.
in_file_system() {
	read_mounts
	as_mounted "$1"
	in_path=$MOUNTED
	in_point=''
	PLACE=-:$in_path
	# shellcheck disable=SC2086 # blanks in names are \040
	set -- $MOUNTS
	while [ "$#" -ge 3 ]; do
		point=${3%/}
		case "$in_path/" in
		"$point"/*)
			# of two at one point the later one is seen
			if [ "${#point}" -ge "${#in_point}" ]; then
				in_point=$point
				PLACE=$1:${2%/}${in_path#"$point"}
			fi
			;;
		esac
		shift 3
	done
}

# places_below PATH: what is mounted below it, as places.
places_below() {
	place_of "$1"
	as_mounted "$STANDING"
	below=$MOUNTED
	# shellcheck disable=SC2086
	set -- $MOUNTS
	while [ "$#" -ge 3 ]; do
		case "$3" in
		"$below"/*) printf '%s:%s\n' "$1" "${2%/}" ;;
		esac
		shift 3
	done
}

# lies_in PATH FOLDER: it is the folder, or lies in it.
lies_in() {
	place_of "$2"
	outer_place=$PLACE
	place_of "$1"
	case "$PLACE/" in
	"$outer_place"/*) return 0 ;;
	esac
	return 1
}

# lies_in_mounts PATH FOLDER: it lies in something that is mounted below the folder.
lies_in_mounts() {
	mounted_places=$(places_below "$2")
	place_of "$1"
	for mounted_place in $mounted_places; do
		case "$PLACE/" in
		"$mounted_place"/*) return 0 ;;
		esac
	done
	return 1
}

# overlap ONE OTHER: they are one folder, or one lies in the other.
overlap() {
	lies_in "$1" "$2" || lies_in "$2" "$1" || lies_in_mounts "$1" "$2" || lies_in_mounts "$2" "$1"
}

# app_at FOLDER: prints an app, other than APP, and its folder or repository that overlaps.
app_at() {
	installed_apps | grep -vxF -e "$APP" | while read -r at_app; do
		sed -n -e 's/^published //p' -e 's/^repository //p' "$APPS/$at_app/grants" 2>/dev/null | while read -r at_folder; do
			! overlap "$1" "$at_folder" || printf '%s %s\n' "$at_app" "$at_folder"
		done
	done | head -n 1
}

# read_system_places: once, since each asks the host.
read_system_places() {
	# shellcheck disable=SC2086 # one word each
	SYSTEM_PLACES=$(list_places $SYSTEM_FOLDERS)
	# shellcheck disable=SC2086 # as above
	NEVER_PLACES=$(list_places $NEVER_FOLDERS)
}

# list_places FOLDER...: of those that are there.
list_places() {
	for system_folder; do
		[ -d "$system_folder" ] || continue
		place_of "$system_folder"
		printf '%s\n' "$PLACE"
	done
}

# check_place FOLDER: before anything is changed.
check_place() {
	place_of "$1"
	taken_place=$PLACE
	[ -n "$SYSTEM_PLACES" ] || read_system_places
	refused_places=$SYSTEM_PLACES
	! has "$1" "$UNSAFE_FOLDERS" || refused_places=$NEVER_PLACES
	for system_place in $refused_places; do
		case "$taken_place/" in
		"$system_place"/*) refuse_folder "$1" "leads to a system folder ($(show "${system_place#*:*:}")) through links or mounts" ;;
		esac
		case "$system_place/" in
		"$taken_place"/*) refuse_folder "$1" "holds a system folder ($(show "${system_place#*:*:}")), reached through links or mounts" ;;
		esac
	done
	[ -z "$REPOSITORY" ] || ! overlap "$1" "$REPOSITORY" ||
		refuse_folder "$1" "overlaps with the repository $REPOSITORY, which a deploy would overwrite"
	for own_folder in $PUBLISHED; do
		# what the names tell, the config has judged
		case "$own_folder/,$1/" in
		"$1"/*,* | *,"$own_folder"/*) continue ;;
		esac
		! overlap "$1" "$own_folder" ||
			refuse_folder "$1" "overlaps with $own_folder (after following links and mounts): each step would delete or overwrite what the other one published"
	done
	neighbour=$(app_at "$1")
	[ -z "$neighbour" ] ||
		refuse_folder "$1" "overlaps with ${neighbour#* } of the app '${neighbour%% *}': a deploy of one could delete or overwrite the other's files"
	home_owner=$(whose_home "$1")
	[ -z "$home_owner" ] || has "$1" "$UNSAFE_FOLDERS" || refuse_folder "$1" "is, holds or lies in the home of the account $(show "$home_owner")"
	[ ! -d "$1" ] || check_owner "$1"
}

refuse_folder() {
	die 1 "$1 $2; publish '$APP' to a folder of its own, for instance /srv/$APP; nothing was changed"
}

# whose_home PATH: prints the account of a person whose home it is, holds, or lies in; of the app's own account only the first two.
# shellcheck disable=SC2034 # words that are not asked for
whose_home() {
	getent passwd | while IFS=: read -r home_name home_secret home_number home_group home_words home home_shell; do
		case "$home_number,$home" in
		*[!0123456789]*,* | ,*) continue ;;
		*,/*/?*) home=${home%/} ;;
		# everything lies in / or /home
		*) continue ;;
		esac
		[ "$home_number" -ge "$FIRST_PERSON" ] && [ "$home_number" -ne "$NOBODY" ] || [ "$home_name" = "$ACCOUNT" ] || continue
		case "$home/" in
		"$1"/*) printf '%s\n' "$home_name" ;;
		esac
		[ "$home_name" != "$ACCOUNT" ] || continue
		case "$1/" in
		"$home"/*) printf '%s\n' "$home_name" ;;
		esac
	done | head -n 1
}

# check_owner FOLDER: it is root's or the account's. Before it is taken for the first time, what lies in it is looked at as well.
check_owner() {
	owner_number=$(stat -c %u "$1")
	owner_name=$(stat -c %U "$1")
	[ "$owner_number" -eq 0 ] || [ "$owner_number" = "$(id -u "$ACCOUNT" 2>/dev/null)" ] ||
		die 1 "$1 belongs to $(show "$owner_name"), and the install would give it to $ACCOUNT: publish elsewhere or, if it is meant for '$APP', give it to root first (chown root: $1); nothing was changed"
	! grep -qsxF -e "published $1" "$APPS/$APP/grants" || return 0
	for entry_owner in $(find "$1" -mindepth 1 -maxdepth 1 -exec stat -c '%u' {} + 2>/dev/null | sort -u | tr '\n' ' '); do
		[ "$entry_owner" -ge "$FIRST_PERSON" ] && [ "$entry_owner" != "$(id -u "$ACCOUNT" 2>/dev/null)" ] || continue
		entry=$(find "$1" -mindepth 1 -maxdepth 1 -user "$entry_owner" -print 2>/dev/null | head -n 1)
		die 1 "$1 holds $(show "$entry"), which belongs to $(show "$(stat -c %U "$entry")"): publish elsewhere or, if it is meant for '$APP', give all of it to root first (chown -Rh root: $1); nothing was changed"
	done
	! has "$1" "$UNSAFE_FOLDERS" || return 0
	packaged=$(package_in "$1")
	[ -z "$packaged" ] ||
		die 1 "${packaged#* } belongs to the package ${packaged%% *}, and the install would give $1 to $ACCOUNT: publish to a folder of its own, for instance /srv/$APP; nothing was changed"
}

# package_in FOLDER: prints a package and what it has there: something in the folder or, but for the roots of web servers, the folder.
package_in() {
	case "$1" in
	/var/www/* | /srv/*) ;;
	*) package_of "$1" ;;
	esac
	find "$1" -mindepth 1 -maxdepth 1 -print 2>/dev/null | head -n "$MAX_ENTRIES" | while read -r packaged_entry; do
		package_of "$packaged_entry"
	done | head -n 1
}

# package_of PATH: by dpkg, rpm or apk.
package_of() {
	package=''
	if command -v dpkg-query >/dev/null; then
		package=$(dpkg-query -S "$1" 2>/dev/null </dev/null | sed -n '/^diversion /!{s/[,:].*//p;q;}')
	elif command -v rpm >/dev/null; then
		package=$(rpm -qf --queryformat '%{NAME}\n' "$1" 2>/dev/null </dev/null) || return 0
	elif command -v apk >/dev/null; then
		package=$(apk info --who-owns "$1" 2>/dev/null </dev/null | sed -n 's/.* is owned by //p')
	fi
	[ -z "$package" ] || printf '%s %s\n' "${package%%[!A-Za-z0-9.+_-]*}" "$1"
}
