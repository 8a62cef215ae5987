// What a hostile host sends: every sequence that a terminal acts on, bytes that are no text, and very much text.

/** Every control character but those that text is made of, with C1 in both of its spellings. */
const CONTROLS = [
  ...Array.from({ length: 32 }, (_, code) => code).filter((code) => code !== 0x0a && code !== 0x1e),
  ...Array.from({ length: 33 }, (_, code) => 0x7f + code),
].map((code) => String.fromCharCode(code))

export const SEQUENCES = [
  ...CONTROLS,
  ...[
    '\x1b[2J',
    '\x1b[1;1H',
    '\x1b[10A',
    '\x1b[5B',
    '\x1b[9C',
    '\x1b[9D',
    '\x1b[2K',
    '\x1b[1G',
    '\x1b[s',
    '\x1b[u',
  ],
  ...[
    '\x1b[?25l',
    '\x1b[?1049h',
    '\x1b[?2004h',
    '\x1b[?1000h',
    '\x1b[?1006h',
    '\x1b[6n',
    '\x1b[c',
    '\x1b[>c',
  ],
  ...['\x1b[8m', '\x1b[5m', '\x1b[6m', '\x1b[20t', '\x1b[21t', '\x1b[3J', '\x1b[4i', '\x1b[!p', '\x1b[1;10r'],
  ...[
    '\x1bc',
    '\x1b7',
    '\x1b8',
    '\x1bD',
    '\x1bM',
    '\x1bE',
    '\x1b(0',
    '\x1b)0',
    '\x1b#8',
    '\x1b%@',
    '\x1b=',
    '\x1bZ',
  ],
  ...['\x1b]0;TITLE\x07', '\x1b]2;TITLE\x1b\\', '\x1b]8;;http://TITLE\x1b\\', '\x1b]52;c;VElUTEU=\x07'],
  ...[
    '\x1b]4;1;rgb:ff/ff/ff\x1b\\',
    '\x1b]1337;File=TITLE\x07',
    '\x1b]777;notify;TITLE\x07',
    '\x1b]9;TITLE\x07',
  ],
  ...[
    '\x1bP+q544e\x1b\\',
    '\x1bP1$rTITLE\x1b\\',
    '\x1bPq#0TITLE\x1b\\',
    '\x1b_GTITLE\x1b\\',
    '\x1b^TITLE\x1b\\',
    '\x1bXTITLE\x1b\\',
  ],
  ...['\u009d0;TITLE\u009c', '\u009b2J', '\u0090TITLE\u009c', '\u009fTITLE\u009c'],
  ...[
    '\u202a',
    '\u202b',
    '\u202c',
    '\u202d',
    '\u202e',
    '\u2066',
    '\u2067',
    '\u2068',
    '\u2069',
    '\u200e',
    '\u200f',
    '\u061c',
  ],
  ...['\u200b', '\ufeff', '\u2028', '\u2029', '\u2061', '\ufff9', '\u{e0041}', '\u{e007f}'],
  '\x1b[31m',
  '\x1b[1;38;5;9;48;2;1;2;3m',
]

/** Each sequence between two marks, so that what comes out can be told from what the client paints itself. */
export const MARKED = SEQUENCES.map((sequence) => `EVIL${sequence}LIVE\n`).join('')
/** Bytes that are no text at all, and lines that CI systems take for commands. */
const RAW = Buffer.concat([
  ...CONTROLS.map((character) => Buffer.from(`EVIL${character}LIVE\n`, 'latin1')),
  Buffer.from('EVIL##[error]LIVE\nEVIL##vso[x]LIVE\n##teamcity[x]LIVE\n::error::LIVE\n'),
])

export function dirty(bytes: number): Buffer {
  const block = Buffer.concat([Buffer.from(MARKED), RAW])
  return Buffer.concat(Array.from({ length: Math.ceil(bytes / block.length) }, () => block))
}

export const LINES = Buffer.from(`${'plain text of a step, line after line '.repeat(2)}\n`.repeat(850))
export const ONE_LINE = Buffer.alloc(64 * 1024, 'x')
