// The script that root runs on a host: every file of the bundle in readable form, and the few commands that put
// it in place. Pure.
import { buildSteps } from '../recipe/compile.ts'
import { quote } from '../recipe/quote.ts'
import type { Recipe } from '../recipe/recipe.ts'
import {
  APPS,
  BUILDS,
  type BundleFile,
  buildAccount,
  DEPLOY_ACCOUNT,
  HOST,
  LIBEXEC,
  publishedFolders,
  type RemoteFiles,
  renderApp,
  renderPrograms,
  renderSudoers,
  STATES,
} from './bundle.ts'

const END_OF_FILE = 'SHIPIT_END_OF_FILE'

/**
 * Renders the install script of an app: POSIX sh that changes nothing when it is run a second time.
 * @throws RangeError when a file has the line that ends a file in the script: a fault of the caller, which checks the recipe
 */
export function renderInstallScript(recipe: Recipe, remote: RemoteFiles, version: string): string {
  const groups = [...new Set(recipe.allow.map(({ group }) => group))]
  const builder = buildSteps(recipe).length > 0 ? buildAccount(recipe.app) : undefined
  const folders = publishedFolders(recipe)
  const files = [...renderPrograms(remote, HOST, version), ...renderApp(recipe, HOST, version)]
  const sudoers = renderSudoers(recipe)
  const roots = recipe.steps.flatMap((step) => (step.kind === 'root' ? [step.argv[0] as string] : []))
  return `#!/bin/sh
# Installs the app '${recipe.app}' of shipit ${version} on this host. Read it, then run it as root: sh install.sh
#
# It makes, where they are missing:
#   accounts  ${[DEPLOY_ACCOUNT, ...(builder ? [builder] : [])].join(', ')} (no password, no shell)
#   groups    ${groups.join(', ')} (add the people who may deploy: usermod -aG ${groups[0]} NAME)
#   files     ${[...files, sudoers].map((file) => file.path).join('\n#             ')}
#             /usr/local/bin/shipit-gate (a link to the gate)
#   folders   ${[`${STATES}/${recipe.app}`, ...(builder ? [`${BUILDS}/${recipe.app}`] : []), ...folders].join('\n#             ')}
# It changes nothing else, and nothing at all when it is run again.
set -fu
LC_ALL=C
PATH=${HOST.searchPath}
export LC_ALL PATH
umask 022

${FUNCTIONS}
main() {
	[ "$(id -u)" -eq 0 ] || die 'run this as root'
	need visudo sudo flock setsid timeout tar od${recipe.steps.some((step) => step.kind === 'git') ? ' git' : ''}${folders.length > 0 ? ' rsync' : ''}${builder ? ' make' : ''}
	[ -x ${HOST.sudo} ] && [ -x /usr/bin/timeout ] || die 'sudo and timeout must be in /usr/bin'
${roots.map((program) => `\t[ -x ${quote(program)} ] || die ${quote(`there is no program ${program}, which the recipe runs as root`)}\n`).join('')}
	STAGE=$(mktemp -d) || die 'cannot make a temporary folder'
	trap 'rm -rf "$STAGE"' EXIT
	stage_sudoers
	visudo -cqf "$STAGE/sudoers" || die 'visudo does not accept the sudoers file: nothing was changed'

${groups.map((group) => `\tadd_group ${group}`).join('\n')}
	add_account ${DEPLOY_ACCOUNT} /var/lib/shipit
${builder ? `\tadd_account ${builder} ${BUILDS}/${recipe.app}\n` : ''}
	for folder in ${LIBEXEC} /etc/shipit ${APPS} ${APPS}/${recipe.app} ${APPS}/${recipe.app}/git /var/lib/shipit ${STATES} ${BUILDS}; do
		folder root root 0755 "$folder"
	done
	folder ${DEPLOY_ACCOUNT} ${DEPLOY_ACCOUNT} 0700 ${STATES}/${recipe.app}
${builder ? `\tfolder ${builder} ${builder} 0700 ${BUILDS}/${recipe.app}\n` : ''}${folders.map((folder) => `\tpublished ${quote(folder)}\n`).join('')}
	put_files
	if [ ! -e ${APPS}/${recipe.app}/lock ]; then
		: >${APPS}/${recipe.app}/lock
	fi
	own root ${DEPLOY_ACCOUNT} 0640 ${APPS}/${recipe.app}/lock
	if [ ! -e /usr/local/bin/shipit-gate ]; then
		mkdir -p /usr/local/bin && ln -s ${LIBEXEC}/gate /usr/local/bin/shipit-gate && say 'made /usr/local/bin/shipit-gate'
	fi
	# last of all, so that nobody can call what is not all there
	put 0440 ${sudoers.path} <"$STAGE/sudoers"
	[ -z "$CHANGED" ] && say 'nothing to change' || say 'done'
}

stage_sudoers() {
	cat >"$STAGE/sudoers" <<'${END_OF_FILE}'
${sudoers.text}${END_OF_FILE}
}

put_files() {
${files.map(putFile).join('\n')}
}

main
`
}

