// Rows as lines: in columns, and those in which nothing happens folded into one.
import type { Style } from '../../output/style.ts'
import { padText, textWidth } from '../../output/text-width.ts'
import type { Row } from './step-rows.ts'
import { foldedWords, NOT_ASKED } from './undone-words.ts'

/** A row as it is painted. */
export type Line = { state: Row['state']; text: string; settled: boolean }

type Layout = {
  style: Style
  flags?: ReadonlyMap<string, string> | undefined
  /** of the terminal */
  columns?: number | undefined
}

/** The sign before a row, and the column at the end that stays free. */
const BESIDE = 3
const GAP = 2

/** Puts rows into columns. */
export function layOutRows(rows: readonly Row[], { style, flags, columns }: Layout): Line[] {
  const shown = rows.filter((row) => !isFolded(row))
  const widest = (cell: (row: Row) => string) => Math.max(0, ...shown.map((row) => textWidth(cell(row))))
  const names = widest(({ name }) => name)
  const times = widest(({ time = '' }) => time)
  const whole = names + widest(({ count = '' }) => count) + times + BESIDE + 2 * GAP
  // times are wanted more than the word
  const countOf = ({ count = '' }: Row) =>
    columns === undefined || whole <= columns ? count : count.replace(' hosts', '')
  const counts = widest(countOf)
  const lines = shown.map((row) => {
    const { state, name, time = '', note = '', settled } = row
    const cells = [
      padText(name, names),
      ...(counts > 0 ? [padText(countOf(row), counts)] : []),
      ...(times > 0
        ? [`${' '.repeat(times - textWidth(time))}${state === 'done' ? style.paint('dim', time) : time}`]
        : []),
      note,
    ]
    return { state, text: cells.join(' '.repeat(GAP)).trimEnd(), settled }
  })
  const folded = foldRows(rows.filter(isFolded), { style, flags })
  const isTotal = ({ state }: Line) => state === 'total'
  return [...lines.filter((line) => !isTotal(line)), ...folded, ...lines.filter(isTotal)]
}

/** Nothing happens, or happened, in it. */
function isFolded({ state, settled }: Row): boolean {
  return state === 'skipped' && settled
}

function foldRows(rows: readonly Row[], { style, flags }: Layout): Line[] {
  const groups = Map.groupBy(rows, ({ note = '' }) => note)
  return [...groups].map(([note, group]) => {
    const asked = [...new Set(group.map(({ name }) => flags?.get(name) ?? name))]
    const text =
      note === NOT_ASKED
        ? `${group.length} skipped (${asked.join(', ')})`
        : `${group.length} ${foldedWords(note)}`
    return { state: 'skipped', text: style.paint('dim', text), settled: true }
  })
}
