// The differences of two texts by lines, as diff -u shows them: a longest common subsequence, found by dynamic programming
// between what the two have in common at their ends.

/** A line and what became of it: it stays, goes, or comes. */
export type DiffLine = { sign: ' ' | '-' | '+'; text: string }

/** Lines that stand together, and at which line of either text they begin, from 1. */
export type Hunk = { from: number; to: number; lines: readonly DiffLine[] }

/** Beyond this many pairs of lines, all that lies between the common ends goes and comes as a whole. */
const MAX_PAIRS = 4_000_000

/** Compares two texts. @param context how many equal lines stand around a difference */
export function diffLines(before: string, after: string, context = 3): Hunk[] {
  return makeHunks(align(splitLines(before), splitLines(after)), context)
}

function splitLines(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function align(before: readonly string[], after: readonly string[]): DiffLine[] {
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head++
  let tail = 0
  while (
    tail < Math.min(before.length, after.length) - head &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++
  const as = (sign: DiffLine['sign']) => (text: string) => ({ sign, text })
  return [
    ...before.slice(0, head).map(as(' ')),
    ...alignMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(as(' ')),
  ]
}

function alignMiddle(before: readonly string[], after: readonly string[]): DiffLine[] {
  const width = after.length + 1
  const lengths = new Uint32Array(before.length * after.length > MAX_PAIRS ? 0 : (before.length + 1) * width)
  const common = (i: number, j: number) => lengths[i * width + j] ?? 0
  if (lengths.length > 0) {
    for (let i = before.length - 1; i >= 0; i--)
      for (let j = after.length - 1; j >= 0; j--)
        lengths[i * width + j] =
          before[i] === after[j] ? common(i + 1, j + 1) + 1 : Math.max(common(i + 1, j), common(i, j + 1))
  }
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < before.length || j < after.length) {
    const left = before[i]
    const right = after[j]
    if (left !== undefined && left === right && lengths.length > 0) {
      lines.push({ sign: ' ', text: left })
      i++
      j++
    } else if (left !== undefined && (right === undefined || common(i + 1, j) >= common(i, j + 1))) {
      lines.push({ sign: '-', text: left })
      i++
    } else {
      lines.push({ sign: '+', text: right ?? '' })
      j++
    }
  }
  return lines
}

function makeHunks(lines: readonly DiffLine[], context: number): Hunk[] {
  const hunks: { from: number; to: number; lines: DiffLine[] }[] = []
  let from = 1
  let to = 1
  let quiet = Number.POSITIVE_INFINITY
  for (const [index, line] of lines.entries()) {
    const near = lines.slice(index, index + context + 1).some(({ sign }) => sign !== ' ')
    quiet = line.sign === ' ' ? quiet + 1 : 0
    if (near || quiet <= context) {
      const before = lines[index - 1]
      const last = hunks.at(-1)
      if (last && before && last.lines.at(-1) === before) last.lines.push(line)
      else hunks.push({ from, to, lines: [line] })
    }
    if (line.sign !== '+') from++
    if (line.sign !== '-') to++
  }
  return hunks
}
