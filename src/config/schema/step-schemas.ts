// What may be written for each kind of step: each rule with the sentence that a person gets who broke it.
import * as v from 'valibot'
import { STEP_NAME } from '../../protocol/event.ts'
import { OTHER_UNIT, SERVICE_VERBS } from '../../recipe/kinds/service-step.ts'
import { SEEN_LINE } from '../../safe-text/plain-text.ts'
import { argv, oneLine, rootArgv } from './command-words.ts'
import { asPage, asRootStep, asVerb } from './own-examples.ts'
import { hostFile, hostFolder, publishedFolder, releasesRoot, sharedPath, treeFolder } from './paths.ts'
import { either, exact, keyOf, named, text, textsOf, together, valuesOf, whole } from './schema-parts.ts'

/** It ends in `.`, by which no folder can be put in the place of another. */
const NO_FOLDER = /(?:^|\/)\.\/*$/
/** Beside `release ` and `switch ` there is room for this much of a step's name. */
const RELEASES_NAME = /^[A-Za-z0-9][A-Za-z0-9 ._:/@+-]{0,49}$/
/**
 * A page: http or https, a host or address, a port, a path and a query. No account or password (root installs it readable for all), no
 * fragment, and no character that a shell, curl or wget would take for something else (curl gets -g).
 */
