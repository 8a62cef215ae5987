// What becomes of a script for root: printed, written to a file, or run on hosts by a person who may use sudo there.
import { createHash } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Flags } from '@oclif/core'
import type { CheckedConfig } from '../../config/checked-config.ts'
import { UsageError } from '../../errors.ts'
import { type RootScript, withInstaller, withoutInstaller } from '../../install/install-script.ts'
import type { Installer } from '../../install/installer.ts'
import { renderJsonLine } from '../../safe-text/json-line.ts'
import { hintLines, printJson, say } from '../../ui/output/print-lines.ts'
import { askYes, canAsk } from '../../ui/output/prompt.ts'
import { shellWord } from '../../words/shell-word.ts'
import { whyNotWritten } from '../../words/why-not-written.ts'
import { chooseEnvironment } from '../choose-hosts.ts'
import { checkTarget, runAsRoot } from './run-as-root.ts'

/** The flags of both commands that make such a script. */
export const handOverFlags = {
  out: Flags.string({
    summary:
      'file to write; the installer is written beside it. Without it, or with -, the script goes to standard output, alone',
    helpValue: 'FILE',
    exclusive: ['to'],
  }),
  'one-file': Flags.boolean({
    summary: 'put the installer into the script, for a host that has no shipit yet',
    exclusive: ['to', 'as'],
  }),
  to: Flags.string({
    summary: 'run it on this host now, over ssh with sudo (repeatable)',
    helpValue: 'ADMIN@HOST',
    multiple: true,
    multipleNonGreedy: true,
  }),
  as: Flags.string({
    summary: 'run it now on all hosts of the environment, over ssh with sudo, as this account',
    helpValue: 'ADMIN',
    exclusive: ['to', 'out'],
  }),
  yes: Flags.boolean({ char: 'y', summary: 'with --to or --as: do not ask' }),
  json: Flags.boolean({
    summary: 'print JSON: what was written, or one object for each host where it ran',
  }),
}

/**
 * Names the hosts that a script is for, as words of a sentence.
 * @throws UsageError for the sandbox
 */
export function hostsOf(config: CheckedConfig, named: string | undefined): string {
  if (named === undefined) return 'each host'
  const environment = chooseEnvironment(config, named)
  if (environment.kind === 'hosts') return environment.hosts.map(({ name }) => name).join(', ')
  throw new UsageError(`environment '${environment.name}' is the sandbox: nothing to install`)
}

/**
 * Names where a script runs: what --to says, or with --as all hosts of the environment.
 * @throws UsageError
 */
export function targetsOf(
  config: CheckedConfig,
  named: string | undefined,
  { to, as, yes }: { to?: readonly string[] | undefined; as?: string | undefined; yes?: boolean | undefined },
): readonly string[] | undefined {
  if (as === undefined) {
    if (yes && !to) throw new UsageError('--yes needs --to or --as')
    return to
  }
  const environment = chooseEnvironment(config, named)
  if (environment.kind !== 'hosts') return undefined
  const odd = environment.hosts.find(({ port }) => port !== undefined)
  if (odd)
    throw new UsageError(`--as cannot reach '${odd.name}', which has a port of its own`, {
      suggestions: ['Name it in ~/.ssh/config, and give that name to --to.'],
    })
  return environment.hosts.map(({ name, address }) => `${as}@${address ?? name}`)
}

/** What the install script says of a key that it made: a line of its own. */
const NEW_KEY =
  /add this deploy key to the repository, read-only:\r*\n(ssh-[a-z0-9-]{1,32} [A-Za-z0-9+/=]{1,2048} [A-Za-z0-9._@-]{1,128})\r*\n/

type HandOver = {
  out?: string | undefined
  'one-file'?: boolean | undefined
  to?: readonly string[] | undefined
  /** says which of these the config does not name */
  unlisted?: string | undefined
  yes?: boolean | undefined
  json?: boolean | undefined
  /** what is said before it runs somewhere, if nobody is asked there */
  head: readonly string[]
  /** what to do once it has run */
  then?: readonly string[]
  /** where it belongs, for what is said */
  hosts: string
}

/**
 * Hands the script over in the way that was asked for.
 * @returns the exit code: the script's own where it was run, and 0 otherwise
 * @throws UsageError, ConnectionError, MissingProgramError, ProtocolError, CancelledError
 */
