// How wide text is on a terminal.

/** Ideographs, kana, hangul and full-width forms take two cells, as do pictures (UAX #11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1faff}\u{20000}-\u{3fffd}]/gu
const MARKS = /\p{Mn}|\p{Me}|\u200d/gu
const COLOURS = /\x1b\[[0-9;]*m/g
const ASCII = /^[\x20-\x7e]*$/

/** Counts the cells that a line takes; colours take none. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length
  const shown = text.replaceAll(COLOURS, '').replaceAll(MARKS, '')
  return [...shown].length + (shown.match(WIDE)?.length ?? 0)
}

/** Pads to a width with blanks. */
export function padText(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)))
}
