// Holds a face back until there is something to show, so that a question for a passphrase does not stand among painted rows.
import type { HostOutcome, Progress } from '../protocol/progress.ts'
import type { Face } from '../ui/face.ts'
import { isAsking } from '../ui/prompt.ts'

/** How long nothing is shown of connecting. */
const PATIENCE_MS = 700

export class QuietStart {
  readonly #make: () => Promise<Face>
  readonly #held: Progress[] = []
  #face: Promise<Face> | undefined
  #ready: Face | undefined
  readonly #begun = Promise.withResolvers<void>()

  /** @param make chooses the face when the time has come */
  constructor(make: () => Promise<Face>) {
    this.#make = make
    setTimeout(() => this.#begin(), PATIENCE_MS).unref()
  }

  /** @returns what to wait for before more is shown */
  readonly show = (progress: Progress): Promise<void> | undefined => {
    if (this.#ready) return this.#ready.show(progress)
    this.#held.push(progress)
    if (progress.type === 'connecting') return undefined
    void this.#begin()
    return this.#begun.promise
  }

  async end(outcomes: readonly HostOutcome[]): Promise<void> {
    const face = await this.#begin()
    await face?.end(outcomes)
  }

  #begin(): Promise<Face> | undefined {
    if (isAsking()) return this.#face
    this.#face ??= this.#make().then((face) => {
      this.#ready = face
      for (const progress of this.#held.splice(0)) face.show(progress)
      this.#begun.resolve()
      return face
    })
    return this.#face
  }
}
