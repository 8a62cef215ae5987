// The hostile requests: what the boundary must refuse, by what is wrong with it.
import { BYTES, TEXT } from './hostile-lines.ts'

/** A request that is refused by the gate and by the runner, with exit code 77 and one constant sentence. A line is bytes, since not all are text. */
export type HostileRequest = { kind: string; line: Buffer }

/** Every hostile request once. */
export const CORPUS: readonly HostileRequest[] = uniq([
  ...requests(TEXT, 'utf8'),
  ...requests(BYTES, 'latin1'),
])

/** A part of the corpus, of every kind something: for where a request costs more. */
export function sampleCorpus(perKind: number): HostileRequest[] {
  const kinds = new Set(CORPUS.map(({ kind }) => kind))
  return [...kinds].flatMap((kind) => {
    const ofKind = CORPUS.filter((request) => request.kind === kind)
    const step = Math.max(1, ofKind.length / perKind)
    return Array.from(
      { length: Math.min(perKind, ofKind.length) },
      (_, index) => ofKind[Math.floor(index * step)] as HostileRequest,
    )
  })
}

function requests(
  lines: Readonly<Record<string, readonly string[]>>,
  encoding: BufferEncoding,
): HostileRequest[] {
  return Object.entries(lines).flatMap(([kind, texts]) =>
    texts.map((text) => ({ kind, line: Buffer.from(text, encoding) })),
  )
}

function uniq(all: readonly HostileRequest[]): HostileRequest[] {
  const seen = new Set<string>()
  return all.filter(({ line }) => {
    const bytes = line.toString('latin1')
    return !seen.has(bytes) && seen.add(bytes)
  })
}
