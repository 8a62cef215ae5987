// An error as text, as JSON and as an exit code.

import { stripVTControlCharacters, styleText } from 'node:util'
import { Errors } from '@oclif/core'
import { defined } from './defined.ts'
import { EXIT_CODES, ShipitError } from './errors.ts'
import { asFull } from './programs/why-not-started.ts'
import { cleanLine, cleanLines } from './safe-text/clean-text.ts'
import { renderJsonLine } from './safe-text/json-line.ts'
import type { Place } from './ui/output/ci-marks.ts'
import { annotate, hintLines, printJson, say } from './ui/output/print-lines.ts'
import { didYouMean, nearest } from './words/did-you-mean.ts'

const REPORT_AT = 'https://github.com/deploybot/shipit/issues'

/** An error as it is shown. */
export type Report = {
  code: string
  exitCode: number
  message: string
  suggestions: readonly string[]
  details?: Readonly<Record<string, unknown>>
  /** only of a fault, for the person who fixes it */
  stack?: string
}

/**
 * Says what an error is to be shown as.
 * @param commands those that there are
 */
export function describe(thrown: unknown, argv: readonly string[], commands: readonly string[] = []): Report {
  const error = thrown instanceof ShipitError ? thrown : (asFull(thrown) ?? thrown)
  if (error instanceof ShipitError) {
    const { code, exitCode, message, suggestions, details } = error
    return { code, exitCode, message, suggestions, details }
  }
  if (error instanceof Errors.CLIError && error.oclif.exit === EXIT_CODES.usage) {
    return { code: 'SHIPIT_USAGE', exitCode: EXIT_CODES.usage, ...describeUsage(error, argv, commands) }
  }
  return {
    code: 'SHIPIT_FAULT',
    exitCode: EXIT_CODES.fault,
    message: error instanceof Error ? error.message || error.name : String(error),
    suggestions: [`This is a fault of shipit: please report it at ${REPORT_AT}, with the lines above.`],
    ...defined({ stack: error instanceof Error ? error.stack : undefined }),
  }
}

/** oclif's sentences, and what we say in their place of the words that it names. */
const OCLIF_SENTENCES: readonly (readonly [RegExp, (...found: string[]) => string])[] = [
  [/^Nonexistent flags?: (.*)$/, (flags = '') => `unknown flag ${quoted(flags)}`],
  [/^Unexpected arguments?: (.*)$/, (words = '') => `unexpected argument ${quoted(words)}`],
  [/^Missing required flags? (.*)$/, (flag) => `the flag --${flag} is missing`],
  [
    /^Missing \d+ required args?:\n(\S+)(?:.|\n)*$/,
    (name) => `the argument ${name?.toUpperCase()} is missing`,
  ],
  [/^Flag (--\S+) expects a value$/, (flag) => `the flag ${flag} needs a value`],
  [
    /^(--[^=\s]+)=.* cannot also be provided when using (--[^=\s]+)(?:\n.*)*$/,
    (one, other) => `${one} and ${other} exclude each other: pass one of them`,
  ],
  [
    /^All of the following must be provided when using (--[^=\s]+): ((?:--[^,\s]+(?:, )?)+)(?:\n.*)*$/,
    (flag, needed) => `${flag} needs ${needed?.replaceAll(', ', ' and ')}`,
  ],
  [
    /^Parsing (--\S+) \n\tExpected an integer but received: (.*)$/,
    (flag, value) => `'${value}' is not a whole number, which ${flag} needs`,
  ],
  [
    /^Parsing (--\S+) \n\tExpected an integer (greater|less) than or equal to (\d+) but received: (.*)$/,
    (flag, way, bound, value) =>
      `${flag} must be at ${way === 'greater' ? 'least' : 'most'} ${bound}, and is ${value}`,
  ],
  [
    /^Expected (--[^=\s]+)=(.*) to be one of: (.*)$/,
    (flag, value, choices) => `'${value}' is not a value of ${flag}: it takes ${choices}`,
  ],
  [/^Expected (\S+) to be one of: (.*)$/, (value, choices) => `'${value}' is not one of these: ${choices}`],
  [/^([A-Z])(?=[a-z ])/, (capital = '') => capital.toLowerCase()],
]

/** Puts oclif's sentences into the form of ours. */
function describeUsage(
  error: Errors.CLIError,
  argv: readonly string[],
  commands: readonly string[],
): Pick<Report, 'message' | 'suggestions'> {
  const plain = stripVTControlCharacters(error.message)
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s+/, '')
    .trim()
  const unknown = /^command (.*) not found\.?$/i.exec(plain)?.[1]
  if (unknown !== undefined) {
    const meant = nearest(argv[0] ?? unknown, commands)
    return {
      message: `'${unknown.replaceAll(':', ' ')}' is not a command of shipit`,
      suggestions: [
        ...(meant === undefined ? [] : [`Did you mean: shipit ${meant}`]),
        "Run 'shipit --help' to see the commands.",
      ],
    }
  }
  const message = OCLIF_SENTENCES.reduce(
    (text, [pattern, ours]) => text.replace(pattern, (...found: string[]) => ours(...found.slice(1))),
    plain,
  )
  const command = argv[0]?.startsWith('-') === false ? ` ${argv[0]}` : ''
  const [flag] = /(?<=^Nonexistent flags?: --)[^,]+/.exec(plain) ?? []
  const meant = flag === undefined ? [] : didYouMean(flag, flagsOf(error), '--')
  return { message, suggestions: [...meant, `Run 'shipit${command} --help' to see its arguments and flags.`] }
}

/** The flags that oclif knew when it could not parse one, those of a recipe among them. */
function flagsOf(error: Errors.CLIError & { parse?: { input?: { flags?: object } } }): string[] {
  return Object.keys(error.parse?.input?.flags ?? {})
}

function quoted(list: string): string {
  return list
    .split(', ')
    .map((each) => `'${each}'`)
    .join(', ')
}

/** Shows it, and sets the exit code. */
export function show(report: Report, isJson: boolean): void {
  process.exitCode = report.exitCode
  if (report.stack !== undefined) say(cleanLines(report.stack))
  if (isJson) {
    const { code, exitCode, message, suggestions, details = {} } = report
    const more = Object.keys(details).length > 0 ? { details } : {}
    const event = { event: 'error', code, exitCode, message, suggestions, ...more } as const
    printJson(renderJsonLine(event))
    return
  }
  const title = styleText('red', 'error', { stream: process.stderr })
  const isTold = annotateAll(report)
  say([
    ...(isTold ? [] : [`${title}: ${cleanLines(report.message).join('\n')}`]),
    ...hintLines(report.suggestions.map(cleanLine), process.stderr).map((line) => `  ${line}`),
  ])
}

/** GitHub shows no more errors of one step. */
const MAX_ANNOTATIONS = 10

/** Tells GitHub of an error, or of each mistake in a file. @returns whether its log shows the whole message by that */
function annotateAll({ message, details = {} }: Report): boolean {
  const { mistakes } = details
  if (!Array.isArray(mistakes)) return annotate({ message, place: placeOf(details) })
  for (const mistake of mistakes.slice(0, MAX_ANNOTATIONS))
    annotate({ message: mistake.message, place: placeOf({ ...details, ...mistake }) })
  return false
}

/** The place in a config that an error names. */
function placeOf({ file, line, column }: NonNullable<Report['details']> = {}): Place | undefined {
  if (typeof file !== 'string') return undefined
  return { file, line: numberOf(line), column: numberOf(column) }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
