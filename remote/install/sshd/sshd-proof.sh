# The proof of sshd's lines: what 'sshd -T' says of an account, with our lines and without, wherever it may log in from. Of an
# account with a life of its own nothing may change but one more file of keys; of the others, nothing may become looser.

# an address that is nobody's (RFC 5737): what no Match line names is like it
SOMEWHERE=203.0.113.7

stage_points() {
	list_sshd_files
	sshd_points | stage points || exit
}

# sshd_points: places to log in from, as sshd -C has them: two that the host's settings don't name, and one for each value of each Match line.
sshd_points() {
	{
		printf 'host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22\n'
		printf 'host=%s,addr=%s,laddr=127.0.0.1,lport=22\n' "$SOMEWHERE" "$SOMEWHERE"
		for sshd_file in $(tr '\n' ' ' <"$STAGE/sshd-files"); do
			sed -n 's/^[[:blank:]]*[Mm][Aa][Tt][Cc][Hh][[:blank:]=][[:blank:]]*//p' "$sshd_file"
		done | tr -d '"' | tr '=\t' '  ' | while read -r criteria; do
			points_of "$criteria"
		done
	} | sort -u
}

# points_of CRITERIA: user and group are the account's own; what follows a # is a comment.
points_of() {
	addresses='' names='' local_addresses='' ports='' domains=''
	# shellcheck disable=SC2086 # its words
	set -- $1
	while [ "$#" -gt 1 ]; do
		case "$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')" in
		address) addresses=$(samples as_address "$2") ;;
		host) names=$(samples as_word "$2") ;;
		localaddress) local_addresses=$(samples as_address "$2") ;;
		localport) ports=$(samples as_word "$2") ;;
		rdomain) domains=$(samples as_word "$2") ;;
		all | invalid-user)
			shift
			continue
			;;
		'#'*) break ;;
		esac
		shift 2
	done
	[ -n "$addresses$names$local_addresses$ports$domains" ] || return 0
	for address in ${addresses:-$SOMEWHERE}; do
		for name in ${names:-$address}; do
			for local_address in ${local_addresses:-127.0.0.1}; do
				for port in ${ports:-22}; do
					for domain in ${domains:--}; do
						[ "$domain" != - ] && domain=,rdomain=$domain || domain=''
						printf 'host=%s,addr=%s,laddr=%s,lport=%s%s\n' "$name" "$address" "$local_address" "$port" "$domain"
					done
				done
			done
		done
	done
}

