#!/usr/bin/env node
// Starts shipit. Plain syntax and no import before the guard, so that an old Node (12 and later) can say that it is too old.
// `--version` and the root help are answered from files, without loading oclif: a third of the time. So is a shell that completes.
if (isTooOld(process.versions.node)) {
  process.exitCode = 78
  // biome-ignore lint/style/useNodejsImportProtocol: the first Nodes 12 do not know 'node:'
  void import('fs').then(refuseNode)
} else {
  start()
}

function isTooOld(version) {
  const [major, minor] = version.split('.').map(Number)
  return major < 22 || (major === 22 && minor < 18)
}

/** Says how to get a newer one. In the form that Node 12 reads, as all above. */
function refuseNode(fs) {
  const has = findProjectNode(fs)
  const how = has
    ? `This project has ${has}, which npx takes:\n\n  npx shipit`
    : "To give this project a newer one, for 'npx shipit' and its scripts:\n\n  npm install --save-dev node@24"
  process.stderr.write(`error: shipit needs Node 22.18 or newer, and this is ${process.version}. ${how}\n`)
}

/** Names the Node that npx takes in this folder, if that is new enough: of the package `node` here, or in the nearest folder above. */
function findProjectNode(fs) {
  try {
    let folder = process.cwd()
    while (folder !== '' && !fs.existsSync(`${folder}/node_modules/.bin/node`))
      folder = folder.slice(0, folder.lastIndexOf('/'))
    const { version } = JSON.parse(fs.readFileSync(`${folder}/node_modules/node/package.json`, 'utf8'))
    return isTooOld(version) ? undefined : `Node ${version}`
  } catch {
    // there is no such package, or no folder any longer
    return undefined
  }
}

function start() {
  const fs = process.getBuiltinModule('node:fs')
  const path = process.getBuiltinModule('node:path')
  const root = path.dirname(import.meta.dirname)
  const args = process.argv.slice(2)

  // a reader that went away (`shipit … | head`) takes neither the work nor its exit code with it; a full disk is told
  process.stderr.on('error', () => {})
  process.stdout.on('error', (error) => {
    if (error.code === 'EPIPE') return
    process.stderr.write(`error: cannot write to stdout: ${error.message}\n`)
    process.exitCode = 69
  })

  const answer = readyAnswer(fs, path, root, args)
  if (answer !== undefined) {
    process.stdout.write(answer)
    return
  }
  enableCompileCache(fs, path)
  ensureHome()
  if (args[0] === 'completion' && args[1] === '--answer') {
    import('../dist/cli/completion/answer.js')
      .then(({ answerShell }) => answerShell(args.slice(2), root))
      .then(end, end)
    return
  }
  const unmute = muteWhenFolderIsGone()
  import('../dist/config/load/start-config.js')
    .then(({ startConfig }) => startConfig(args))
    .then(() => import('../dist/main.js'))
    .then(
      ({ main }) => {
        unmute()
        return main(args, root).then(end)
      },
      (error) => {
        unmute()
        if (/too many open files/.test(error.message)) {
          process.stderr.write(
            'error: cannot load shipit: too many open files\n  To allow more in this shell:\n\n    ulimit -n 1024\n',
          )
          process.exitCode = 69
          return
        }
        const built = fs.existsSync(path.join(root, 'dist', 'main.js'))
        process.stderr.write(
          built
            ? `error: ${error.stack}\n`
            : `error: shipit is not built yet: run 'npm run build' in ${root}\n`,
        )
        process.exitCode = built ? 70 : 78
      },
    )
}

/** An account without an entry in passwd(5), as containers like to have, lives in `/`: libraries throw where there is no home. */
function ensureHome() {
  const { env } = process
  const { HOME = '' } = env
  if (HOME.startsWith('/')) return
  delete env.HOME
  try {
    env.HOME = process.getBuiltinModule('node:os').homedir()
  } catch {
    env.HOME = '/'
  }
}

/** oclif warns while it is imported. The command that needs the folder says so itself. */
function muteWhenFolderIsGone() {
  const { stderr } = process
  const { write } = stderr
  try {
    process.cwd()
  } catch {
    stderr.write = () => true
  }
  return () => {
    stderr.write = write
  }
}

/** What is still open (an agent that hangs, a name that is being looked up) no longer matters. */
function end() {
  setTimeout(() => process.exit(), 1000).unref()
}

/** What needs no oclif, or undefined. A test keeps it equal to what oclif prints. */
function readyAnswer(fs, path, root, args) {
  if (args.length > 1) return undefined
  const isVersion = args[0] === '--version'
  const isHelp = args.length === 0 || args[0] === '--help' || args[0] === '-h'
  // oclif wraps the lines for a narrow terminal
  const isNarrow = process.env.OCLIF_COLUMNS || process.stdout.columns < 80
  if (!isVersion && (!isHelp || isNarrow)) return undefined
  const { name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'))
  const agent = `${name}/${version} ${process.platform}-${process.arch} node-${process.version}`
  if (isVersion) return `${agent}\n`
  try {
    const help = fs.readFileSync(path.join(root, 'dist', 'help.txt'), 'utf8').replace('@USER_AGENT@', agent)
    const hasColors = process.stdout.isTTY && process.stdout.hasColors()
    return hasColors ? help.replace(/^[A-Z ]+$/gm, '\x1b[1m$&\x1b[22m') : help
  } catch {
    return undefined
  }
}

/**
 * Keeps compiled code in the user's own cache: from a folder that others may write, theirs would be run. The home must be there and
 * the user's: root by way of sudo leaves nothing in somebody else's.
 */
function enableCompileCache(fs, path) {
  const isOwn = (folder) => !process.getuid || fs.statSync(folder).uid === process.getuid()
  try {
    const home = process.getBuiltinModule('node:os').homedir()
    if (!isOwn(home)) return
    const { XDG_CACHE_HOME = '' } = process.env
    const base =
      process.platform === 'win32'
        ? process.env.LOCALAPPDATA || path.join(home, 'AppData', 'Local')
        : process.platform === 'darwin'
          ? path.join(home, 'Library', 'Caches')
          : path.isAbsolute(XDG_CACHE_HOME)
            ? XDG_CACHE_HOME
            : path.join(home, '.cache')
    const folder = path.join(base, 'shipit')
    // one by one: below /proc Node's `recursive` never ends
    for (const each of [base, folder]) if (!fs.existsSync(each)) fs.mkdirSync(each, { mode: 0o700 })
    if (!isOwn(folder)) return
    process.getBuiltinModule('node:module').enableCompileCache(path.join(folder, 'compile-cache'))
  } catch {
    // without a cache it is only slower
  }
}
