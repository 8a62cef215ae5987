// Rows of cells as lines, each column as wide as its widest cell.
import { padText, textWidth } from './text-width.ts'

/** Puts cells below each other, two blanks apart; nothing stands after the last cell of a line. */
export function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map(({ length }) => length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((cells) => textWidth(cells[column] ?? ''))),
  )
  return rows.map((cells) =>
    cells
      .map((cell, column) => padText(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
