# The root steps of the recipe, and what the host makes of their words: links and mounts that lead to what deploys can write, programs that
# others than root may change, and units that systemd reads from there. src/recipe/root-dangers.ts judges the words by themselves.

# where systemd looks for units of the system, the first one wins (systemd.unit(5))
UNIT_FOLDERS='/etc/systemd/system /run/systemd/system /usr/local/lib/systemd/system /usr/lib/systemd/system /lib/systemd/system'

DEPLOY_PLACES=''

# read_deploy_places: what deploys write, or every account.
read_deploy_places() {
	for deploy_folder in $PUBLISHED "$STATE_ROOT/apps/$APP" "$STATE_ROOT/build/$APP" /tmp /var/tmp /dev/shm; do
		place_of "$deploy_folder"
		DEPLOY_PLACES="$DEPLOY_PLACES $PLACE"
	done
}

# check_root_step STEP PATH...: before anything is changed. The first path is the program; unit:NAME is a unit of systemd.
check_root_step() {
	root_step=$1
	root_program=$2
	shift
	[ -n "$DEPLOY_PLACES" ] || read_deploy_places
	for root_path; do
		case "$root_path" in
		unit:*) check_unit "${root_path#unit:}" ;;
		*)
			! deploys_decide "$root_path" || refuse_root_step "$root_path" "$DECIDED"
			;;
		esac
	done
	deploys_decide "$root_program" || [ ! -e "$root_program" ] || roots_alone "$root_program" ||
		say "! step '$root_step' runs $root_program as root, which accounts other than root may change, and so become root; see: ls -ld $root_program"
}

# refuse_root_step PATH WHAT
refuse_root_step() {
	die 1 "step '$root_step' would use $(show "$1") as root, and deploys can write $(show "$2"), which it leads to: anybody who can deploy would become root; name a place that only root can write, or say in the step why it is safe (unsafe: 'the reason'); nothing was changed"
}

# check_unit NAME: its file, what is added to it, and what it runs.
check_unit() {
	unit=$1
	case "$unit" in
	*.service | *.socket | *.timer | *.target | *.path | *.mount | *.slice) ;;
	*) unit=$unit.service ;;
	esac
	case "$unit" in
	*@*) unit_names="$unit ${unit%%@*}@.${unit##*.}" ;;
	*) unit_names=$unit ;;
	esac
	for unit_name in $unit_names; do
		for unit_folder in $UNIT_FOLDERS; do
			set +f
			for unit_file in "$unit_folder/$unit_name" "$unit_folder/$unit_name.d"/*.conf; do
				set -f
				[ -e "$unit_file" ] || [ -L "$unit_file" ] || continue
				! deploys_decide "$unit_file" || refuse_root_step "$unit_file" "$DECIDED"
				say_unit_program "$unit_file"
			done
			set -f
		done
	done
	[ ! -e "/etc/init.d/${unit%.*}" ] || ! deploys_decide "/etc/init.d/${unit%.*}" || refuse_root_step "/etc/init.d/${unit%.*}" "$DECIDED"
}

# check_service STEP UNIT VERB [safe]: systemd knows the unit, and can do that with it. It also tells of files that check_unit does not find:
# under another name of the unit, or in other folders.
check_service() {
	[ -d /run/systemd/system ] || {
		say "! systemd does not run on this host: whether it has $2, for the step '$1', was not checked"
		return 0
	}
	service_told=$(timeout "$LOOK_SECONDS" systemctl show -p LoadState -p CanReload -p FragmentPath -p DropInPaths -- "$2" 2>&1 8<&-) || {
		refuse_service "$@" "and systemd does not tell of it: $service_told"
		return 0
	}
	case $(printf '%s\n' "$service_told" | sed -n 's/^LoadState=//p') in
	loaded) ;;
	not-found)
		refuse_service "$@" "and this host has no such unit: make it, run 'systemctl daemon-reload', and install again; 'systemctl list-unit-files' lists the units of this host"
		;;
	masked) refuse_service "$@" "which is masked on this host: run 'systemctl unmask $2', or take the step out" ;;
	*) refuse_service "$@" "which systemd cannot load: 'systemd-analyze verify $2' says why" ;;
	esac
	[ "$3" != reload ] || ! printf '%s\n' "$service_told" | grep -qx CanReload=no ||
		refuse_service "$@" "which cannot be reloaded: give the unit ExecReload=, or write 'restart' or 'reload-or-restart' in the config"
	[ -z "${4-}" ] || return 0
	[ -n "$DEPLOY_PLACES" ] || read_deploy_places
	root_step=$1
	for service_file in $(printf '%s\n' "$service_told" | sed -n -e 's/^FragmentPath=//p' -e 's/^DropInPaths=//p'); do
		! deploys_decide "$service_file" || refuse_root_step "$service_file" "$DECIDED"
	done
}

# refuse_service STEP UNIT VERB [safe] WHAT: of a step that is installed already it is only said. A person who is to go must not stay for the
# state of a unit, and each deploy looks at it.
refuse_service() {
	for service_fault; do :; done
	service_fault="step '$1' would $3 $2, $service_fault"
	grep -qxF -e "service $3 $2" "$APPS/$APP/grants" 2>/dev/null || die 1 "$service_fault; nothing was changed"
	say "! $service_fault"
}

# say_unit_program FILE: a service of root's that runs what deploys write, or in their folder.
say_unit_program() {
	! grep -q '^User=' "$1" || grep -q '^User=\(root\|0\)[[:blank:]]*$' "$1" || return 0
	# a line may go on in the next one, and a word may be an option with a path
	unit_programs=$(sed -e ':a' -e '/\\$/{' -e N -e 's/\\\n/ /' -e ba -e '}' "$1" | sed -n 's/^\(Exec[A-Za-z]*\|WorkingDirectory\)=//p' |
		tr '[:blank:]' '\n' | sed -e "s/[\"']//g" -e 's/^[-@:+!]*//' -e 's,^[^/]*=/,/,' | grep '^/' | sort -u | head -n 100)
	for unit_program in $unit_programs; do
		! deploys_decide "$unit_program" ||
			say "! $unit uses $(show "$unit_program") as root, and deploys can write $(show "$DECIDED"): anybody who can deploy becomes root; give the unit a User= of its own"
	done
}

