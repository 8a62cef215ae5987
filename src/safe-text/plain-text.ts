// Which characters are plain text: seen as they are, and moving nothing but the cursor by their width.

/**
 * Characters that are not seen, or turn the direction of what follows, as the inside of a class: they make a line look like another
 * one. Soft hyphen, direction marks, blanks without width, separators of lines, invisible operators, annotations. Joiners
 * (U+200C, U+200D) are not among them: emoji and some scripts are made with them.
 */
export const HIDDEN =
  '\\xad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb'

/** One line of text that is what it seems to be: no control character but tabs, nothing that is hidden. */
export const SEEN_LINE = new RegExp(
  `^(?!.*\\udb40[\\udc00-\\udc7f])[^\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f${HIDDEN}]*$`,
)

/** Control characters but tab and newline, what is hidden, and the first half of a pair: of that, one kind may be hidden. */
const NOT_PLAIN = new RegExp(`[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f${HIDDEN}\\ud800-\\udbff]`)

/** The highest bit of each of the four bytes of a word. */
const HIGHEST = 0x80808080 | 0

/**
 * Counts the newlines of bytes that are plain ASCII otherwise; says -1 of others. All output comes through here: sixteen bytes at
 * a time, since one by one takes several times as long.
 */
export function countPlainLines(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const end = bytes.length & ~15
  let lines = 0
  for (let at = 0; at < end; at += 16) {
    const a = view.getInt32(at, true)
    const b = view.getInt32(at + 4, true)
    const c = view.getInt32(at + 8, true)
    const d = view.getInt32(at + 12, true)
    // which bytes have their highest bit: in `high` those from 0x7f on, in `low` those from 0x20 on
    const high = (a + 0x01010101) | (b + 0x01010101) | (c + 0x01010101) | (d + 0x01010101) | a | b | c | d
    const low = (a + 0x60606060) & (b + 0x60606060) & (c + 0x60606060) & (d + 0x60606060)
    if (((high | ~low) & HIGHEST) === 0) continue
    for (let word = at; word < at + 16; word += 4) {
      const count = countInWord(view.getInt32(word, true))
      if (count < 0) return -1
      lines += count
    }
  }
  for (let at = end; at < bytes.length; at += 1) {
    const byte = bytes[at] as number
    if (byte === 0x0a) lines += 1
    else if (!isPlainByte(byte)) return -1
  }
  return lines
}

function countInWord(word: number): number {
  const high = (word + 0x01010101) | word
  const low = ~(word + 0x60606060)
  if (((high | low) & HIGHEST) === 0) return 0
  if (high & HIGHEST) return -1
  const newlines = findNewlines(word)
  // the two differ in these bits
  const tabs = findNewlines(word ^ 0x03030303)
  if ((newlines | tabs) !== (low & HIGHEST)) return -1
  return ((newlines >>> 7) * 0x01010101) >>> 24
}

function isPlainByte(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09
}

/** Of four ASCII bytes in a word: the highest bit of those that are a newline. */
export function findNewlines(word: number): number {
  return ~((word ^ 0x0a0a0a0a) + 0x7f7f7f7f) & HIGHEST
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

/** Says whether a code unit is one of `HIDDEN`. */
function isHidden(code: number): boolean {
  if (code < 0x061c) return code === 0xad
  return (
    code === 0x061c ||
    code === 0x180e ||
    code === 0x200b ||
    code === 0x200e ||
    code === 0x200f ||
    (code >= 0x2028 && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x206f) ||
    code === 0xfeff ||
    (code >= 0xfff9 && code <= 0xfffb)
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
export function hasLongLine(text: string | Buffer, limit: number): boolean {
  for (let from = 0; text.length - from > limit; ) {
    const newline = text.lastIndexOf('\n', from + limit)
    if (newline < from) return true
    from = newline + 1
  }
  return false
}
