// Holds a face back until there is something to show, so that a question for a passphrase does not stand among painted rows.
import type { HostOutcome, Progress } from '../protocol/progress.ts'
import type { Face } from '../ui/face.ts'
import { askSecret } from '../ui/prompt.ts'

/** How long nothing is shown of connecting. */
const PATIENCE_MS = 700

export class QuietStart {
  readonly #make: () => Promise<Face>
  readonly #held: Progress[] = []
  #face: Promise<Face> | undefined
  #ready: Face | undefined
  #asking = 0

  /** @param make chooses the face when the time has come */
  constructor(make: () => Promise<Face>) {
    this.#make = make
    setTimeout(() => this.#begin(), PATIENCE_MS).unref()
  }

  readonly show = (progress: Progress): void => {
    if (this.#ready) return this.#ready.show(progress)
    this.#held.push(progress)
    if (progress.type !== 'connecting') this.#begin()
  }

  /** Asks on the terminal, before anything is painted. */
  readonly askSecret = async (question: string): Promise<string | undefined> => {
    this.#asking += 1
    try {
      return await askSecret(question)
    } finally {
      this.#asking -= 1
    }
  }

  async end(outcomes: readonly HostOutcome[]): Promise<void> {
    this.#asking = 0
    const face = await this.#begin()
    await face?.end(outcomes)
  }

  #begin(): Promise<Face> | undefined {
    if (this.#asking > 0) return this.#face
    this.#face ??= this.#make().then((face) => {
      this.#ready = face
      for (const progress of this.#held.splice(0)) face.show(progress)
      return face
    })
    return this.#face
  }
}
