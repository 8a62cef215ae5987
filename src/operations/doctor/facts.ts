// What a host says of itself to doctor: facts by name, and the files among them.
import type { EventOf } from '../../protocol/event.ts'

/** A file as it is on the host. `sum` is SHA-256, or one of `folder`, `link:TARGET`, `unread`, `odd`, `missing`, `hidden`. */
export type FoundFile = { sum: string; mode: number; owner: string; path: string }

/** What does not fit into a fact stands as this character (docs/protocol.md). */
const OUTSIDE = /[^A-Za-z0-9 ._/+@,#=:()~%*-]/g
/** A host that makes facts up is not to fill the memory. */
const MAX_FACTS = 1000

export class Facts {
  readonly #values = new Map<string, string[]>()
  #count = 0

  take({ name, value }: EventOf<'fact'>): void {
    if (++this.#count > MAX_FACTS) return
    const values = this.#values.get(name)
    if (values) values.push(value)
    else this.#values.set(name, [value])
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? []
  }

  /** The first value; nothing when there is none or it is empty. */
  one(name: string): string | undefined {
    return this.all(name)[0] || undefined
  }

  /** Those that are lines of a manifest, by path. */
  files(name: 'file' | 'manifest'): Map<string, FoundFile> {
    const found = this.all(name).flatMap((line) => parseFile(line) ?? [])
    return new Map(found.map((file) => [file.path, file]))
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }
}

/** Writes a text as a fact would have it. */
export function asFact(text: string): string {
  return text.replace(OUTSIDE, '_')
}

/** Parses `SUM MODE OWNER:GROUP PATH`. */
export function parseFile(line: string): FoundFile | undefined {
  const match = /^(\S+) (-|[0-7]{1,5}) (\S+) (\/.*)$/.exec(line)
  if (!match) return undefined
  const [, sum = '', mode = '', owner = '', path = ''] = match
  return { sum, mode: mode === '-' ? 0 : Number.parseInt(mode, 8), owner, path }
}

/** `/a` and `/a/b` for `/a/b/c`. */
export function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(1, -1)
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`)
}

/** Formats a mode as the manifests have it. */
export function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
