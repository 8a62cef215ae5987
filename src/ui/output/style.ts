// Colours and signs, as far as the stream and the locale have them.
import { styleText } from 'node:util'
import { isCi } from '../../words/ci-system.ts'

export type Colour = 'red' | 'green' | 'yellow' | 'dim' | 'bold'

/** How to draw on one stream. */
export type Style = {
  /** whether the stream shows colours */
  colour: boolean
  paint: (colour: Colour, text: string) => string
  done: string
  failed: string
  waiting: string
  running: string
  /** of what went back */
  back: string
  skipped: string
  next: string
  dot: string
  /** what turns while something runs */
  frames: readonly string[]
  /** in place of what does not fit */
  more: string
}

type Signs = Omit<Style, 'colour' | 'paint'>

const UNICODE: Signs = {
  done: '✔',
  failed: '✖',
  waiting: '◼',
  running: '▶',
  back: '↶',
  skipped: '↓',
  next: '→',
  dot: '·',
  frames: [...'⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏'],
  more: '…',
}

const ASCII: Signs = {
  done: '+',
  failed: 'x',
  waiting: '.',
  running: '>',
  back: '<',
  skipped: '-',
  next: '>',
  dot: '-',
  frames: [...'|/-\\'],
  more: '~',
}

/** Says how to draw: colours as node:util judges the stream (NO_COLOR, FORCE_COLOR), signs as the locale's letters are. */
export function chooseStyle(stream: NodeJS.WritableStream, env: NodeJS.ProcessEnv): Style {
  const colour = styleText('red', '.', { stream }) !== '.'
  return {
    colour,
    paint: (name, text) => (colour && text !== '' ? styleText(name, text, { validateStream: false }) : text),
    ...(speaksUtf8(env) ? UNICODE : ASCII),
  }
}

/** In the order of setlocale(3): the first that is set counts. */
function speaksUtf8(env: NodeJS.ProcessEnv): boolean {
  return /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || '')
}

/**
 * Says whether a stream may be painted over and over. CI systems with a terminal keep every repaint in their log, and on a terminal that
 * says it has no columns (a serial line, some containers) nobody knows where a line ends.
 */
export function isLively(
  { isTTY, columns }: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv,
): boolean {
  return isTTY === true && columns !== 0 && !isCi(env) && env.TERM !== 'dumb'
}
