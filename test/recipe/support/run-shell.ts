// Runs sh texts under the shells that a host may have as /bin/sh, made of the same parts as what root installs.
import { type SpawnSyncOptions, spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { Target } from '../../../src/install/bundle.ts'
import { REMOTE_NAMES, type RemoteFiles } from '../../../src/install/remote-parts.ts'
import { SHELLS } from '../../remote/support/rendered-host.ts'

const remoteFolder = join(import.meta.dirname, '../../../remote')

/** The files of remote/. */
export const remote: RemoteFiles = Object.fromEntries(
  REMOTE_NAMES.map((name) => [name, readFileSync(join(remoteFolder, `${name}.sh`), 'utf8')]),
)

/** A temporary folder that is gone when it is disposed of. */
export class Folder implements Disposable {
  readonly path = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-unit-')))

  /** Writes a file and returns its path; its folders are made, not writable by others. */
  write(name: string, text: string | Buffer, mode = 0o644): string {
    const path = join(this.path, name)
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    writeFileSync(path, text, { mode })
    return path
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** What is rendered into a folder that stands for a host's root. */
export function targetIn(prefix: string, searchPath = process.env.PATH ?? ''): Target {
  return { prefix, owner: userInfo().username, sudo: '', searchPath }
}

export type ShellRun = { status: number | null; stdout: Buffer; stderr: string }

/**
 * Runs one of the shells with these words and waits for its end. Nothing of this process's environment is passed on but PATH.
 * @param input a file for its stdin
 */
export function runShell(
  shell: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '/dev/null',
): Promise<ShellRun> {
  const [program = '', ...first] = SHELLS[shell] ?? []
  return run(program, [...first, ...words], env, input)
}

function run(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '/dev/null',
): Promise<ShellRun> {
  const stdin = openSync(input, 'r')
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      env: { PATH: process.env.PATH, ...env },
      stdio: [stdin, 'pipe', 'pipe'],
      cwd: '/',
    })
    closeSync(stdin)
    const out: Buffer[] = []
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, stdout: Buffer.concat(out), stderr }))
  })
}

/** Says why a program can't be used here; nothing if it can. With CI=true it is never left out. */
export function whyNot(program: string, words: readonly string[] = ['--version']): string | false {
  const options: SpawnSyncOptions = { stdio: 'ignore' }
  const missing = spawnSync(program, words, options).error !== undefined
  return missing && process.env.CI !== 'true' ? `${program} is not installed` : false
}

/** What shellcheck finds in sh texts, by name; not every program that shares a part uses all of its names (SC2034, SC2317). */
export async function shellcheck(
  texts: Readonly<Record<string, string>>,
  exclude = 'SC2034,SC2317',
): Promise<string> {
  using folder = new Folder()
  const found = Object.entries(texts).map(([name, text]) => {
    const path = folder.write(name, text)
    return run('shellcheck', ['--norc', '--shell=sh', '--format=gcc', `--exclude=${exclude}`, path])
  })
  return (await Promise.all(found)).map(({ stdout, stderr }) => stdout + stderr).join('')
}
