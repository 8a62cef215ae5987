// Runs a command of the lab's client in a real terminal, and answers its questions.
import { once } from 'node:events'
import type { Lab } from './lab.ts'

/** A question as it ends on the screen, and what to type. */
export type Answered = readonly [question: string, answer: string]

/** What to run, as `sh -c` takes it. */
export type InTerminal = { command: string; cwd: string; env?: Record<string, string | undefined> }

/** Runs it to its end. @returns its exit status, and all that the terminal showed */
export async function answerInTerminal(
  lab: Lab,
  { command, cwd, env = {} }: InTerminal,
  answers: readonly Answered[],
): Promise<{ status: number | null; shown: string }> {
  const waiting = [...answers]
  const run = lab.spawnCtl(['script', '-qefc', command, '/dev/null'], {
    cwd,
    env: { SHELL: '/bin/sh', TERM: 'xterm', CI: undefined, NO_COLOR: '1', LANG: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  let shown = ''
  // each question once
  let from = 0
  run.stdout?.on('data', (bytes: Buffer) => {
    shown += bytes.toString()
    const [next] = waiting
    if (!next || !shown.slice(from).includes(next[0])) return
    from = shown.length
    waiting.shift()
    run.stdin?.write(next[1])
  })
  const [status] = await once(run, 'close')
  // the last lines may come when the terminal adds returns of its own again
  return { status, shown: shown.replaceAll(/\r+\n/g, '\n').replaceAll(/\x1b\[[0-9;]*[A-Za-z]/g, '') }
}
