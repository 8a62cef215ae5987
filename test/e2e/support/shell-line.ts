// An interactive shell in a pseudo-terminal, which completes shipit: what is typed, and the words that shipit would be given then.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bin } from '../../run-node.ts'
import { whyNoTerminal } from '../../ui/support/terminal.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type ShellName = (typeof SHELLS)[number]

/** Stands where a shell reads keys itself: before, the terminal would act on some of them. The quotes keep the echo apart. */
const PROMPT = 'ready> '
const PROMPT_WORD = `'rea'dy`

/** How each begins, without what the person's account has set up. */
const STARTS: Readonly<Record<ShellName, { command: string; setUp: string }>> = {
  bash: {
    command: 'exec bash --noprofile --norc -i',
    setUp: `source <(shipit completion bash); PS1=${PROMPT_WORD}'> '`,
  },
  zsh: {
    command: 'exec zsh -f -i',
    setUp: `autoload -Uz compinit; compinit -u -D; source <(shipit completion zsh); PS1=${PROMPT_WORD}'> '`,
  },
  fish: {
    command: 'exec fish --no-config -i',
    setUp: `shipit completion fish | source; function fish_prompt; echo -n ${PROMPT_WORD}'> '; end`,
  },
}

export const TAB = '\t'
/** Throws the line away. (Ctrl-C would throw away what is typed after it, too.) */
export const CTRL_U = '\x15'
const LIMIT_MS = 180_000

/** Why it can't be tried here, if it can't. */
export function whyNoShell(shell: ShellName): string | false {
  if (spawnSync(shell, ['--version']).status !== 0) return `needs ${shell}: apt-get install ${shell}`
  return whyNoTerminal
}

/** A project with a config, and a person's home, in which a shell runs. */
export class Place {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-completion-')))
  readonly project = join(this.root, 'project')
  readonly home = join(this.root, 'home')
  readonly #record = join(this.root, 'record')

  constructor(config: string) {
    for (const folder of [this.project, this.home, join(this.root, 'bin')]) mkdirSync(folder)
    writeFileSync(join(this.project, 'deploy.config.mjs'), config)
    const shipit = join(this.root, 'bin/shipit')
    writeFileSync(
      shipit,
      `#!/bin/sh\n[ "$1" = completion ] && exec '${process.execPath}' '${bin}' "$@"\n` +
        `printf '%s\\n' "$#" "$@" >>'${this.#record}'\n`,
    )
    chmodSync(shipit, 0o755)
  }

  get env(): NodeJS.ProcessEnv {
    const { PATH } = process.env
    return { PATH: `${join(this.root, 'bin')}:${PATH}`, HOME: this.home, TERM: 'xterm', LANG: 'C.UTF-8' }
  }

  git(...words: string[]): void {
    const { status, stderr } = spawnSync('git', words, { cwd: this.project, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }

  /**
   * Types lines, one after the other: keys, or what must be seen before the next keys.
   * @returns the words that shipit got, of each time that it was called, and all that the terminal showed
   */
  async type(
    shell: ShellName,
    lines: readonly (string | readonly [keys: string, seen: string, then: string])[],
  ): Promise<{ calls: string[][]; shown: string }> {
    writeFileSync(this.#record, '')
    const { command, setUp } = STARTS[shell]
    const child = spawn('script', ['-qec', `stty cols 200 rows 50; ${command}`, '/dev/null'], {
      cwd: this.project,
      env: { ...this.env, SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    })
    child.stdin.on('error', () => {})
    let shown = ''
    child.stdout.on('data', (chunk) => {
      shown += chunk
    })
    const closed = once(child, 'close')
    const until = async (mark: string, from: number) => {
      while (!shown.includes(mark, from)) {
        const next = await Promise.race([once(child.stdout, 'data'), closed.then(() => undefined)])
        if (!next) throw new Error(`the shell has ended:\n${shown}`)
      }
    }
    // each line is followed by one whose answer says that the shell has come so far
    const send = async (line: (typeof lines)[number], number: number) => {
      const from = shown.length
      const [keys, seen = '', then = ''] = typeof line === 'string' ? [line] : line
      child.stdin.write(keys)
      await until(seen, from)
      child.stdin.write(`${then}echo far''from${number}\r`)
      await until(`farfrom${number}`, from)
      await until(PROMPT, shown.indexOf(`farfrom${number}`, from))
    }
    await send(`${setUp}\r`, 0)
    for (const [index, line] of lines.entries()) await send(line, index + 1)
    child.stdin.write('exit\r')
    await closed
    return { calls: readCalls(readFileSync(this.#record, 'utf8')), shown }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** Of each call the count of its words, and the words, a line each. */
function readCalls(record: string): string[][] {
  const lines = record.split('\n')
  const calls: string[][] = []
  while (lines.length > 1) calls.push(lines.splice(0, Number(lines.shift())))
  return calls
}