# samples FORM PATTERNS: something that fits, of each of the patterns between commas.
samples() {
	printf '%s\n' "$2" | tr ',' '\n' | while read -r pattern; do
		pattern=${pattern#!}
		[ -z "$pattern" ] || printf '%s ' "$("$1" "${pattern%%/*}")"
	done
}

as_word() {
	printf '%s' "$1" | sed 's,[*?],x,g'
}

as_address() {
	case "$1" in
	'*') printf '%s' "$SOMEWHERE" ;;
	*:*) printf '%s' "$1" | sed 's/::\*$/::1/; s/:\*$/::1/; s,[*?],1,g' ;;
	*)
		# 10.77.* has four numbers, too
		printf '%s.1.1.1' "$1" | sed 's,[*?],1,g' | cut -d . -f 1-4
		;;
	esac
}

# ask_sshd CONFIG ACCOUNT FOLDER: what the settings are at each of the points, in FOLDER/ACCOUNT,NUMBER.
ask_sshd() {
	[ -d "$3" ] || mkdir "$3" || die 1 'cannot write to the staging folder: nothing was changed'
	point_number=0
	while read -r point <&6; do
		point_number=$((point_number + 1))
		sshd_says=$(sshd -T -f "$1" -C "user=$2,$point" 2>"$STAGE/sshd") || {
			cat "$STAGE/sshd" >&2
			conflict "cannot ask sshd for the settings of '$2' ('sshd -T -C user=$2,$point' says why)"
		}
		# it does not tell what it could not write
		printf '%s\n' "$sshd_says" >"$3/$2,$point_number" || no_room
	done 6<"$STAGE/points"
}

# own_values KEYWORD ACCOUNT: without our lines, each value once.
own_values() {
	set +f
	sed -n "s/^$1 //p" "$STAGE/own/$2",* 2>/dev/null | sort -u
	set -f
}

# is_by_hand ACCOUNT: root has written lines with our file of keys, and with the gate where it is for deploys alone.
is_by_hand() {
	own_values authorizedkeysfile "$1" | grep -qwF -e "$PEOPLE_KEYS/%u" &&
		{ ! is_ours "$1" || [ "$(own_values forcecommand "$1")" = "$GATE" ]; }
}

# sshd_lacks: sshd reads no drop-ins here, and has not got the lines in its own file either.
sshd_lacks() {
	[ -f "$STAGE/sshd-lines" ] && ! reads_drop_ins || return 1
	for account in $refused; do
		each_point "$account" prove_refused own || return 0
	done
	for account in $people; do
		is_by_hand "$account" || return 0
	done
	for account in $forced_people; do
		[ "$(own_values forcecommand "$account")" = "$GATE" ] || return 0
	done
	[ -n "$forced" ] && ! grep -qF "ForceCommand $GATE" "$SSHD_CONFIG"
}

# prove_sshd CONFIG
prove_sshd() {
	for account in $refused; do
		ask_sshd "$1" "$account" "$STAGE/new"
		each_point "$account" prove_refused new || {
			conflict "sshd would let '$account' log in, and must not"
			show_block "Match User $(joined "$refused")"
		}
	done
	for account in $people $forced_people; do
		! has "$account" "$people" || ! is_by_hand "$account" || continue
		prove_keyword authorizedkeysfile "$account" || continue
		ask_sshd "$1" "$account" "$STAGE/new"
		each_point "$account" prove_settings new || show_block "$(block_of "$account")"
	done
}

# each_point ACCOUNT COMMAND FOLDER: calls COMMAND ACCOUNT FOLDER/ACCOUNT,NUMBER POINT
each_point() {
	each_number=0
	while read -r each_place <&6; do
		each_number=$((each_number + 1))
		"$2" "$1" "$STAGE/$3/$1,$each_number" "$each_place" || return 1
	done 6<"$STAGE/points"
}

prove_refused() {
	grep -qxF -e 'denyusers *' -e "denyusers $1" "$2"
}

# prove_installed: once more, of what sshd reads from now on: accounts and memberships are there now.
prove_installed() {
	sshd -t 2>/dev/null || fail 'sshd does not accept its new lines'
	reads_drop_ins || return 0
	for account in $people $forced_people; do
		ask_sshd "$STAGE/sshd-own" "$account" "$STAGE/own"
	done
	prove_sshd "$SSHD_CONFIG"
	[ -z "$CONFLICTS" ] || fail 'sshd would not behave as the config asks'
}

# prove_keyword KEYWORD ACCOUNT: the host's own value is the same everywhere. If not, our line would lift what a Match block
# of the host's forbids, or would be lifted by it.
prove_keyword() {
	has "$2" "$people" && [ "$(own_values "$1" "$2" | grep -c '')" -gt 1 ] || return 0
	conflict "sshd's settings here make $1 depend on where '$2' logs in from ($(own_values "$1" "$2" | tr '\n' ';')): shipit's line would change that"
	show_block "$(block_of "$2")"
	return 1
}

block_of() {
	if has "$1" "$ours"; then
		printf 'Match User %s' "$(joined "$ours")"
	elif has "$1" "$people"; then
		printf 'Match User %s' "$1"
	else
		printf 'Match Group %s' "$(joined "$forced")"
	fi
}

show_block() {
	say "add these lines to $SSHD_CONFIG by hand, in the right place, reload sshd, and run this again:" >&2
	lines_of "$1" >&2
}

# lines_of BLOCK: of our lines for sshd, its first one and those below.
lines_of() {
	BLOCK=$1 awk '$0 == ENVIRON["BLOCK"] { within = 1 } /^$/ { within = 0 } within' "$STAGE/sshd-lines"
}

# prove_settings ACCOUNT FILE POINT: at one of the points.
prove_settings() {
	own_file=$STAGE/own/${2##*/}
	{
		grep -vxF -f "$own_file" "$2" | sed 's/^/+ /'
		grep -vxF -f "$2" "$own_file" | sed 's/^/- /'
	} | stage changed || exit
	wanted_keys=''
	! has "$1" "$people" || wanted_keys=$(key_files "$1")
	! has "$1" "$ours" || wanted_keys=$PEOPLE_KEYS/%u
	if [ -n "$wanted_keys" ] && ! grep -qxF -e "authorizedkeysfile $wanted_keys" "$2"; then
		conflict "another line of sshd's settings comes before shipit's AuthorizedKeysFile for '$1' ($3)"
		return 1
	fi
	while read -r change keyword value <&7; do
		[ "$keyword" != authorizedkeysfile ] || [ -z "$wanted_keys" ] || continue
		! has "$1" "$ours $forced_people" || ! is_tighter "$change" "$keyword" "$value" || continue
		conflict "shipit's lines would change more of the settings for '$1' than they should: $change $keyword $value ($3)"
		return 1
	done 7<"$STAGE/changed"
	has "$1" "$ours $forced_people" || return 0
	# sshd tells its keywords in lower case
	lines_of "$(block_of "$1")" | awk 'sub(/^    /, "") { keyword = $1; print tolower(keyword) substr($0, length(keyword) + 1) }' |
		stage block || exit
	while read -r keyword value <&7; do
		# not every sshd tells all
		grep -qxF -e "$keyword $value" "$2" || ! grep -q "^$keyword " "$2" || {
			conflict "another line of sshd's settings comes before shipit's '$keyword $value' for '$1' ($3)"
			return 1
		}
	done 7<"$STAGE/block"
}

# is_tighter +|- KEYWORD VALUE: our lines replace a value of the host's that was looser, or that does not matter to the gate.
is_tighter() {
	case "$1 $2 $3" in
	"+ forcecommand $GATE" | '- forcecommand none') ;;
	'+ disableforwarding yes' | '- disableforwarding no') ;;
	'+ permittunnel no' | '+ x11forwarding no' | '+ allow'*'forwarding no' | '+ permittty no' | '+ permituserrc no') ;;
	'- permittunnel '* | '- x11forwarding '* | '- allow'*'forwarding '* | '- permittty '* | '- permituserrc '*) ;;
	'+ '*'authentication no' | '- '*'authentication '*) ;;
	'+ authorizedkeyscommand none' | '- authorizedkeyscommand '* | '+ trustedusercakeys none' | '- trustedusercakeys '*) ;;
	'+ setenv '* | '- setenv '* | '+ acceptenv LANG' | '- acceptenv '* | ?' maxsessions '* | ?' clientalive'*) ;;
	*) return 1 ;;
	esac
}
