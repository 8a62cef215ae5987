// The schema of a config but for its steps: each rule with the sentence that a person gets who broke it.
import * as v from 'valibot'
import { APP, CHOICE, MAX_PATHS_LENGTH } from '../../protocol/grammar.ts'
import { VERBS } from '../../recipe/recipe.ts'
import { SEEN_LINE } from '../../safe-text/plain-text.ts'
import { didYouMean } from '../../words/did-you-mean.ts'
import { environments } from './environment-schema.ts'
import { DEPLOY_ACCOUNT, deployAccount, group, personName } from './names.ts'
import { notify } from './notify.ts'
import { asApp, asRepository } from './own-examples.ts'
import { repositoryPath } from './paths.ts'
import {
  either,
  exact,
  keyOf,
  named,
  onOrOff,
  text,
  textsOf,
  together,
  twice,
  valuesOf,
} from './schema-parts.ts'
import { redact, redactEnv } from './secrets.ts'

/** Flags and letters of `shipit deploy`, and words of the wire: a recipe can't declare them. */
const TAKEN_FLAGS = new Set(
  (
    'app back branch changed check claimed commit config demo detach digest events files flag from help hold host json limit look ' +
    'now offset outdated partial paths reason run session tag to verbose version wait yes allow-drift dry-run'
  ).split(' '),
)
const TAKEN_CHARS = new Set(['b', 't', 'h', 'y'])

/** One public key of authorized_keys(5), without options: nothing before the type, no quote or line break in the comment. */
const PUBLIC_KEY =
  /^(?:ssh-(?:ed25519|rsa|dss)|ecdsa-sha2-nistp(?:256|384|521)|sk-(?:ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com) [A-Za-z0-9+/]{20,}={0,3}(?: [\x20-\x7e]*)?$/
/** A line of known_hosts(5), with a marker or without. */
const KNOWN_HOST =
  /^(?:@(?:cert-authority|revoked) )?[A-Za-z0-9|+/=.,:*?![\]_-]+ [a-z0-9@.-]+ [A-Za-z0-9+/]{20,}={0,3}(?: [\x20-\x7e]*)?$/
/** The part of an account's name after `build-APP_`. */
const BUILD_AS = /^[a-z][a-z0-9-]*$/
const MAX_FLAGS = 8
const FLAG = /^[a-z][a-z0-9-]{0,31}$/
/** A path of the host or a URL; nothing that git, ssh or sh could read as an option or a command. */
const REPOSITORY =
  /^(?:\/|(?:ssh|https):\/\/(?:[A-Za-z0-9_][A-Za-z0-9_.:-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]+)?\/|[A-Za-z0-9_][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!-))[A-Za-z0-9@:/._~+%-]+$/
/** A password, or what stands alone before the host of https: often a token. */
const URL_SECRET = /^(?:https:\/\/[^/]*@|ssh:\/\/[^/@]*:[^/]*@)/
const REF_GLOB = /^[A-Za-z0-9_*][A-Za-z0-9._/+@,#=*-]{0,199}$/

const refGlobs = v.array(
  text(REF_GLOB, 'must be a name, with * for any characters'),
  'must be a list of names',
)

const flag = exact({
  char: v.optional(
    v.pipe(
      text(/^[A-Za-z]$/, 'must be one letter'),
      v.check((char) => !TAKEN_CHARS.has(char), 'is a letter that shipit deploy already uses'),
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
  v.check((name) => !TAKEN_FLAGS.has(name), 'would hide a flag of shipit'),
)

const publicKeys = v.pipe(
  v.array(
    text(PUBLIC_KEY, "must be a public key, as in ~/.ssh/id_ed25519.pub: 'ssh-ed25519 AAAA… alice@laptop'"),
    'must be a list of public keys',
  ),
  v.minLength(1, 'must have at least one key'),
)

const keysAlone = v.pipe(
  publicKeys,
  v.transform((keys): { keys: string[]; group?: string | undefined } => ({ keys })),
)
const keysAndGroup = exact({ keys: publicKeys, group: v.optional(group) })
const person = either([keysAlone, keysAndGroup], (input) => (Array.isArray(input) ? keysAlone : keysAndGroup))

/** Refs of a kind that a rule does not mention: none if it names some of the other kind, else all. */
function unlessNamed(others: readonly string[] | undefined): string[] {
  return others?.length ? [] : ['*']
}

/** A config as it is written; the steps are checked apart. */
export const configSchema = exact({
  app: v.pipe(v.string(asApp), v.regex(APP, asApp)),
  account: v.optional(deployAccount, DEPLOY_ACCOUNT),
  sharedAccount: v.optional(onOrOff, false),
  repository: v.pipe(
    v.string(asRepository),
    v.regex(REPOSITORY, asRepository),
    v.check(
      (url) => !URL_SECRET.test(url),
      'must not hold a password or token: root installs it readable by all',
    ),
  ),
  paths: v.optional(
    together(
      v.pipe(
        v.array(repositoryPath, 'must be a list of folders and files of the repository'),
        v.minLength(1, 'must name at least one folder or file'),
      ),
      (paths) =>
        textsOf(valuesOf(paths)).join(',').length > MAX_PATHS_LENGTH
          ? `is longer than ${MAX_PATHS_LENGTH} characters in all: name folders that hold several of these`
          : undefined,
    ),
  ),
  environments,
  flags: v.optional(
    together(
      together(named(flagName, flag, 'must be { NAME: { summary } }'), (flags) =>
        valuesOf(flags).length > MAX_FLAGS ? `has more than ${MAX_FLAGS} flags` : undefined,
      ),
      (flags) => {
        const letter = twice(textsOf(valuesOf(flags).map((each) => keyOf(each, 'char'))))
        return letter === undefined ? undefined : `uses the letter '${letter}' twice`
      },
    ),
    {},
  ),
  allow: v.optional(
    v.pipe(
      v.array(
        v.pipe(
          exact({
            group,
            branches: v.optional(refGlobs),
            tags: v.optional(refGlobs),
            verbs: v.optional(
              v.array(
                v.picklist(VERBS, ({ input }) =>
                  [`must be one of ${VERBS.join(', ')}`, ...didYouMean(String(input), VERBS)].join('. '),
                ),
                'must be a list of verbs',
              ),
              ['deploy', 'rollback', 'freeze'],
            ),
            buildAs: v.optional(text(BUILD_AS, 'must be a word of lower-case letters, digits and hyphens')),
          }),
          v.transform(({ group, branches, tags, ...rule }) => ({
            group,
            branches: branches ?? unlessNamed(tags),
            tags: tags ?? unlessNamed(branches),
            ...rule,
          })),
        ),
        'must be a list of { group }',
      ),
      v.minLength(1, 'must name at least one group'),
    ),
    [{ group: 'deployers' }],
  ),
  people: v.optional(named(personName, person, "must be { NAME: ['ssh-ed25519 AAAA…'] }"), {}),
  git: v.optional(
    exact({
      deployKey: v.optional(onOrOff, false),
      knownHosts: v.optional(
        v.array(
          text(
            KNOWN_HOST,
            "must be a whole line of known_hosts, as ssh-keyscan prints it: 'git.example.com ssh-ed25519 AAAA…'",
          ),
          'must be a list of lines',
        ),
        [],
      ),
    }),
    {},
  ),
  sshd: v.optional(exact({ forceCommand: v.optional(onOrOff, false) }), {}),
  redact,
  redactEnv,
  notify,
  steps: v.pipe(
    v.array(v.unknown(), 'must be a list of steps'),
    v.minLength(1, 'must have at least one step'),
  ),
})
