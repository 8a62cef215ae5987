// What a host asks for after the key (RFC 4256, keyboard-interactive): a one-time code, a confirmation. A person answers.
import type { KeyboardInteractiveCallback, Prompt } from 'ssh2'
import { cleanQuote } from '../../safe-text/clean-text.ts'
import type { TimeLimit } from '../connection/time-limit.ts'

/** Questions of one host, fit to be shown. */
export type Challenge = {
  host: string
  /** what the host says before it asks; may be empty */
  text: string
  prompts: readonly { text: string; isShown: boolean }[]
}

/** Asks a person. Nothing means that they gave up. */
export type AnswerChallenge = (challenge: Challenge) => Promise<readonly string[] | undefined>

/** A host that asks on and on has no right answer. */
const MAX_CHALLENGES = 10
const MAX_PROMPTS = 8

type Asker = { host: string; answer: AnswerChallenge; limit: TimeLimit; giveUp: (why: string) => void }

/** Makes the function that ssh2 calls with what a host asks. The login's clock stands still meanwhile. */
export function createPrompter({ host, answer, limit, giveUp }: Asker) {
  let challenges = 0
  return (
    name: string,
    instructions: string,
    _language: string,
    prompts: Prompt[],
    finish: KeyboardInteractiveCallback,
  ): void => {
    // PAM sends an empty one at the end
    if (prompts.length === 0) {
      finish([])
      return
    }
    challenges += 1
    if (challenges > MAX_CHALLENGES || prompts.length > MAX_PROMPTS) {
      giveUp('it asks too many questions')
      return
    }
    const challenge: Challenge = {
      host,
      text: [name, instructions].map(cleanQuote).filter(Boolean).join(': '),
      prompts: prompts.map(({ prompt, echo }) => ({ text: cleanQuote(prompt), isShown: echo === true })),
    }
    limit
      .hold(() => answer(challenge))
      .then((answers) => (answers ? finish([...answers]) : giveUp('nobody answered')))
      .catch((error: Error) => giveUp(error.message))
  }
}
