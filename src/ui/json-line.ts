// One line of JSON for programs.
import type { ShipitError } from '../errors.ts'

/** Changes when a program that reads the lines would have to. */
const SCHEMA = 1

/** What JSON.stringify leaves as it is and a terminal may act on: DEL, C1, direction marks, blanks without width, tags. */
const UNSAFE = /[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\udb40[\udc00-\udc7f]/g

/** Renders one object as a line. `##` is escaped, since CI systems find a command to them (`##[`) anywhere in a line. */
export function renderJsonLine(line: object): string {
  return JSON.stringify({ schema: SCHEMA, ...line })
    .replaceAll('##', '#\\u0023')
    .replaceAll(UNSAFE, (unsafe) => unsafe.replaceAll(/./gs, escapeUnit))
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** What programs are told of an error. */
export function errorData({ code, exitCode, message, suggestions }: ShipitError): object {
  return { code, exitCode, message, suggestions }
}