const PAGE_URL =
  /^https?:\/\/(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?(?:\/[A-Za-z0-9._~/%+,:@=-]*(?:\?[A-Za-z0-9._~/%+,:@=&-]*)?)?$/
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/
/** of a check */
const DEFAULT_RETRIES = 5
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/
const EXCLUDE = /^(?!-)(?=.*[^/])[A-Za-z0-9._*?/+@,=-]+$/
/** By it a pattern would mean folders only, and let a file or a symlink of that name through. */
const FOLDERS_ONLY = /(?:\/+|\/\*{3})+$/
/** A service of systemd.unit(5), as sudoers takes it: no escapes, and of a template one instance. */
const UNIT = /^(?![-.@])[A-Za-z0-9_.:-]+(?:@[A-Za-z0-9_.:@-]+)?$/
const SELINUX_TYPE = /^[a-z][a-z0-9_]*$/

const common = {
  name: v.optional(
    text(
      STEP_NAME,
      'must be up to 60 letters, digits, blanks and . _ : / @ + -, and begin with a letter or digit',
    ),
  ),
  when: v.optional(v.string("must be a flag: 'docs', '!docs' or 'colour=red'")),
  timeout: v.optional(whole(1, 86400)),
  retries: v.optional(whole(0, 10), 0),
  phase: v.optional(v.picklist(['prepare', 'publish'], "must be 'prepare' or 'publish'")),
}
const place = {
  in: v.optional(treeFolder, '.'),
  env: v.optional(
    named(
      text(VARIABLE, 'must be the name of a variable'),
      text(
        SEEN_LINE,
        'must be one line of text, without invisible characters. Put a longer text in a file of the commit, or of the host, and give its path here',
      ),
      'must be { NAME: text }',
    ),
    {},
  ),
  as: v.optional(v.literal('build', "must be 'build', or left out for the app's account")),
  out: v.optional(
    v.pipe(
      treeFolder,
      v.check(
        (folder) => !NO_FOLDER.test(folder),
        "must be a folder below the one that the step works in: 'dist'",
      ),
    ),
  ),
}
const onFailure = v.optional(v.literal('rollback', "must be 'rollback', or left out"))
const mayBeEmpty = v.optional(v.boolean('must be true or false'))
const unsafe = v.optional(v.pipe(oneLine, v.minLength(1, 'must be a sentence: why this is safe here')))

const { phase: _, ...anyPhase } = common
const sharedFile = exact({ file: sharedPath })
/** Of both steps: `release` and `switch`. */
const releases = exact({
  ...anyPhase,
  name: v.optional(
    text(
      RELEASES_NAME,
      'must be up to 50 letters, digits, blanks and . _ : / @ + -, and begin with a letter or digit',
    ),
  ),
  root: releasesRoot,
  keep: v.optional(whole(2, 100), 5),
  shared: v.optional(
    together(
      v.array(
        either([sharedPath, sharedFile], (input) => (typeof input === 'object' ? sharedFile : sharedPath)),
        "must be a list of paths: ['uploads', { file: '.env' }]",
      ),
      (paths) => {
        const inner = nested(valuesOf(paths))
        return inner === undefined ? undefined : `has '${inner}', which another of its paths leads to`
      },
    ),
    [],
  ),
  from: v.optional(publishedFolder, './'),
  mayBeEmpty,
  unsafe,
})

/** Of each kind of step: its options, and the argument before them. */
export const STEP_SCHEMAS = {
  git: { options: exact(common), argument: v.undefined() },
  rsync: {
    options: exact({
      ...common,
      from: publishedFolder,
      to: hostFolder,
      delete: v.boolean('must be set: true deletes what the commit does not have, false keeps it'),
      exclude: v.optional(
        v.array(
          v.pipe(
            text(
              EXCLUDE,
              'must be a pattern of letters, digits and . _ * ? / + @ , = -, and not begin with -',
            ),
            v.transform((pattern) => pattern.replace(FOLDERS_ONLY, '')),
          ),
          'must be a list of patterns',
        ),
        [],
      ),
      mayBeEmpty,
      unsafe,
    }),
    argument: v.undefined(),
  },
  command: { options: exact({ ...common, ...place }), argument: argv },
  shell: {
    options: exact({ ...common, ...place }),
    argument: v.pipe(
      text(SEEN_LINE, 'must be one line of sh, without invisible characters'),
      v.minLength(1, 'must be one line of sh, without invisible characters'),
    ),
  },
  root: {
    options: exact({ ...common, inPlan: v.optional(v.boolean('must be true or false')), unsafe }),
    argument: rootArgv,
  },
  service: {
    options: together(
      exact({
        ...common,
        verb: v.picklist(SERVICE_VERBS, asVerb),
        for: v.optional(whole(1, 600), 30),
        stays: v.optional(whole(1, 60), 3),
        onFailure,
        unsafe,
      }),
      (options) =>
        keyOf(options, 'verb') === 'reload' && keyOf(options, 'onFailure') === 'rollback'
          ? "goes back if it fails, and then reloads again: a service that has ended cannot be reloaded. Write 'reload-or-restart' in place of 'reload'"
          : undefined,
    ),
    argument: v.pipe(
      text(UNIT, "must be a service of systemd: 'shop', or of a template 'shop@1'"),
      v.check((unit) => !OTHER_UNIT.test(unit), asRootStep),
      v.transform((unit) => (unit.endsWith('.service') ? unit : `${unit}.service`)),
    ),
  },
  restorecon: {
    options: exact({ ...common, type: v.optional(text(SELINUX_TYPE, 'must be an SELinux type')) }),
    argument: hostFile,
  },
  release: { options: releases, argument: v.undefined() },
  switch: { options: releases, argument: v.undefined() },
  check: {
    options: v.pipe(
      together(
        exact({
          ...anyPhase,
          retries: v.optional(whole(0, 100)),
          for: v.optional(whole(1, 600)),
          host: v.optional(text(HOST_NAME, "must be the name of a virtual host: 'www.example.com'")),
          status: v.optional(whole(200, 599), 200),
          text: v.optional(
            v.pipe(oneLine, v.minLength(1, 'must be one line of text, without invisible characters')),
          ),
          grace: v.optional(whole(0, 300), 2),
          timeout: v.optional(whole(1, 3600)),
          onFailure,
        }),
        (options) =>
          keyOf(options, 'for') === undefined || keyOf(options, 'retries') === undefined
            ? undefined
            : 'has both for and retries, and each says how long to try: use one of them',
      ),
      v.transform(({ for: seconds, retries = DEFAULT_RETRIES, grace, ...rest }) =>
        seconds === undefined
          ? { ...rest, retries, grace }
          : { ...rest, retries: Math.ceil(seconds / Math.max(grace, 1)), grace: Math.max(grace, 1) },
      ),
    ),
    argument: v.pipe(v.string(asPage), v.regex(PAGE_URL, asPage)),
  },
}

/** A path that is another one's folder, or is there twice. */
function nested(shared: readonly unknown[]): string | undefined {
  const paths = textsOf(shared.map((path) => (typeof path === 'string' ? path : keyOf(path, 'file'))))
  return paths.find((path, index) =>
    paths.some((other, at) => at !== index && (other === path || other.startsWith(`${path}/`))),
  )
}
