// A terminal for the tests: runs a program in a pseudo-terminal (script, of util-linux) and says what its screen shows.
import { spawn, spawnSync } from 'node:child_process'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** Why there is no pseudo-terminal here, if there is none. */
export const whyNoTerminal: string | false =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') !== true &&
  "needs 'script' of util-linux"

type Size = { columns: number; rows: number }

/** What a program left on the screen, and all that it sent there. */
export type Shown = { screen: string[]; cursorShown: boolean; raw: string }

/** Plays a scenario of play-deploy.ts, or of another program, in a terminal. */
export async function playInTerminal(
  scenario: string,
  {
    env = {},
    size = { columns: 100, rows: 30 },
    program: file = 'play-deploy.ts',
  }: { env?: NodeJS.ProcessEnv; size?: Size; program?: string } = {},
): Promise<Shown> {
  const program = fileURLToPath(new URL(file, import.meta.url))
  const command = `stty cols ${size.columns} rows ${size.rows}; exec "$PLAY_NODE" "$PLAY_PROGRAM" ${scenario}`
  const { PATH, HOME } = process.env
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: {
      PATH,
      HOME,
      SHELL: '/bin/sh',
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      PLAY_NODE: process.execPath,
      PLAY_PROGRAM: program,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const raw = (await buffer(child.stdout)).toString()
  return { ...readScreen(raw, size), raw }
}

/** A control sequence, a control character or text. */
const PIECES = /\x1b\[([?0-9;]*)([@-~])|([\r\n\x08\t])|([^\x1b\r\n\x08\t]+)|./gs

/** What moves nothing on the screen: a bell, and progress in the tab. */
const UNSEEN = /\x07|\x1b\]9;4;\d;\d+\x1b\\/g

/** Draws what was sent: only what the faces and log-update use; all else is a fault. */
export function readScreen(raw: string, { columns, rows }: Size): { screen: string[]; cursorShown: boolean } {
  const lines: string[][] = [[]]
  let row = 0
  let column = 0
  let cursorShown = true
  const top = () => Math.max(0, lines.length - rows)
  const goTo = (target: number) => {
    row = target
    while (lines.length <= row) lines.push([])
  }
  for (const [piece, parameters = '', final, control, text] of raw.replaceAll(UNSEEN, '').matchAll(PIECES)) {
    const count = Math.max(1, Number(parameters.replace('?', '')) || 0)
    if (text !== undefined) {
      for (const character of text) {
        if (column === columns) {
          goTo(row + 1)
          column = 0
        }
        const line = lines[row] as string[]
        while (line.length < column) line.push(' ')
        line[column] = character
        column += 1
      }
    } else if (control === '\n') goTo(row + 1)
    else if (control === '\r') column = 0
    else if (final === 'A') row = Math.max(top(), row - count)
    else if (final === 'B') goTo(Math.min(top() + rows - 1, row + count))
    else if (final === 'G') column = count - 1
    else if (final === 'K' && parameters === '2') lines[row] = []
    else if (final === 'K')
      (lines[row] as string[]).length = Math.min(column, (lines[row] as string[]).length)
    else if (final === 'J' && Number(parameters) === 0) {
      lines.length = row + 1
      ;(lines[row] as string[]).length = Math.min(column, (lines[row] as string[]).length)
    } else if (final === 'm' || parameters === '?2026') continue
    else if (parameters === '?25') cursorShown = final === 'h'
    else throw new Error(`the terminal was sent ${JSON.stringify(piece)}`)
  }
  return { screen: lines.map((line) => line.join('').trimEnd()), cursorShown }
}
