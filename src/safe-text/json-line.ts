// One line of JSON for programs.
import type { ShipitError } from '../errors.ts'
import type { JSON_VERSION, JsonLine } from '../json/lines.ts'
import type { Notification } from '../json/notification.ts'
import { Block, linesOf, wrapLines } from './block.ts'
import { HIDDEN } from './plain-text.ts'
import { hasSecrets, hideInText } from './secrets.ts'

/** Of the lines' schema; imported, it would bring the library that describes them. */
const SCHEMA: typeof JSON_VERSION = 1

/** What JSON.stringify leaves as it is and a terminal may act on: DEL, C1, what is hidden, tags. */
const UNSAFE = new RegExp(`[\\x7f-\\x9f${HIDDEN}]|\\udb40[\\udc00-\\udc7f]`, 'g')

/** Renders one object as a line. `##` is escaped, since CI systems find a command to them (`##[`) anywhere in a line. */
export function renderJsonLine(line: JsonLine): string {
  return render({ schema: SCHEMA, ...line }, hasSecrets() ? hideValue : undefined)
}

/** Renders what webhooks and programs are told. */
export function renderNotification(notification: Notification): string {
  return render(notification, hasSecrets() ? hideValue : undefined)
}

function render(line: object, replacer?: (key: string, value: unknown) => unknown): string {
  return JSON.stringify(line, replacer)
    .replaceAll('##', '#\\u0023')
    .replaceAll(UNSAFE, (unsafe) => unsafe.replaceAll(/./gs, escapeUnit))
}

/** What says which line it is, and what is to be run as it is. */
const SHOWN_KEYS: ReadonlySet<string> = new Set(['event', 'script'])

function hideValue(key: string, value: unknown): unknown {
  return typeof value === 'string' && !SHOWN_KEYS.has(key) ? hideInText(value) : value
}

/** What a text may not hold to stand in JSON as it is, or that renderJsonLine escapes. */
const NEEDS_ESCAPING = new RegExp(`["\\\\#\\x00-\\x1f\\x7f-\\x9f${HIDDEN}\\ud800-\\udfff]`)

/** Of plain ASCII, what NEEDS_ESCAPING has. */
const ASCII_TO_ESCAPE = ['"', '\\', '#', '\t'].map((each) => each.charCodeAt(0))

/** Renders the lines of a step's output: each as renderJsonLine makes it, and much sooner. */
export function renderOutputLines(
  of: { host: string; step: string | undefined },
  blocks: readonly Block[],
): Buffer | string {
  const empty = renderJsonLine({ event: 'output', ...of, text: '' })
  return wrapLines(blocks.map(escapeBlock), { before: empty.slice(0, -2), after: empty.slice(-2) })
}

function escapeBlock(block: Block): Block {
  const { bytes } = block
  // looked for natively, that takes a tenth of the time
  if (bytes && !ASCII_TO_ESCAPE.some((code) => bytes.includes(code))) return block
  return new Block(`${linesOf([block]).map(escapeText).join('\n')}\n`)
}

function escapeText(text: string): string {
  if (!NEEDS_ESCAPING.test(text)) return text
  // what is secret has been hidden in it
  return render({ text }).slice(render({ text: '' }).length - 2, -2)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

type ErrorData = Pick<ShipitError, 'code' | 'exitCode' | 'message' | 'suggestions'>

/** What programs are told of an error. */
export function errorData({ code, exitCode, message, suggestions }: ShipitError): ErrorData {
  return { code, exitCode, message, suggestions }
}
