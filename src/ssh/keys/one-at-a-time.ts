// Questions to a person, one after the other.

/** Two questions at once can't be told apart in a terminal. */
export function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve()
  return <Question extends unknown[], Answer>(ask: (...question: Question) => Promise<Answer>) =>
    (...question: Question): Promise<Answer> => {
      const answer = last.then(() => ask(...question))
      last = answer.catch(() => undefined)
      return answer
    }
}
