// Holds a face back until there is something to show, so that a question for a passphrase does not stand among painted rows.
import type { HostOutcome, Progress } from '../../results/progress.ts'
import type { Face } from '../../ui/faces/face.ts'
import { isAsking, setScreen, whenAnswered } from '../../ui/output/prompt.ts'

/** How long nothing is shown of connecting. */
const PATIENCE_MS = 700

export class QuietStart {
  readonly #make: () => Promise<Face>
  readonly #held: Progress[] = []
  #face: Promise<Face> | undefined
  #ready: Face | undefined
  #isPaused = false
  readonly #begun = Promise.withResolvers<void>()

  /** @param make chooses the face when the time has come */
  constructor(make: () => Promise<Face>) {
    this.#make = make
    setTimeout(() => this.#begin(), PATIENCE_MS).unref()
    setScreen(this)
  }

  get isPainting(): boolean {
    return this.#face !== undefined && !this.#isPaused
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** @returns what to wait for before more is shown */
  readonly show = (progress: Progress): Promise<void> | undefined => {
    if (this.#ready) return this.#ready.show(progress)
    this.#held.push(progress)
    if (progress.type === 'connecting') return undefined
    this.#begin()
    return this.#begun.promise
  }

  /** Leaves the terminal to a question. */
  async pause(): Promise<void> {
    this.#isPaused = true
    await (await this.#face)?.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#ready?.resume()
    if (this.#held.some(({ type }) => type !== 'connecting')) this.#begin()
  }

  async end(outcomes: readonly HostOutcome[]): Promise<void> {
    setScreen(undefined)
    // a client that leaves before there was anything to show
    if (outcomes.length === 0 && !this.#face) return
    this.#isPaused = false
    this.#begin()
    const face = await this.#face
    await face?.end(outcomes)
  }

  #begin(): void {
    if (this.#face || this.#isPaused) return
    if (isAsking()) {
      void whenAnswered().then(() => this.#begin())
      return
    }
    this.#face = this.#make().then((face) => {
      this.#ready = face
      for (const progress of this.#held.splice(0)) face.show(progress)
      this.#begun.resolve()
      return face
    })
  }
}
