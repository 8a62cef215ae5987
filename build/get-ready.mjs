// Gets a checkout ready: `node build/get-ready.mjs try|test [--yes]`. Installs what is missing of the programs that the sandbox,
// or the tests, run, and of node_modules. Plain JavaScript that needs no package, since it runs before any is there.
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline/promises'

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..')

/** Programs that the sandbox runs, and those that the tests run besides; by the name of their package in Debian. */
const PROGRAMS = {
  try: {
    git: ['git'],
    make: ['make'],
    rsync: ['rsync'],
    tar: ['tar'],
    coreutils: ['timeout', 'od'],
    mawk: ['awk'],
    'util-linux': ['flock', 'setsid'],
  },
  test: {
    bsdutils: ['script'],
    busybox: ['busybox'],
    curl: ['curl'],
    findutils: ['find'],
    iproute2: ['ip', 'tc'],
    'openssh-client': ['ssh', 'ssh-keygen'],
    procps: ['ps'],
    shellcheck: ['shellcheck'],
    sudo: ['visudo'],
    'util-linux': ['unshare', 'nsenter', 'setpriv'],
    wget: ['wget'],
  },
  /** The tests that use one are left out without it. A daemon, or a shell that nobody uses, is not put on a developer's machine for them. */
  ci: {
    fish: ['fish'],
    'openssh-server': ['sshd'],
    zsh: ['zsh'],
  },
}

/** How a system installs packages, and what it calls those that have another name there. The first that is found is used. */
const MANAGERS = [
  {
    program: 'apt-get',
    before: ['apt-get', 'update'],
    install: ['apt-get', 'install', '-y', '--no-install-recommends'],
    names: {},
  },
  {
    program: 'dnf',
    install: ['dnf', 'install', '-y'],
    names: {
      bsdutils: 'util-linux-script',
      iproute2: 'iproute-tc',
      mawk: 'gawk',
      'openssh-client': 'openssh-clients',
      procps: 'procps-ng',
      shellcheck: 'ShellCheck',
    },
  },
  {
    program: 'apk',
    install: ['apk', 'add'],
    names: { bsdutils: 'util-linux-misc', mawk: 'gawk' },
  },
  {
    program: 'pacman',
    install: ['pacman', '-S', '--noconfirm', '--needed'],
    names: {
      bsdutils: 'util-linux',
      mawk: 'gawk',
      'openssh-client': 'openssh',
      'openssh-server': 'openssh',
      procps: 'procps-ng',
    },
  },
  {
    program: 'zypper',
    install: ['zypper', '--non-interactive', 'install'],
    names: {
      bsdutils: 'util-linux',
      mawk: 'gawk',
      'openssh-client': 'openssh-clients',
      shellcheck: 'ShellCheck',
    },
  },
  {
    program: 'brew',
    install: ['brew', 'install'],
    names: {
      bsdutils: 'util-linux',
      mawk: 'gawk',
      'openssh-client': 'openssh',
      'openssh-server': 'openssh',
      tar: 'gnu-tar',
    },
  },
]

/** Where programs of root's lie that are not on everybody's path. */
const ADMIN_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin']

await main(process.argv.slice(2))

async function main([purpose, ...options]) {
  const isUnattended = options.includes('--yes') || process.env.CI === 'true'
  if (purpose !== 'try' && purpose !== 'test')
    throw new Error('usage: node build/get-ready.mjs try|test [--yes]')
  const lists = [PROGRAMS.try]
  if (purpose === 'test') lists.push(PROGRAMS.test, ...(isUnattended ? [PROGRAMS.ci] : []))
  const missing = lists.flatMap((list) =>
    Object.entries(list).flatMap(([name, programs]) => (programs.every(isThere) ? [] : [name])),
  )
  // the lab's hosts are made from the index of apt, which a new machine may lack
  const needsIndex = purpose === 'test' && isThere('apt-get') && lacksIndex()
  if (missing.length > 0 || needsIndex) {
    const isReady = await installPrograms([...new Set(missing)], { isUnattended })
    // without them the sandbox can't run, and the tests would leave out much
    if (!isReady) {
      process.exitCode = 69
      return
    }
  }
  if (!areModulesThere()) installModules()
}

