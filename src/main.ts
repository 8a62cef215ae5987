// Runs oclif, and shows what went wrong: the one place where an error becomes text, JSON and an exit code.
import { writeSync } from 'node:fs'
import { stripVTControlCharacters, styleText } from 'node:util'
import { Errors, run, settings } from '@oclif/core'
import { ShipitError } from './errors.ts'
import { cleanLine, cleanLines } from './safe-text/clean-text.ts'
import { renderJsonLine } from './safe-text/json-line.ts'
import { printJson, say } from './ui/output/print-lines.ts'

const USAGE = 2
const FAULT = 70
const CANCELLED = 130
const REPORT_AT = 'https://github.com/deploybot/shipit/issues'

/** An error as it is shown. */
type Report = {
  code: string
  exitCode: number
  message: string
  suggestions: readonly string[]
  details?: Readonly<Record<string, unknown>>
  /** only of a fault, for whoever mends it */
  stack?: string
}

/**
 * Runs one command line and sets the exit code. Never rejects.
 * @param argv without node and the script
 * @param root the absolute folder of shipit's package.json
 */
export async function main(argv: readonly string[], root: string): Promise<void> {
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv]
  const isJson = beforeDashes(words).includes('--json')
  let isSettled = false
  process.on('exit', () => {
    if (isSettled) return
    // nothing is left to wait for, yet the command has not ended: silence would pass for success
    writeSync(2, 'error: shipit stopped before the command had ended\n')
    process.exitCode = FAULT
  })
  process.on('uncaughtException', (error) => {
    isSettled = true
    show(describe(error, words), isJson)
    // whatever else still runs is in an unknown state
    process.exit()
  })
  // sources are never loaded in place of the bundle, whatever NODE_ENV says
  settings.enableAutoTranspile = false
  try {
    await run(words, root)
  } catch (error) {
    if (error instanceof Errors.ExitError) process.exitCode = error.oclif.exit ?? 0
    else show(describe(error, words), isJson)
  } finally {
    isSettled = true
    // who was told to leave does not wait for a reader that has stopped
    if (process.exitCode === CANCELLED && process.stdout.writableLength > 0) process.exit()
  }
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf('--')
  return dashes === -1 ? argv : argv.slice(0, dashes)
}

function describe(error: unknown, argv: readonly string[]): Report {
  if (error instanceof ShipitError) {
    const { code, exitCode, message, suggestions, details } = error
    return { code, exitCode, message, suggestions, details }
  }
  if (error instanceof Errors.CLIError && error.oclif.exit === USAGE) {
    return { code: 'SHIPIT_USAGE', exitCode: USAGE, ...describeUsage(error.message, argv) }
  }
  return {
    code: 'SHIPIT_FAULT',
    exitCode: FAULT,
    message: error instanceof Error ? error.message || error.name : String(error),
    suggestions: [`This is a fault of shipit: please report it at ${REPORT_AT}, with the lines above.`],
    ...(error instanceof Error && error.stack ? { stack: error.stack } : {}),
  }
}

/** Puts oclif's sentences into the form of ours. */
function describeUsage(text: string, argv: readonly string[]): Pick<Report, 'message' | 'suggestions'> {
  const plain = stripVTControlCharacters(text)
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\s+/, '')
    .trim()
  const unknown = /^command (.*) not found\.?$/i.exec(plain)?.[1]
  if (unknown !== undefined) {
    return {
      message: `there is no command '${unknown.replaceAll(':', ' ')}'`,
      suggestions: ["Run 'shipit --help' to see the commands."],
    }
  }
  const message = plain
    .replace(/^Nonexistent flags?: (.*)$/, (_, flags: string) => `there is no flag ${quoted(flags)}`)
    .replace(/^Unexpected arguments?: (.*)$/, (_, words: string) => `unexpected argument ${quoted(words)}`)
    .replace(/^[A-Z](?=[a-z ])/, (capital) => capital.toLowerCase())
  const command = argv[0]?.startsWith('-') === false ? ` ${argv[0]}` : ''
  return { message, suggestions: [`Run 'shipit${command} --help' to see what it takes.`] }
}

function quoted(list: string): string {
  return list
    .split(', ')
    .map((each) => `'${each}'`)
    .join(', ')
}

function show(report: Report, isJson: boolean): void {
  process.exitCode = report.exitCode
  if (report.stack !== undefined) say(cleanLines(report.stack))
  if (isJson) {
    const { code, exitCode, message, suggestions, details = {} } = report
    const more = Object.keys(details).length > 0 ? { details } : {}
    const event = { event: 'error', code, exitCode, message, suggestions, ...more }
    printJson(renderJsonLine(event))
    return
  }
  const title = styleText('red', 'error', { stream: process.stderr })
  say([
    `${title}: ${cleanLines(report.message).join('\n')}`,
    ...report.suggestions.map((each) => `  → ${cleanLine(each)}`),
  ])
}
