# The far side of a fetch from a repository on this host: git upload-pack, under an account that can read only what everybody can
# (and what an administrator's groups add), owns nothing and runs nothing else. A person who can write the repository decides which
# files git reads: by objects/info/alternates, symlinks, gitdir and commondir files. If git ran as the deploy account, that person
# could publish files that only this account may read.
# serve APP: stdin and stdout are git's. Only a git step calls it, by one exact line of sudoers. It trusts the recipe, which says
# where the repository is.

main() {
	cd / || exit 70
	[ "$#" -eq 1 ] && is_app "$1" || refuse
	needs id git
	answer_of id
	case "$ANSWER" in
	"uid="[123456789]*"(read-$1) gid="*) ;;
	*) die 77 'refused: only the account that reads the repository may run this' ;;
	esac
	load_recipe "$1"
	[ -n "${RECIPE_SERVED-}" ] || refuse
	for head in "$RECIPE_SERVED/HEAD" "$RECIPE_SERVED/.git" "$RECIPE_SERVED.git/HEAD"; do
		[ ! -r "$head" ] || serve_repository "$1"
	done
	die 1 "the account read-$1 cannot read the repository $RECIPE_SERVED, or it does not exist: if a group can read it, run as root: usermod -aG GROUP read-$1"
}

# serve_repository APP: of the settings that git reads, the repository's own are anybody's: none of them may reach another
# repository, and with it run a program (a partial clone's does before git 2.39.4). The limit stands here, since the deploy account
# cannot end what hangs, on a FIFO in place of a file, say.
serve_repository() {
	exec env -i PATH="$PATH" LC_ALL=C HOME="$APPS/$1/git" GIT_PROTOCOL=version=2 GIT_ALLOW_PROTOCOL='' GIT_NO_LAZY_FETCH=1 \
		timeout -k 5 "$RECIPE_SERVED_SECONDS" git upload-pack "$RECIPE_SERVED"
}

main "$@"