function isThere(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...ADMIN_FOLDERS]
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

function lacksIndex() {
  return process.getuid() === 0 && spawnSync(join(root, 'test/hosts/lab/mkbase'), ['--why-not']).status !== 0
}

/** @returns whether all is there now */
async function installPrograms(missing, { isUnattended }) {
  const manager = MANAGERS.find(({ program }) => isThere(program))
  if (!manager) {
    say(`missing: ${missing.join(', ')}. Install them, and start again.`)
    return false
  }
  const packages = missing.map((name) => manager.names[name] ?? name)
  const commands = [
    ...(manager.before ? [manager.before] : []),
    ...(packages.length > 0 ? [[...manager.install, ...new Set(packages)]] : []),
  ]
  const asRoot = wayToRoot(manager)
  const shown = commands.map((command) => [...asRoot.words, ...command].join(' ')).join(' && ')
  if (packages.length === 0 && !asRoot.isPossible) return true
  if (packages.length > 0) say(`missing: ${packages.join(', ')}`)
  const isAgreed = isUnattended || (asRoot.isPossible && (await ask(shown)))
  if (!asRoot.isPossible || !isAgreed) {
    say(`Run this, and start again:\n\n    ${shown}\n`)
    return false
  }
  for (const command of commands) {
    // RUNLEVEL: no daemon is started (invoke-rc.d(8))
    const { status } = run([...asRoot.words, ...command], {
      DEBIAN_FRONTEND: 'noninteractive',
      RUNLEVEL: '1',
    })
    // an index that can't be refreshed may be good enough; a package that can't be installed is not
    if (status !== 0 && command !== manager.before) {
      say(`'${command.join(' ')}' ended with status ${status}`)
      return false
    }
  }
  return true
}

function wayToRoot({ program }) {
  if (program === 'brew' || process.getuid() === 0) return { words: [], isPossible: true }
  return { words: ['sudo'], isPossible: isThere('sudo') }
}

async function ask(command) {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false
  const dialogue = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const answer = await dialogue.question(`Install with \`${command}\`? [y/N] `)
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    dialogue.close()
  }
}

/** Whether what npm noted of its last install is what package-lock.json asks for. */
function areModulesThere() {
  const noted = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(noted)) return false
  const versions = (file) =>
    Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages).filter(([path]) => path !== '')
  const found = new Map(versions(noted).map(([path, { version }]) => [path, version]))
  return versions(join(root, 'package-lock.json')).every(
    ([path, { version, optional }]) => found.get(path) === version || (optional && !found.has(path)),
  )
}

function installModules() {
  say('npm ci')
  // a registry that does not answer once does the next time
  const status = run(['npm', 'ci']).status && run(['npm', 'ci']).status
  if (status !== 0) process.exitCode = 69
}

/** Shows nothing of a command that succeeds. */
function run(command, env = {}) {
  const [program, ...words] = command
  const result = spawnSync(program, words, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['inherit', 'pipe', 'pipe'],
  })
  if (result.status !== 0) say(hideAddresses(tailOf(`${result.stdout ?? ''}${result.stderr ?? ''}`)))
  return result
}

function tailOf(text) {
  const telling = text.split('\n').filter((line) => /^(npm error|E:|W:|Err:|error)/i.test(line))
  return (telling.length > 0 ? telling : text.trim().split('\n')).slice(-40).join('\n')
}

/** A log of CI is public, the address of a registry need not be. */
function hideAddresses(text) {
  return text
    .replace(/[a-z+]+:\/\/\S+/g, '(address)')
    .replace(/([a-zA-Z0-9-]+\.)+(org|com|net|io|dev)\b\S*/g, '(address)')
}

function say(text) {
  process.stderr.write(`${text}\n`)
}
