// One command of a script, as the step that does the same.

import { OTHER_UNIT, SERVICE_VERBS } from '../../recipe/kinds/service-step.ts'
import { PROGRAM_PATHS } from '../../recipe/program-paths.ts'
import { pipWords } from '../found/pip-words.ts'
import type { ProposedStep } from '../found/proposal.ts'
import { readCopy } from './copies.ts'
import { UNKNOWN } from './expand.ts'
import type { Place } from './place.ts'
import { BUILDERS, NOISE, REFUSALS, ROOT_LOOKS } from './programs.ts'

/** What a command comes to. */
export type Effect = {
  step?: ProposedStep
  /** it needs no step */
  isNoise?: true
  /** why it is not in the recipe */
  why?: string
  /** `alice@web1`, when it goes to a host */
  login?: string
  /** more lines of sh, for the host */
  script?: string
}

const NOISE_EFFECT: Effect = { isNoise: true }
const NOT_KNOWN = 'init does not know this command: write a step for it'
/** The root's own, or that of the account that deploys: both are what shipit has for it. */
const SUDO_OPTION = /^-(?:[nEHSkiA]+|-non-interactive|-set-home|-preserve-env.*)$/
/** git's verbs that bring a commit, or look. */
const GIT_FETCHES =
  /^(?:fetch|pull|checkout|reset|clean|clone|switch|remote|status|rev-parse|log|describe|stash|config|branch|diff|gc)$/
const SSH_WORD_OPTIONS = /^-[BbcDEeFIiJLlmOopQRSWw]$/
const QUIET = /^(?:-q|--quiet|--no-pager|--no-ask-password)$/
const UNIT = /^[A-Za-z0-9_][A-Za-z0-9_.@-]*$/
const LOCAL_PAGE = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?:[:/]|$)/

/** Says what a command comes to. `words` are expanded. */
export function readCommand(words: readonly string[], place: Place): Effect {
  const { argv, isRoot } = withoutSudo(words)
  const [program = '', ...rest] = argv
  const name = program.split('/').at(-1) ?? ''
  if (name === '' || NOISE.has(name)) return NOISE_EFFECT
  if (name === 'cd' || name === 'pushd') {
    place.go(rest.at(-1) ?? '')
    return NOISE_EFFECT
  }
  if (name === 'popd') {
    place.go('/')
    return NOISE_EFFECT
  }
  if (name === 'git') return readGit(rest, place)
  if (name === 'ssh') return readSsh(rest)
  if (
    name === 'rsync' ||
    name === 'scp' ||
    (name === 'cp' && rest.some((word) => /^-[a-zA-Z]*[rRa]/.test(word)))
  )
    return readCopy(name, rest, place)
  if (name === 'restorecon') return readRestorecon(rest)
  const text = argv.join(' ')
  if (text.includes(UNKNOWN)) return { why: 'it uses a value that is known only when the script runs' }
  if (isRoot || name in PROGRAM_PATHS) return readRoot(program, rest)
  if (name === 'make' || name === 'gmake') return readMake(rest, place)
  if (name === 'curl' || name === 'wget') return readCheck(rest)
  const refusal = REFUSALS.find(([symptom]) => symptom.test(text))?.[1]
  if (name === 'rm' && rest.every((word) => word.startsWith('-') || !/^[/~]/.test(word))) return NOISE_EFFECT
  if (refusal !== undefined) return { why: refusal }
  return readBuild(name, argv, place) ?? { why: NOT_KNOWN }
}

function withoutSudo(words: readonly string[]): { argv: readonly string[]; isRoot: boolean } {
  let argv = [...words]
  while (
    /^(?:exec|command|time|nice|nohup|env)$/.test(argv[0] ?? '') ||
    /^[A-Za-z_][A-Za-z0-9_]*=/.test(argv[0] ?? '')
  )
    argv = argv.slice(1)
  if (argv[0] !== 'sudo') return { argv, isRoot: false }
  argv = argv.slice(1)
  let isRoot = true
  for (;;) {
    const [option = '', value = ''] = argv
    if (option === '-u' || option === '--user') {
      isRoot = value === 'root'
      argv = argv.slice(2)
    } else if (SUDO_OPTION.test(option) || option === '--') argv = argv.slice(1)
    else return { argv, isRoot }
  }
}

function readGit(words: readonly string[], place: Place): Effect {
  const at = words[0] === '-C' ? 2 : 0
  if (at === 2) place.setBase(words[1] ?? '')
  const verb = words[at] ?? ''
  if (verb === 'submodule') return { why: 'submodules are not fetched' }
  if (verb === 'push') return NOISE_EFFECT
  if (verb === 'clone') {
    const folder = words.slice(at + 1).filter((word) => !word.startsWith('-'))[1]
    if (folder?.startsWith('/')) place.setBase(folder)
  }
  return GIT_FETCHES.test(verb) ? { step: { call: 'git' } } : { why: NOT_KNOWN }
}