# deploys_decide PATH: what the path leads to, by all links on the way, is for deploys to say. Sets DECIDED to the place that they can write.
deploys_decide() {
	decide_at=''
	decide_ahead=${1#/}/
	decide_hops=0
	while [ -n "$decide_ahead" ]; do
		decide_word=${decide_ahead%%/*}
		decide_ahead=${decide_ahead#*/}
		case "$decide_word" in
		'' | .) continue ;;
		..)
			decide_at=${decide_at%/*}
			continue
			;;
		esac
		DECIDED=$decide_at/$decide_word
		! is_of_deploys "$DECIDED" || return 0
		if [ -L "$DECIDED" ]; then
			decide_hops=$((decide_hops + 1))
			[ "$decide_hops" -le "$MOST_LINKS" ] && decide_leads=$(readlink "$DECIDED") || return 1
			case "$decide_leads" in
			/*) decide_at='' ;;
			esac
			decide_ahead=$decide_leads/$decide_ahead
			continue
		fi
		decide_at=$DECIDED
	done
	return 1
}

# is_of_deploys PATH: it lies in a place of theirs, is one of their accounts' own, or every account may write it.
is_of_deploys() {
	in_file_system "$1"
	for deploy_place in $DEPLOY_PLACES; do
		case "$PLACE/" in
		"$deploy_place"/*) return 0 ;;
		esac
	done
	decide_owner=$(stat -c %U "$1" 2>/dev/null) || return 1
	! has "$decide_owner" "$ACCOUNT $BUILDERS $READER" || return 0
	[ -n "$(find "$1" -maxdepth 0 \( -type f -o -type d ! -perm -1000 \) -perm -0002 2>/dev/null)" ]
}

# roots_alone PATH: root alone may say what it leads to, and may change what is there.
roots_alone() {
	alone=$1
	alone_hops=0
	while :; do
		root_leads_to "$alone" || return 1
		[ -L "$alone" ] || break
		alone_hops=$((alone_hops + 1))
		[ "$alone_hops" -le "$MOST_LINKS" ] && alone_leads=$(readlink "$alone") || return 1
		case "$alone_leads" in
		/*) alone=$alone_leads ;;
		*) alone=${alone%/*}/$alone_leads ;;
		esac
	done
	is_roots "$alone"
}
