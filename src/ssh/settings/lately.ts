// Answers that hold for a moment, where hundreds of hosts ask the same of a file within seconds.

/** Shorter than a person takes to change a file and to try again. */
const MOMENT_MS = 200
/** Fewer are each told how it is now. */
const MANY = 20

/** Asks about files, once for many who want to know the same within a moment. */
export type Lately<Answer> = {
  ask: (file: string) => Answer
  /** The file was changed here. */
  forget: (file: string) => void
}

/** What is known of a file: when that was found out, when somebody wanted to know it last, and how many did in a row. */
type Known<Answer> = { answer: Answer; foundMs: number; askedMs: number; times: number }

/** @param ask an error that it throws is not kept; a promise that is rejected is */
export function lately<Answer>(ask: (file: string) => Answer): Lately<Answer> {
  const answers = new Map<string, Known<Answer>>()
  return {
    ask(file) {
      const nowMs = performance.now()
      const last = answers.get(file)
      const times = last && nowMs - last.askedMs < MOMENT_MS ? last.times + 1 : 1
      if (last && times > MANY && nowMs - last.foundMs < MOMENT_MS) {
        Object.assign(last, { askedMs: nowMs, times })
        return last.answer
      }
      const answer = ask(file)
      answers.set(file, { answer, foundMs: nowMs, askedMs: nowMs, times })
      return answer
    },
    forget(file) {
      answers.delete(file)
    },
  }
}