/** `ssh alice@web1 '…'`; what comes on stdin is the caller's. */
function readSsh(words: readonly string[]): Effect {
  let at = 0
  let user: string | undefined
  while (words[at]?.startsWith('-')) {
    if (words[at] === '-l') user = words[at + 1]
    at += SSH_WORD_OPTIONS.test(words[at] ?? '') ? 2 : 1
  }
  const host = words[at] ?? ''
  const script = words.slice(at + 1).join(' ')
  const isShell = /^(?:(?:ba|da|z)?sh(?: -\w+)*|sudo -i|sudo su)?$/.test(script)
  return {
    ...(host === '' || host.includes(UNKNOWN)
      ? {}
      : { login: user && !host.includes('@') ? `${user}@${host}` : host }),
    isNoise: true,
    ...(isShell ? {} : { script }),
  }
}

function readRestorecon(words: readonly string[]): Effect {
  const paths = words.filter((word) => !word.startsWith('-'))
  const [path] = paths
  if (words.some((word) => /^-[a-zA-Z]*[rR]/.test(word)))
    return { why: 'it labels a whole folder, and restorecon() takes one file' }
  if (path === undefined || paths.length > 1 || path.includes(UNKNOWN))
    return { why: 'restorecon() takes one file' }
  return { step: { call: 'restorecon', argument: path } }
}

function readRoot(program: string, words: readonly string[]): Effect {
  if (words.some((word) => ROOT_LOOKS.has(word))) return NOISE_EFFECT
  const refusal = REFUSALS.find(([symptom]) => symptom.test([program, ...words].join(' ')))?.[1]
  if (refusal !== undefined) return { why: refusal }
  const service = readService(program, words)
  if (service) return { step: service }
  const path = program.startsWith('/') ? program : PROGRAM_PATHS[program]
  if (path === undefined)
    return { why: `root steps need the whole path of '${program}': root(['/usr/…/${program}', …])` }
  return { step: { call: 'root', argument: [path, ...words] } }
}

/** `systemctl reload shop`, `service shop restart`: a step that also looks whether it stays active. */
function readService(program: string, words: readonly string[]): ProposedStep | undefined {
  const name = program.split('/').at(-1)
  const plain = words.filter((word) => !QUIET.test(word))
  const [verb = '', unit = ''] = name === 'service' ? plain.toReversed() : name === 'systemctl' ? plain : []
  const own = SERVICE_VERBS.find((each) => each === (verb === 'force-reload' ? 'reload-or-restart' : verb))
  if (own === undefined || plain.length !== 2 || !UNIT.test(unit) || OTHER_UNIT.test(unit)) return undefined
  // a service that has ended can't be reloaded on the way back
  const options = own === 'reload' ? {} : { options: { onFailure: 'rollback' } }
  return { call: 'service', argument: [unit.replace(/\.service$/, ''), own], ...options }
}

function readMake(words: readonly string[], place: Place): Effect {
  let folder = place.folder
  const targets: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '-C') {
      at += 1
      folder = place.inCheckout(words[at] ?? '')
    } else if (!word.startsWith('-') && !word.includes('=')) targets.push(word)
    else if (word.includes('=')) return { why: 'make() takes a target: give the variables in env' }
  }
  const [target, another] = targets
  if (folder === undefined) return { why: 'it works outside of the repository' }
  if (target === undefined || another !== undefined) return { why: 'make() takes one target' }
  if (/install|deploy|publish/.test(target))
    return { why: 'a target that publishes: write an rsync() for what it copies' }
  return { step: { call: 'make', argument: target, options: inFolder(folder, { as: 'build' }) } }
}

function readCheck(words: readonly string[]): Effect {
  const page = words.find((word) => LOCAL_PAGE.test(word))
  const isPlain = !words.some((word) => /^(?:-[a-zA-Z]*[XdT]|--data|--request|--post)/.test(word))
  if (page === undefined || !isPlain)
    return { why: 'it talks to another service, and a step runs on the host' }
  return { step: { call: 'check', argument: page } }
}

function readBuild(name: string, argv: readonly string[], place: Place): Effect | undefined {
  if (place.folder === undefined) return undefined
  const isPip =
    name === 'pip' || name === 'pip3' || (/^python/.test(name) && argv[1] === '-m' && argv[2] === 'pip')
  const file = argv[argv.indexOf('-r') + 1] ?? 'requirements.txt'
  if (isPip && argv.includes('install')) {
    const words = pipWords(argv.includes('-r') ? file : undefined)
    return {
      step: {
        call: 'command',
        argument: words,
        options: inFolder(place.folder, { name: 'pip', as: 'build', out: 'packages' }),
      },
    }
  }
  if (!Object.hasOwn(BUILDERS, name)) return undefined
  const isInstall =
    ['npm', 'yarn', 'pnpm'].includes(name) && (argv.length === 1 || /^(?:ci|install|i)$/.test(argv[1] ?? ''))
  const out = isInstall ? 'node_modules' : BUILDERS[name]
  const options = { as: 'build', ...(out === undefined ? {} : { out }) }
  return { step: { call: 'command', argument: argv, options: inFolder(place.folder, options) } }
}

function inFolder(folder: string, options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return folder === '' ? { ...options } : { in: folder, ...options }
}
