// Sets of UTF-16 code units, which is what a pattern matches one of at a time.

/** Ranges, ascending, both ends included. */
export type Units = readonly (readonly [first: number, last: number])[]

export const LAST_UNIT = 0xffff
/** `\w`, and what a newline alone is. */
export const WORD: Units = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
export const NEWLINE_UNITS: Units = [[0x0a, 0x0a]]

/** The first unit that may be the second half of a pair. */
const LOW = 0xdc00

/** All units in a row, in two texts: in one, two in the middle would be a pair. */
const rows = new Map<number, string>()

const known = new Map<string, Units>()

/** The units that a piece of a regular expression stands for. @param source of one character, class or escape */
export function unitsOf(source: string, flags: string): Units {
  const key = `${flags}/${source}`
  let units = known.get(key)
  if (!units) {
    const expression = new RegExp(`(?:${source})+`, `g${flags}`)
    units = [rangesIn(0, LOW, expression), rangesIn(LOW, LAST_UNIT + 1, expression)].flat()
    known.set(key, units)
  }
  return units
}

function rangesIn(from: number, end: number, expression: RegExp): Units {
  let row = rows.get(from)
  if (row === undefined) {
    row = Buffer.from(Uint16Array.from({ length: end - from }, (_, at) => from + at).buffer).toString(
      'utf16le',
    )
    rows.set(from, row)
  }
  return [...row.matchAll(expression)].map(({ 0: { length }, index }) => [
    from + index,
    from + index + length - 1,
  ])
}

/** Says whether a set has a unit. */
export function hasUnit(units: Units, unit: number): boolean {
  let low = 0
  let high = units.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const [first, last] = units[middle] as readonly [number, number]
    if (unit < first) high = middle - 1
    else if (unit > last) low = middle + 1
    else return true
  }
  return false
}
