// Checks the steps of a config and makes them complete: what the compiler may rely on is enforced here.
import { basename } from 'node:path'
import * as v from 'valibot'
import { STEP_NAME } from '../protocol/event.ts'
import type { Phase, RecipeFlag, Step } from '../recipe/recipe.ts'
import type { WrittenStep } from '../recipe/steps.ts'
import { exact, ONE_EACH, text, whole } from './config-schema.ts'

/** One thing that is wrong: where, as a key path, and what. */
export type Problem = { path: string; message: string }

const MAX_STEPS = 40
/** A folder of the tree: no absolute path, no `..`, nothing that sh, rsync or make would read as an option. */
const TREE_FOLDER = /^(?![-/])(?!.*(?:^|\/)\.\.(?:\/|$))[A-Za-z0-9._/+@ -]+$/
/** A path of the host: absolute, without `.` or `..`, at least two folders deep. */
const HOST_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._+@-]+){2,}\/?$/
/** What sudoers(5) takes literally: no blank, comma, colon, backslash, wildcard, `#`, `^` or quote. */
const ROOT_WORD = /^[A-Za-z0-9._/-]+$/
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/
const EXCLUDE = /^(?!-)[A-Za-z0-9._*?/+@,=-]+$/
const SELINUX_TYPE = /^[a-z][a-z0-9_]*$/
/** One line: a line break would end the comments and here-documents that a text stands in. Empty is a word, too. */
const LINE_OF_TEXT = /^[^\0-\x08\x0a-\x1f\x7f]*$/

const common = {
  name: v.optional(
    text(
      STEP_NAME,
      'must be up to 60 letters, digits, blanks and . _ : / @ + -, the first a letter or digit',
    ),
  ),
  when: v.optional(v.string("must be a flag: 'docs', '!docs' or 'colour=red'")),
  timeout: v.optional(whole(1, 86400)),
  retries: v.optional(whole(0, 10), 0),
  phase: v.optional(v.picklist(['prepare', 'publish'], "must be 'prepare' or 'publish'")),
}
const treeFolder = text(TREE_FOLDER, "must be a folder of the commit: relative, without '..'")
const oneLine = text(LINE_OF_TEXT, 'must be text of one line')
const place = {
  in: v.optional(treeFolder, '.'),
  env: v.optional(
    v.record(text(VARIABLE, 'must be the name of a variable'), oneLine, 'must be { NAME: text }'),
    {},
  ),
  as: v.optional(v.literal('build', "must be 'build', or left out for deploybot")),
  out: v.optional(treeFolder),
}
const argv = v.pipe(
  v.array(oneLine, "must be a list of words: ['npm', 'ci']"),
  v.minLength(1, 'must name a program'),
  v.check(
    ([program]) => !!program && !/^-|=/.test(program),
    "must begin with a program, without = and no option: ['npm', 'ci']",
  ),
)

const schemas = {
  git: { options: exact(common), argument: v.undefined() },
  rsync: {
    options: exact({
      ...common,
      from: v.pipe(treeFolder, v.endsWith('/', "must end with a slash: 'src/'")),
      to: v.pipe(
        text(HOST_PATH, "must be an absolute path, two folders deep at least: '/var/www/site/'"),
        v.endsWith('/', "must end with a slash: '/var/www/site/'"),
      ),
      delete: v.boolean('must be said: true deletes what the commit does not have, false keeps it'),
      exclude: v.optional(
        v.array(
          text(EXCLUDE, 'must be a pattern of letters, digits and . _ * ? / + @ , = -, beginning with no -'),
          'must be a list of patterns',
        ),
        [],
      ),
    }),
    argument: v.undefined(),
  },
  command: { options: exact({ ...common, ...place }), argument: argv },
  shell: {
    options: exact({ ...common, ...place }),
    argument: v.pipe(text(LINE_OF_TEXT, 'must be one line of sh'), v.minLength(1, 'must be one line of sh')),
  },
  root: {
    options: exact(common),
    argument: v.pipe(
      v.array(
        text(
          ROOT_WORD,
          'has a character that sudoers would read as something else: only letters, digits and . _ / - stand for themselves',
        ),
        "must be a list of words: ['/usr/sbin/apachectl', 'restart']",
      ),
      v.minLength(1, 'must name a program'),
      v.check(
        ([program = '']) => HOST_PATH.test(program) && !program.endsWith('/'),
        "must begin with an absolute path: '/usr/sbin/apachectl'",
      ),
    ),
  },
  restorecon: {
    options: exact({ ...common, type: v.optional(text(SELINUX_TYPE, 'must be an SELinux type')) }),
    argument: text(HOST_PATH, "must be an absolute path: '/var/www/site/app.py'"),
  },
}

/**
 * Checks the steps as they were written.
 * @param flags what `when` may name
 */
