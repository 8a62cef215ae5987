// The schema of a config but for its steps: each rule with the sentence that a person gets who broke it.
import * as v from 'valibot'
import { APP, CHOICE, isRefName } from '../protocol/grammar.ts'
import { VERBS } from '../recipe/recipe.ts'
import { SEEN_LINE } from '../safe-text/plain-text.ts'

/** Flags and letters of `shipit deploy`, and words of the wire: a recipe can't declare them. */
const TAKEN_FLAGS = new Set(
  (
    'app branch claimed commit config detach digest events flag help hold host json limit now offset reason ' +
    'run session tag to version wait yes allow-drift'
  ).split(' '),
)
const TAKEN_CHARS = new Set(['b', 't', 'h', 'y'])

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/
const IPV6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/
const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/
const GROUP = /^[a-z_][a-z0-9_-]{0,31}$/
/** An account that root may make; useradd(8) takes these everywhere. */
const PERSON = /^[a-z_][a-z0-9_-]{0,31}$/
/** Accounts that shipit makes for builds and for reading repositories, and the one that may do all. */
const RESERVED = /^(?:root|(?:build|read)-.*)$/
/** Runs an app's steps where its config names no other. */
const DEPLOY_ACCOUNT = 'deploybot'
/** One public key of authorized_keys(5), without options: nothing before the type, no quote or line break in the comment. */
const PUBLIC_KEY =
  /^(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{20,}={0,3}(?: [\x20-\x7e]*)?$/
/** A line of known_hosts(5), with a marker or without. */
const KNOWN_HOST =
  /^(?:@(?:cert-authority|revoked) )?[A-Za-z0-9|+/=.,:*?![\]_-]+ [a-z0-9@.-]+ [A-Za-z0-9+/]{20,}={0,3}(?: [\x20-\x7e]*)?$/
const ENVIRONMENT = /^[a-z][a-z0-9-]{0,31}$/
/** The part of an account's name after `build-APP_`. */
const BUILD_AS = /^[a-z][a-z0-9-]*$/
const FLAG = /^[a-z][a-z0-9-]{0,31}$/
/** A path of the host or a URL; nothing that git, ssh or sh could read as an option or a command. */
const REPOSITORY =
  /^(?:\/|(?:ssh|https):\/\/(?:[A-Za-z0-9_][A-Za-z0-9_.:-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?\/|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!-))[A-Za-z0-9@:/._~+%-]+$/
/** A password, or what stands alone before the host of https: often a token. */
const URL_SECRET = /^(?:https:\/\/[^/]*@|ssh:\/\/[^/@]*:[^/]*@)/
const REF_GLOB = /^[A-Za-z0-9_*][A-Za-z0-9._/+@,#=*-]{0,199}$/
const HOST_KEY = /^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}(?: .*)?$/

/** For safeParse: of the rules of one value, only the first that it breaks is told. */
export const ONE_EACH = { abortPipeEarly: true } as const

/** Ports and seconds have the same shape: a whole number within bounds. */
export function whole(low: number, high: number) {
  const message = `must be a whole number from ${low} to ${high}`
  return v.pipe(v.number(message), v.integer(message), v.minValue(low, message), v.maxValue(high, message))
}

export function text(pattern: RegExp, message: string) {
  return v.pipe(v.string(message), v.regex(pattern, message))
}

/** An object of these keys and no other. */
export function exact<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, ({ expected, received }) => {
    if (expected === 'never')
      return `is no key that shipit knows here: there are ${Object.keys(entries).join(', ')}`
    if (expected === 'Object') return 'must be an object'
    return received === 'undefined' ? 'is missing' : 'has the wrong form'
  })
}

const address = v.pipe(
  v.string('must be a host name or an address'),
  v.check(isAddress, 'must be a host name or an address'),
)
const port = whole(1, 65535)
const user = text(USER, 'must be an account name')
const ref = v.pipe(v.string('must be a branch'), v.check(isRefName, 'must be the name of a branch'))
const refGlobs = v.array(
  text(REF_GLOB, 'must be a name, with * for any characters'),
  'must be a list of names',
)
const onOrOff = v.boolean('must be true or false')

const host = exact({
  name: address,
  address: v.optional(address),
  port: v.optional(port),
  user: v.optional(user),
})

const hostName = v.pipe(
  v.string('must be a host name or { name, … }'),
  v.check(isAddress, 'must be a host name or an address alone: user and port go into { name, user, port }'),
  v.transform((name) => ({ name })),
)

const hostOrName = v.lazy((input) => (typeof input === 'object' && input !== null ? host : hostName))

const ssh = exact({
  user: v.optional(user),
  port: v.optional(port),
  identityFile: v.optional(v.string('must be a path')),
  knownHostsFile: v.optional(v.string('must be a path')),
  hostKeys: v.optional(
    v.array(text(HOST_KEY, "must be a public key: 'ssh-ed25519 AAAA…'"), 'must be a list of keys'),
  ),
  connectTimeout: v.optional(whole(1, 600)),
})

const environment = exact({
  hosts: v.pipe(
    v.array(hostOrName, 'must be a list of hosts'),
    v.minLength(1, 'must name at least one host'),
    v.check(
      (hosts) => twice(hosts.map(({ name }) => name)) === undefined,
      ({ input }) => `names '${twice(input.map(({ name }) => name))}' twice`,
    ),
  ),
  default: v.optional(onOrOff),
  branch: v.optional(ref),
  confirm: v.optional(onOrOff),
  ssh: v.optional(ssh),
})

