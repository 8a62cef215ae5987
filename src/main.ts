// The life of one command line: runs it, and the one place where an error becomes text, JSON and an exit code.
import { readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Errors } from '@oclif/core'
import { ignoreHangup } from './cli/hangup.ts'
import { takeCredentials } from './cli/secrets/credentials.ts'
import { lastWords } from './cli/watch/last-words.ts'
import { EXIT_CODES, OutputError } from './errors.ts'
import { describe, type Report, show } from './report.ts'
import { runOclif } from './run-oclif.ts'
import { flushOutput, lostOutput, watchOutput } from './ui/output/lost-output.ts'
import { screenLines } from './ui/output/screen-lines.ts'
import { chooseStyle } from './ui/output/style.ts'

/**
 * Runs one command line and sets the exit code. Never rejects.
 * @param argv without node and the script
 * @param root the absolute folder of shipit's package.json
 */
export async function main(argv: readonly string[], root: string): Promise<void> {
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv]
  const isJson = beforeDashes(words).includes('--json')
  let isSettled = false
  takeCredentials(process.env)
  watchOutput()
  ignoreHangup()
  process.on('exit', () => {
    if (isSettled) return
    // nothing is left to wait for, yet the command has not ended: silence would pass for success
    writeSync(2, `error: shipit stopped before the command had finished\n${tail()}`)
    process.exitCode = EXIT_CODES.fault
  })
  process.on('uncaughtException', (error) => {
    isSettled = true
    show(withLastWords(describe(error, words, commandsIn(root))), isJson)
    // whatever else still runs is in an unknown state
    process.exit()
  })
  try {
    await runOclif(words, root)
  } catch (error) {
    if (error instanceof Errors.ExitError) process.exitCode = error.oclif.exit ?? 0
    else show(withLastWords(describe(error, words, commandsIn(root))), isJson)
  } finally {
    isSettled = true
    // after a signal it does not wait for a reader that has stopped
    if (process.exitCode === EXIT_CODES.cancelled && process.stdout.writableLength > 0) process.exit()
    await flushOutput()
    tellLostOutput()
  }
}

/** The names of the commands, as the build has written them down. */
function commandsIn(root: string): string[] {
  try {
    const manifest: { commands: object } = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'))
    return Object.keys(manifest.commands)
  } catch {
    return []
  }
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf('--')
  return dashes === -1 ? argv : argv.slice(0, dashes)
}

function withLastWords(report: Report): Report {
  return { ...report, suggestions: [...lastWords(), ...report.suggestions] }
}

function tail(): string {
  const style = chooseStyle(process.stderr, process.env)
  const lines = screenLines(
    lastWords().map((line) => `  ${style.next} ${line}`),
    { style },
  )
  return lines.map((line) => `${line}\n`).join('')
}

/** An answer that nobody got is not a success; a failure keeps its own exit code. */
function tellLostOutput(): void {
  const lost = lostOutput()
  if (!lost) return
  const { exitCode } = process
  show(describe(new OutputError(`cannot write to stdout: ${lost.message}`), []), false)
  const isFailure = exitCode !== undefined && exitCode !== EXIT_CODES.success
  if (isFailure && exitCode !== EXIT_CODES.cancelled) process.exitCode = exitCode
}
