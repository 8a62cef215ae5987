// What a person at the terminal is asked for a login: passphrases, and what hosts want to know after the key.
import type { Challenge } from '../ssh/ssh2/challenge.ts'
import type { IdentityIo } from '../ssh/ssh2/identities.ts'
import { say } from '../ui/output/print-lines.ts'
import { askSecret, askShown, canAsk } from '../ui/output/prompt.ts'

/** The questions that can be asked here; none without a terminal. */
export function loginQuestions(): Pick<IdentityIo, 'askPassphrase' | 'answerChallenge'> {
  if (!canAsk() || process.env.CI) return {}
  return { askPassphrase: (file) => askSecret(`passphrase of ${file}: `), answerChallenge }
}

async function answerChallenge({ host, text, prompts }: Challenge): Promise<string[] | undefined> {
  if (text) say(`${host}: ${text}`)
  const answers: string[] = []
  for (const prompt of prompts) {
    const question = `${host} asks: ${prompt.text.trim()} `
    const answer = await (prompt.isShown ? askShown(question) : askSecret(question))
    if (answer === undefined) return undefined
    answers.push(answer)
  }
  return answers
}