const sandboxEnvironment = exact({
  sandbox: v.literal(true),
  default: v.optional(onOrOff),
  branch: v.optional(ref),
})

const flag = exact({
  char: v.optional(
    v.pipe(
      text(/^[A-Za-z]$/, 'must be one letter'),
      v.check((char) => !TAKEN_CHARS.has(char), 'is a letter that shipit deploy has already'),
    ),
  ),
  summary: text(SEEN_LINE, 'must be a sentence for --help'),
  choices: v.optional(
    v.pipe(
      v.array(text(CHOICE, 'must be a word of letters, digits and . _ -'), 'must be a list of words'),
      v.minLength(1, 'must not be empty'),
    ),
  ),
})

const flagName = v.pipe(
  text(FLAG, 'must be lower-case letters, digits and hyphens'),
  v.check((name) => !TAKEN_FLAGS.has(name), 'would hide a flag that shipit has already'),
)

const publicKeys = v.pipe(
  v.array(
    text(PUBLIC_KEY, "must be a public key: 'ssh-ed25519 AAAA… alice@laptop'"),
    'must be a list of public keys',
  ),
  v.minLength(1, 'must have at least one key'),
)

const person = v.lazy((input) =>
  Array.isArray(input)
    ? v.pipe(
        publicKeys,
        v.transform((keys): { keys: string[]; group?: string | undefined } => ({ keys })),
      )
    : exact({ keys: publicKeys, group: v.optional(text(GROUP, 'must be a Unix group')) }),
)

const personName = v.pipe(
  text(PERSON, 'must be an account: lower-case letters, digits, _ and -, 32 at most'),
  v.check((name) => !RESERVED.test(name) && name !== DEPLOY_ACCOUNT, 'is no account of a person'),
)

/** A config as it is written; the steps are checked apart. */
export const configSchema = exact({
  app: text(APP, 'must be lower-case letters, digits and hyphens, beginning with a letter, 24 at most'),
  account: v.optional(
    v.pipe(
      text(PERSON, 'must be an account: lower-case letters, digits, _ and -, 32 at most'),
      v.check(
        (name) => !RESERVED.test(name),
        'must not be root or begin with build- or read-: those names are taken',
      ),
    ),
    DEPLOY_ACCOUNT,
  ),
  sharedAccount: v.optional(onOrOff, false),
  repository: v.pipe(
    text(REPOSITORY, 'must be an absolute path on the host, ssh://…, https://… or user@host:path'),
    v.check(
      (url) => !URL_SECRET.test(url),
      'must not hold a password or token: root installs it readable for all',
    ),
  ),
  environments: v.pipe(
    v.record(
      text(ENVIRONMENT, 'must be lower-case letters, digits and hyphens'),
      v.lazy((input) => (isSandbox(input) ? sandboxEnvironment : environment)),
      'must be { NAME: { hosts: […] } }',
    ),
    v.check((all) => Object.keys(all).length > 0, 'must have at least one environment'),
    v.check(
      (all) => Object.values(all).filter((each) => each.default).length <= 1,
      'has more than one default',
    ),
  ),
  flags: v.optional(
    v.pipe(
      v.record(flagName, flag, 'must be { NAME: { summary } }'),
      v.check((flags) => Object.keys(flags).length <= 8, 'has more than 8 flags'),
      v.check(
        (flags) => twice(letters(flags)) === undefined,
        ({ input }) => `gives the letter '${twice(letters(input))}' twice`,
      ),
    ),
    {},
  ),
  allow: v.optional(
    v.pipe(
      v.array(
        exact({
          group: text(GROUP, 'must be a Unix group: lower-case letters, digits, _ and -'),
          branches: v.optional(refGlobs, ['*']),
          tags: v.optional(refGlobs, ['*']),
          verbs: v.optional(
            v.array(v.picklist(VERBS, `must be one of ${VERBS.join(', ')}`), 'must be a list of verbs'),
            ['deploy', 'rollback', 'lock'],
          ),
          buildAs: v.optional(text(BUILD_AS, 'must be a word of lower-case letters, digits and hyphens')),
        }),
        'must be a list of { group }',
      ),
      v.minLength(1, 'must name at least one group'),
    ),
    [{ group: 'deployers' }],
  ),
  people: v.optional(v.record(personName, person, "must be { NAME: ['ssh-ed25519 AAAA…'] }"), {}),
  git: v.optional(
    exact({
      deployKey: v.optional(onOrOff, false),
      knownHosts: v.optional(
        v.array(
          text(KNOWN_HOST, "must be a line of known_hosts: 'git.example.com ssh-ed25519 AAAA…'"),
          'must be a list of lines',
        ),
        [],
      ),
    }),
    {},
  ),
  sshd: v.optional(exact({ forceCommand: v.optional(onOrOff, false) }), {}),
  steps: v.pipe(
    v.array(v.unknown(), 'must be a list of steps'),
    v.minLength(1, 'must have at least one step'),
  ),
})

function isAddress(value: string): boolean {
  return HOST_NAME.test(value) || IPV6.test(value)
}

function letters(flags: Readonly<Record<string, { char?: string | undefined }>>): string[] {
  return Object.values(flags).flatMap(({ char }) => char ?? [])
}

function twice(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) < index)
}

function isSandbox(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'sandbox' in input
}
