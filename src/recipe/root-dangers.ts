// Root steps that give root to whoever can deploy or push: words that deploys can write, and programs that run what others choose. What
// links, mounts and unit files of a host add is for the install to see (remote/install/sudo/root-words.sh). Pure.
import type { Recipe } from './recipe.ts'
import { isWithin, pathsIn, writablePlaces } from './writable-places.ts'

type Command = readonly string[]

const names = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** Programs that read a language from their words, from a file or from what stands in the folder. A version may follow the name. */
const INTERPRETERS = names(
  'sh bash rbash dash ash ksh ksh93 mksh zsh csh tcsh fish busybox toybox perl python pypy ruby irb node nodejs deno bun php php-cgi ' +
    'lua luajit tclsh wish expect guile Rscript julia java groovy awk gawk mawk nawk sed make gmake npm npx yarn pnpm pip ' +
    'pipx uv gem bundle rake rails composer artisan cargo go ant mvn gradle ansible ansible-playbook puppet chef-client salt-call ' +
    'vi vim nvim view ex ed nano emacs less more man gdb strace ltrace',
)
/** Programs that run the program that follows. */
const RUNNERS = names(
  'env xargs nice ionice chrt taskset nohup setsid setpriv stdbuf timeout time watch script flock su sudo doas runuser pkexec ' +
    'chroot unshare nsenter systemd-run at batch crontab parallel ssh scp sftp socat nc ncat netcat start-stop-daemon daemonize ' +
    'entr screen tmux capsh bwrap firejail',
)
/** Programs that give out rights of the host. */
const RIGHTS = names(
  'useradd usermod adduser addgroup groupadd groupmod gpasswd passwd chpasswd visudo vipw vigr chage setcap insmod modprobe kexec mount ' +
    'dpkg rpm apk apt apt-get yum dnf snap flatpak pkg',
)
/** Options with which a program runs another one. */
const STARTS_PROGRAM: Readonly<Record<string, RegExp>> = {
  find: /^-(?:exec|execdir|ok|okdir|fprint0?|fprintf|fls)$/,
  tar: /^(?:--(?:checkpoint-action|to-command|use-compress-program|info-script|new-volume-script|rsh-command|rmt-command)(?:=|$)|-[A-Za-z]*[IF])/,
  rsync: /^(?:--(?:rsh|rsync-path|daemon|config)(?:=|$)|-[A-Za-z]*e)/,
  git: /^(?:-c|--exec-path|--upload-pack|--receive-pack|pull|fetch|clone|checkout|submodule|gc|bisect|rebase|merge)(?:=|$)/,
  docker: /^(?:run|exec|build|buildx|compose|create|cp|load|import|plugin|swarm)$/,
  podman: /^(?:run|exec|build|compose|create|cp|load|import|play|kube)$/,
  kubectl: /^(?:exec|apply|create|run|cp|edit|replace)$/,
  curl: /^(?:-[A-Za-z]*[oOK]|--(?:output|remote-name|config))/,
  wget: /^(?:-[A-Za-z]*O|--(?:output-document|use-askpass))/,
  systemctl: /^(?:edit|link|set-environment|import-environment|-H|--host|-M|--root)(?:=|$)/,
  dd: /^of=/,
}
/** Options that make a file run with its owner's rights (chmod(1)). */
const SET_ID = /^(?:[ugoa]*[+=][a-zA-Z]*s[a-zA-Z]*|[2467][0-7]{3})$/

/** Why a root step gives root away, as words after the step's name; nothing if it doesn't. One reason: the gravest. */
export function rootDanger(recipe: Pick<Recipe, 'app' | 'steps'>, argv: Command): string | undefined {
  return writtenWord(recipe, argv) ?? givesRights(argv)
}

/** A word that names a place which holds one that deploys may write: harmless with some programs, so it is only named. */
export function rootCaution(recipe: Pick<Recipe, 'app' | 'steps'>, argv: Command): string | undefined {
  for (const word of argv.slice(1)) {
    const place = writablePlaces(recipe).find(({ folder }) =>
      pathsIn(word).some((path) => path !== '/' && path !== folder && isWithin(folder, path)),
    )
    if (place)
      return `'${word}' holds ${place.folder}, which deploys may write: links and names in there are theirs to choose`
  }
  return undefined
}

function writtenWord(recipe: Pick<Recipe, 'app' | 'steps'>, argv: Command): string | undefined {
  const places = writablePlaces(recipe)
  for (const [index, word] of argv.entries()) {
    const place = places.find(({ folder }) => pathsIn(word).some((path) => isWithin(path, folder)))
    if (!place) continue
    const what = index === 0 ? 'runs' : 'takes'
    return `${what} '${word}' as root, and ${place.why}: anybody who can deploy or push would become root`
  }
  return undefined
}

function givesRights(argv: Command): string | undefined {
  const [program = '', ...words] = argv
  const name = (program.split('/').at(-1) ?? '').replace(/(?:[-.]?[0-9][0-9.]*)$/, '')
  if (INTERPRETERS.has(name))
    return `runs the shell or interpreter '${program}' as root, which does whatever it is told or finds`
  if (RUNNERS.has(name)) return `runs '${program}' as root, which runs another program`
  if (RIGHTS.has(name))
    return `runs '${program}' as root, which gives out rights of the host or installs programs`
  const option = words.find((word) => STARTS_PROGRAM[name]?.test(word))
  if (option !== undefined)
    return `runs '${program}' as root with '${option}', which runs another program or writes any file`
  if (name === 'chmod' && words.some((word) => SET_ID.test(word)))
    return `makes a program that runs with its owner's rights ('${words.join(' ')}')`
  return undefined
}
