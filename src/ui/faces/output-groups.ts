// The output of steps as groups, which a CI system folds. Groups can't overlap: the output of one host is written as it comes, and with
// several hosts each one's is held back until its step ends, or grows long, or old.
import type { CiSystem } from '../../words/ci-system.ts'
import { closeGroup, openGroup } from '../output/ci-marks.ts'

const MAX_HELD_BYTES = 256 * 1024
/** Of all hosts together. */
const MAX_ALL_BYTES = 16 * 1024 * 1024
/** A reader who watches sees some of a long step: when more of it comes. */
const MAX_HELD_MS = 30_000

type Text = string | Uint8Array
type Held = { title: string; texts: Text[]; bytes: number; fromMs: number }

export class OutputGroups {
  readonly #system: CiSystem
  readonly #isAlone: boolean
  readonly #held = new Map<string, Held>()
  #allBytes = 0
  /** of the only host */
  #open: { id: string; title: string } | undefined
  /** the first is this process's own, since a job may run shipit several times */
  readonly #prefix = `shipit_${Date.now().toString(36)}`
  #count = 0

  /** @param isAlone there is only one host */
  constructor(system: CiSystem, isAlone: boolean) {
    this.#system = system
    this.#isAlone = isAlone
  }

  /** Takes whole lines of output. @returns what is to be written now */
  take(host: string, step: string | undefined, text: Text): Text[] {
    const title = step === undefined ? host : `${host}: ${step}`
    return this.#isAlone ? this.#stream(title, text) : this.#hold(host, title, text)
  }

  /** Ends the group of a host, since what follows is to be seen. @returns what is to be written */
  end(host: string): Text[] {
    if (this.#isAlone) {
      const open = this.#open
      this.#open = undefined
      return open ? [closeGroup(this.#system, open)] : []
    }
    const held = this.#held.get(host)
    if (!held) return []
    this.#held.delete(host)
    this.#allBytes -= held.bytes
    const group = this.#group(held.title)
    return [openGroup(this.#system, group), ...held.texts, closeGroup(this.#system, group)]
  }

  /** The same of all hosts. */
  endAll(): Text[] {
    return this.#isAlone ? this.end('') : [...this.#held.keys()].flatMap((host) => this.end(host))
  }

  #stream(title: string, text: Text): Text[] {
    if (this.#open?.title === title) return [text]
    const before = this.end('')
    this.#open = this.#group(title)
    return [...before, openGroup(this.#system, this.#open), text]
  }

  #hold(host: string, title: string, text: Text): Text[] {
    const before = this.#held.get(host)?.title === title ? [] : this.end(host)
    const held = this.#held.get(host) ?? { title, texts: [], bytes: 0, fromMs: performance.now() }
    this.#held.set(host, held)
    held.texts.push(text)
    held.bytes += text.length
    this.#allBytes += text.length
    if (this.#allBytes > MAX_ALL_BYTES) return [...before, ...this.endAll()]
    const isDue = held.bytes > MAX_HELD_BYTES || performance.now() - held.fromMs > MAX_HELD_MS
    return [...before, ...(isDue ? this.end(host) : [])]
  }

  #group(title: string): { id: string; title: string } {
    this.#count += 1
    return { id: `${this.#prefix}_${this.#count}`, title }
  }
}