function putFile(file: BundleFile): string {
  // the rest of such a file would be run by root
  if (file.text.split('\n').includes(END_OF_FILE)) throw new RangeError(`${file.path} holds ${END_OF_FILE}`)
  return `\tput ${file.mode} ${quote(file.path)} <<'${END_OF_FILE}'\n${file.text}${END_OF_FILE}`
}

const FUNCTIONS = `CHANGED=''

die() {
	printf 'install: %s\\n' "$1" >&2
	exit 1
}

say() {
	printf 'install: %s\\n' "$1"
}

need() {
	missing=''
	for program; do
		command -v "$program" >/dev/null || missing="$missing $program"
	done
	[ -z "$missing" ] || die "install these first:$missing"
}

add_group() {
	! getent group "$1" >/dev/null || return 0
	if command -v groupadd >/dev/null; then groupadd "$1"; else addgroup "$1"; fi || die "cannot make the group $1"
	CHANGED=yes
	say "made the group $1"
}

# add_account NAME HOME: no password, no shell, one group, no home of its own to plant files in
add_account() {
	! id -u "$1" >/dev/null 2>&1 || return 0
	nologin=$(command -v nologin || printf /bin/false)
	if command -v useradd >/dev/null; then
		useradd --system --user-group --no-create-home --home-dir "$2" --shell "$nologin" "$1"
	else
		addgroup -S "$1" && adduser -S -D -H -h "$2" -s "$nologin" -G "$1" "$1"
	fi || die "cannot make the account $1"
	CHANGED=yes
	say "made the account $1"
}

# own OWNER GROUP MODE PATH: touches it only if something differs
own() {
	[ -z "$(find "$4" -prune -user "$1" -group "$2" -perm "$3" 2>/dev/null)" ] || return 0
	chown "$1:$2" "$4" && chmod "$3" "$4" || die "cannot set the owner of $4"
	CHANGED=yes
	say "owner and mode of $4"
}

# folder OWNER GROUP MODE PATH
folder() {
	[ ! -L "$4" ] || die "$4 is a symlink"
	if [ ! -d "$4" ]; then
		mkdir -p "$4" || die "cannot make $4"
		CHANGED=yes
		say "made $4"
	fi
	own "$@"
}

# published PATH: the folder belongs to deploybot; what is in it already stays as it is
published() {
	[ -d "$1" ] || mkdir -p "$1" || die "cannot make $1"
	own ${DEPLOY_ACCOUNT} ${DEPLOY_ACCOUNT} 0755 "$1"
	foreign=$(find "$1" ! -user ${DEPLOY_ACCOUNT} -print 2>/dev/null | head -n 1)
	[ -z "$foreign" ] || say "$foreign is not ${DEPLOY_ACCOUNT}'s: to hand it over, run: chown -Rh ${DEPLOY_ACCOUNT}: $1"
}

# put MODE PATH: writes stdin to PATH unless it is there already, whole or not at all
put() {
	cat >"$STAGE/file" || die "cannot write to $STAGE"
	if ! cmp -s "$STAGE/file" "$2"; then
		cp "$STAGE/file" "$2.shipit-new" && chown root:root "$2.shipit-new" && chmod "$1" "$2.shipit-new" &&
			mv -f "$2.shipit-new" "$2" || die "cannot write $2"
		CHANGED=yes
		say "wrote $2"
	fi
	own root root "$1" "$2"
}
`
