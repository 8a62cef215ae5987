# How git reaches the repository of an app: with root's own settings for it, and by nothing but what this repository needs.

# use_repository APP REPOSITORY: sets repository and upload_pack, and the environment of git.
use_repository() {
	repository=$2
	# the sandbox brings an origin of its own
	[ -n "$SUDO" ] || repository=$PREFIX/srv/git/$1.git
	# root's own git and ssh settings for this app; the account's would be anybody's who became it
	HOME=$APPS/$1/git
	GIT_TERMINAL_PROMPT=0
	GIT_SSH_COMMAND='ssh -o BatchMode=yes'
	[ ! -r "$HOME/ssh_config" ] || GIT_SSH_COMMAND="ssh -F $HOME/ssh_config -o BatchMode=yes"
	export HOME GIT_TERMINAL_PROMPT GIT_SSH_COMMAND
	choose_transport "$1"
}

# choose_transport APP: git may use nothing but what this repository needs, whatever a server, a redirect or a setting asks for. A
# repository on this host is read by an account of its own (serve.sh). Given as a URL, it is not opened on this side at all: a plain
# path could be a bundle.
choose_transport() {
	upload_pack=''
	GIT_ALLOW_PROTOCOL=https:ssh
	export GIT_ALLOW_PROTOCOL
	case "$repository" in
	/*) ;;
	*) return ;;
	esac
	GIT_ALLOW_PROTOCOL='file'
	[ -n "$SUDO" ] || return 0
	# git adds the path as one more word, which the line of sudoers does not have: for the shell that git starts it is a comment
	upload_pack="exec $SUDO -n -u read-$1 -- $LIBEXEC/serve $1 #"
	repository=file://$repository
}

# say_deploy_key WORDS: what to add where, if by git's WORDS the repository let nobody in and this host has a key for it. Some say that
# there is no such repository.
say_deploy_key() {
	[ -s "$HOME/key.pub" ] || return 0
	case "$1" in
	*'ermission denied'* | *'ot found'* | *'access rights'*)
		printf '%s\n' "$repository does not accept this host: add the host's deploy key to it, read-only:"
		cat "$HOME/key.pub"
		;;
	esac
}