export function checkSteps(
  written: readonly unknown[],
  flags: Readonly<Record<string, RecipeFlag>>,
): { steps: Step[]; problems: Problem[] } {
  const steps: Step[] = []
  const problems: Problem[] = []
  for (const [index, each] of written.entries()) {
    const path = `steps[${index}]`
    const result = checkStep(each, path)
    problems.push(...result.problems)
    if (!result.step) continue
    const { step } = result
    if (!knowsWhen(step.when, flags)) {
      problems.push({
        path: `${path}.when`,
        message: `names no flag or choice of the recipe: '${step.when}'`,
      })
    }
    const twin = steps.findIndex((other) => other.name === step.name)
    if (twin >= 0)
      problems.push({
        path,
        message: `has the name of another step, '${step.name}': give it a name of its own`,
      })
    steps.push(step)
  }
  if (written.length > MAX_STEPS)
    problems.push({ path: 'steps', message: `has more than ${MAX_STEPS} steps` })
  return { steps, problems }
}

function checkStep(written: unknown, path: string): { step?: Step; problems: Problem[] } {
  if (!isWrittenStep(written)) {
    return { problems: [{ path, message: 'is no step: use git(), rsync(), root(), make(), command(), …' }] }
  }
  const schema = schemas[written.step]
  // with the key there, its own sentence says why it has no default
  const options = written.step === 'rsync' ? { delete: undefined, ...written.options } : written.options
  const argument = v.safeParse(schema.argument as v.GenericSchema, written.argument, ONE_EACH)
  const checked = v.safeParse(schema.options as v.GenericSchema, options, ONE_EACH)
  const problems = [...problemsOf(argument.issues, path), ...problemsOf(checked.issues, path)]
  if (problems.length > 0) return { problems }
  const step = complete(written.step, argument.output, checked.output as Record<string, unknown>)
  if ('out' in step && step.out !== undefined && step.as !== 'build') {
    return {
      step,
      problems: [
        { path: `${path}.out`, message: "goes with as: 'build' only: others work in the tree itself" },
      ],
    }
  }
  return { step, problems: [] }
}

/** Makes one problem of each issue, with its key path below `path` ('' for the config itself). */
export function problemsOf(issues: readonly v.BaseIssue<unknown>[] | undefined, path: string): Problem[] {
  return (issues ?? []).map((issue) => {
    const keys = (issue.path ?? []).map(({ key }) =>
      typeof key === 'number' ? `[${key}]` : `.${String(key)}`,
    )
    return { path: `${path}${keys.join('')}`.replace(/^\./, ''), message: issue.message }
  })
}

function isWrittenStep(value: unknown): value is WrittenStep {
  return (
    typeof value === 'object' &&
    value !== null &&
    'step' in value &&
    Object.hasOwn(schemas, String(value.step))
  )
}

const SECONDS = { git: 300, rsync: 600, command: 600, shell: 600, root: 60, restorecon: 60 }

function complete(kind: WrittenStep['step'], argument: unknown, options: Record<string, unknown>): Step {
  const { name, phase, timeout, ...rest } = options
  return {
    kind,
    name: name ?? defaultName(kind, argument, options),
    phase: phase ?? defaultPhase(kind, options),
    timeout: timeout ?? SECONDS[kind],
    ...rest,
    ...(kind === 'command' || kind === 'root' ? { argv: argument } : {}),
    ...(kind === 'shell' ? { text: argument } : {}),
    ...(kind === 'restorecon' ? { path: argument } : {}),
  } as Step
}

function defaultPhase(kind: WrittenStep['step'], options: Record<string, unknown>): Phase {
  return kind === 'git' || options.as === 'build' ? 'prepare' : 'publish'
}

function defaultName(kind: WrittenStep['step'], argument: unknown, options: Record<string, unknown>): string {
  const words =
    kind === 'rsync'
      ? ['rsync', String(options.from).replace(/\/+$/, '')]
      : kind === 'restorecon'
        ? ['restorecon', basename(String(argument))]
        : kind === 'command' || kind === 'root'
          ? (argument as string[]).map((word, index) => (index === 0 ? basename(word) : word))
          : [kind]
  const name = words.join(' ').replace(/[^A-Za-z0-9 ._:/@+-]+/g, '-')
  return (
    name
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 40)
      .trim() || kind
  )
}

function knowsWhen(when: string | undefined, flags: Readonly<Record<string, RecipeFlag>>): boolean {
  if (when === undefined) return true
  const [, name = '', choice] = /^!?([a-z][a-z0-9-]*)(?:=(.+))?$/.exec(when) ?? []
  if (!Object.hasOwn(flags, name)) return false
  const choices = flags[name]?.choices
  return choices ? choice !== undefined && choices.includes(choice) : choice === undefined
}
