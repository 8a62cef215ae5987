// Which characters are plain text: seen as they are, and moving nothing but the cursor by their width.
import { isAscii } from 'node:buffer'

/** All but what `endOfPlainText` passes, newlines and the first half of a pair. */
const NOT_PLAIN =
  /[^\t\n\x20-\x7e\xa0-\u061b\u061d-\u200a\u200c-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\uffff]/

/** Of ASCII, what is not plain, less the newline. */
const CONTROLS = [...Array(0x20).keys(), 0x7f].filter((code) => code !== 0x09 && code !== 0x0a)

/** Reads bytes if they are plain ASCII but for their newlines: looked for natively, that takes a tenth of the time. */
export function readPlainAscii(bytes: Uint8Array): string | undefined {
  if (!isAscii(bytes) || CONTROLS.some((code) => bytes.includes(code))) return undefined
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** Says whether a text is plain but for its newlines; not of all that are, but of most. */
export function isAllPlain(text: string): boolean {
  return !NOT_PLAIN.test(text)
}

/** Where the run of characters that need no thought ends. */
export function endOfPlainText(text: string, from: number): number {
  let at = from
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code >= 0x20 && code < 0x7f) at += 1
    else if (isHighSurrogate(code)) {
      // U+E0000 to U+E007F: tags, which are not seen
      if (code === 0xdb40 && text.charCodeAt(at + 1) < 0xdc80) break
      at += 2
    } else if (code === 0x09 || (code >= 0xa0 && !isHidden(code))) at += 1
    else break
  }
  return at
}

/** Says whether a code unit is the first of two. */
export function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

/** Direction marks, separators and blanks without width: they make a line look like another one. */
function isHidden(code: number): boolean {
  if (code < 0x061c) return false
  return (
    code === 0x061c ||
    code === 0x200b ||
    code === 0x200e ||
    code === 0x200f ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069) ||
    code === 0xfeff
  )
}

/** Says how far text goes in so many bytes of UTF-8, and how many of them it takes. */
export function measure(text: string, from: number, roomBytes: number): { end: number; bytes: number } {
  let bytes = 0
  let end = from
  while (end < text.length) {
    const code = text.charCodeAt(end)
    const pair = isHighSurrogate(code)
    const size = code < 0x80 ? 1 : code < 0x800 ? 2 : pair ? 4 : 3
    if (bytes + size > roomBytes) break
    bytes += size
    end += pair ? 2 : 1
  }
  return { end, bytes }
}

/** Says whether a line of a text may be longer than so many code units, by a look at a newline every so often. */
export function hasLongLine(text: string, limit: number): boolean {
  for (let from = 0; text.length - from > limit; ) {
    const newline = text.lastIndexOf('\n', from + limit)
    if (newline < from) return true
    from = newline + 1
  }
  return false
}
