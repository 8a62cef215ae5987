// listr2's renderer, made fit for streams: it paints ten times a second at most, whatever happens, and never more rows
// than the terminal has (docs of listr2: its own paints at every event, and clips a tall frame at the wrong end).
import { EOL } from 'node:os'
import { DefaultRenderer } from 'listr2'
import type { Style } from '../output/style.ts'
import type { Line } from './rows/row-layout.ts'

const PAINT_EVERY_MS = 100
/** Of a thousand hosts a painting takes milliseconds: it is to cost a twentieth of the time at most. */
const REST = 20

/** Where the renderer takes its rows from. */
export type Board = {
  style: Style
  /** what stands above the rows */
  head: () => readonly string[]
  /** makes the rows anew; called before each painting */
  look: () => readonly Line[]
  height: () => number
}

/** Makes a renderer class for one board. */
export function makeStepRenderer(board: Board): typeof DefaultRenderer {
  return class StepRenderer extends DefaultRenderer {
    #timer: NodeJS.Timeout | undefined
    #paintedAt = 0
    #restMs = PAINT_EVERY_MS
    #ended = false

    override update(): void {
      if (this.#timer || this.#ended) return
      const waitMs = Math.max(0, this.#paintedAt + this.#restMs - performance.now())
      this.#timer = setTimeout(() => {
        this.#timer = undefined
        const beganMs = performance.now()
        super.update()
        this.#paintedAt = performance.now()
        this.#restMs = Math.max(PAINT_EVERY_MS, REST * (this.#paintedAt - beganMs))
      }, waitMs)
    }

    override end(): void {
      clearTimeout(this.#timer)
      this.#timer = undefined
      this.#ended = true
      super.end()
    }

    /** The rows are all there is: tasks of listr2 can be neither folded nor put into columns. */
    override create(): string {
      const head = board.head()
      const room = board.height() - 1
      const isLow = 2 * head.length > room
      const height = isLow ? room : room - head.length
      const all = board.look()
      const rows = all.length > height ? all.filter(({ state }) => state !== 'total') : all
      const lines = rows.flatMap(
        ({ state, text }) => this.format(text, drawSign(state, board.style), 0)[0] ?? '',
      )
      if (this.#ended) return [...head, ...lines].join(EOL)
      const fit = fitRows(lines, { rows, height, dot: board.style.dot })
      return [...(isLow ? [] : head), ...fit].join(EOL)
    }

    protected override format(message: string, icon: string, level: number): string[] {
      // listr2 cuts with a sign of its own, which not every locale has
      return super.format(message, icon, level).map((line) => line.replaceAll('…', board.style.more))
    }
  }
}

function drawSign(state: Line['state'], style: Style): string {
  switch (state) {
    case 'running': {
      const frame = Math.floor(performance.now() / PAINT_EVERY_MS) % style.frames.length
      return style.paint('yellow', style.frames[frame] ?? '')
    }
    case 'done':
      return style.paint('green', style.done)
    case 'failed':
      return style.paint('red', style.failed)
    case 'total':
      return ' '
    default:
      return style.paint('dim', state === 'skipped' ? style.skipped : style.waiting)
  }
}

/**
 * Picks the lines that a low terminal has room for: what runs, what failed, and what is nearest to that.
 * @param lines one for each row
 */
export function fitRows(
  lines: readonly string[],
  { rows, height, dot }: { rows: readonly Line[]; height: number; dot: string },
): readonly string[] {
  if (lines.length <= height) return lines
  const active = Math.max(
    0,
    rows.findIndex(({ settled }) => !settled),
  )
  const weight = (index: number) => {
    const state = rows[index]?.state
    if (state === 'running') return 0
    return state === 'failed' ? 1 : 2
  }
  const picked = lines
    .map((_, index) => index)
    .toSorted((a, b) => weight(a) - weight(b) || Math.abs(a - active) - Math.abs(b - active))
    .slice(0, Math.max(1, height - 1))
  const settled = rows.filter((row) => row.settled).length
  const rest = `${settled} of ${rows.length} rows are done ${dot} ${lines.length - picked.length} not shown`
  return [...picked.toSorted((a, b) => a - b).map((index) => lines[index] ?? ''), `  ${rest}`]
}
