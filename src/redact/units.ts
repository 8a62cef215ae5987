// Sets of UTF-16 code units, which is what a pattern matches one of at a time.

export const UNITS = 0x10000

/** A byte for each unit: 1 for those that are in it. */
export type Units = Uint8Array

const known = new Map<string, Units>()

/** The set of one unit. */
export function unitAlone(unit: number): Units {
  return remember(`=${unit}`, (each) => each === unit)
}

/** The units that a piece of a regular expression stands for. @param source of one character, class or escape */
export function unitsOf(source: string, flags: string): Units {
  const expression = new RegExp(`^(?:${source})$`, flags)
  return remember(`${flags}/${source}`, (unit) => expression.test(String.fromCharCode(unit)))
}

/** The units of `\w`. */
export function wordUnits(): Units {
  return unitsOf('\\w', '')
}

function remember(key: string, has: (unit: number) => boolean): Units {
  let units = known.get(key)
  if (!units) {
    units = new Uint8Array(UNITS)
    for (let unit = 0; unit < UNITS; unit += 1) if (has(unit)) units[unit] = 1
    known.set(key, units)
  }
  return units
}