export async function handOver(script: RootScript, handing: HandOver): Promise<number> {
  const { out, to, hosts, json, 'one-file': inOneFile = false } = handing
  if (to) return runEverywhere(withInstaller(script), to, handing)
  const text = inOneFile ? withInstaller(script) : withoutInstaller(script)
  const beside = inOneFile ? undefined : script.installer
  const installer = beside && { name: beside.name, sha256: beside.sha256 }
  if (out === undefined || out === '-') {
    if (json) printJson(renderJsonLine({ event: 'script', hosts, script: text, installer }))
    else if ((await isPrinted(text)) && beside) say([needs(beside)])
    return 0
  }
  if (beside && basename(out) === beside.name)
    throw new UsageError(`'${out}' is what the installer is called: give the script another name`)
  writeScript(out, text)
  const file = beside && isFile(out) ? writeBeside(out, beside) : undefined
  if (json) {
    const sha256 = createHash('sha256').update(text).digest('hex')
    printJson(renderJsonLine({ event: 'script', hosts, out, sha256, installer }))
    return 0
  }
  const what =
    file === undefined
      ? `Read it, and run it as root on ${hosts}`
      : `Read both, copy them to one folder on ${hosts}, and run there as root`
  say([
    `wrote ${out}`,
    ...(file === undefined ? [] : [`wrote ${file}, which is the same for every app and host`]),
    ...(beside && file === undefined ? [needs(beside)] : []),
    ...(isFile(out) ? hintLines([`${what}: sh ${shellWord(basename(out))}`], process.stderr) : []),
  ])
  return 0
}

/** A stream that takes nothing is told where the process ends. */
function isPrinted(text: string): Promise<boolean> {
  return new Promise((resolve) => process.stdout.write(text, (error) => resolve(!error)))
}

function needs({ name }: Installer): string {
  return `note: the script needs ${name}, unless the host has it from an earlier install: --out FILE writes both, --one-file puts it into the script`
}

/** Nothing can be written beside a device or a pipe. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

function writeBeside(out: string, { name, text }: Installer): string {
  const file = join(dirname(out), name)
  writeScript(file, text)
  return file
}

function writeScript(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (cause) {
    throw new UsageError(`cannot write '${path}': ${whyNotWritten(cause)}`, { cause })
  }
}

/** Of one host it stands just above. */
function sayKeys(keys: readonly string[]): void {
  if (keys.length > 1)
    process.stderr.write(`Add these deploy keys to the repository, read-only:\n${keys.join('\n')}\n`)
}

/** Prints checksums as sha256sum(1) reads them. */
export function handOverChecksums(
  sums: readonly { name: string; sha256: string }[],
  { json }: { json: boolean },
): void {
  const files = Object.fromEntries(sums.map(({ name, sha256 }) => [name, sha256]))
  if (json) printJson(renderJsonLine({ event: 'checksums', files }))
  else process.stdout.write(sums.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join(''))
}

async function runEverywhere(
  script: string,
  targets: readonly string[],
  { yes: isAgreed = false, json = false, unlisted, head, then = [] }: HandOver,
): Promise<number> {
  targets.forEach(checkTarget)
  if (!isAgreed && !canAsk())
    throw new UsageError('nobody can be asked for confirmation: pass --yes, or use --out FILE')
  // where somebody is asked, the host shows what changes
  if (isAgreed) say([...(unlisted === undefined ? [] : [`warning: ${unlisted}`]), ...head])
  else if (unlisted !== undefined && !(await askYes(`${unlisted}. Run the script there?`)))
    throw new UsageError('nothing was changed: you did not confirm')
  const keys: string[] = []
  for (const [index, target] of targets.entries()) {
    say(`== ${target}`)
    // with --json stdout is for its lines
    const { status, said } = await runAsRoot(
      target,
      script,
      isAgreed ? [] : ['--ask'],
      json ? process.stderr : undefined,
    )
    const deployKey = status === 0 ? NEW_KEY.exec(said)?.[1] : undefined
    if (deployKey !== undefined) keys.push(deployKey)
    if (json) printJson(renderJsonLine({ event: 'script-run', target, status, deployKey }))
    if (status === 0) continue
    const rest = targets.slice(index + 1)
    if (rest.length > 0) say(`not done: ${rest.join(', ')}`)
    sayKeys(keys)
    return status
  }
  sayKeys(keys)
  say(hintLines(then, process.stderr))
  return 0
}
