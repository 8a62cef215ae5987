// What a person at the terminal is asked for a login: passphrases, and what hosts want to know after the key.
import type { Challenge } from '../ssh/keys/challenge.ts'
import type { IdentityIo } from '../ssh/keys/identities.ts'
import { say } from '../ui/output/print-lines.ts'
import { askSecret, askShown, canAsk } from '../ui/output/prompt.ts'

/** The questions that can be asked here; none in CI or without a terminal. */
export function loginQuestions(): Pick<IdentityIo, 'askPassphrase' | 'answerChallenge'> {
  if (!canAsk()) return {}
  return { askPassphrase: (file) => askSecret(`passphrase of ${file}: `), answerChallenge }
}

/** Blanks of every kind, those that are letters to Unicode as well. */
const BLANKS = /[\s\u115f\u1160\u2800\u3164\uffa0]+/gu
const LEAST_WIDTH = 20

/**
 * Says a host's text in rows that all begin with the host's name: what wraps by itself could look like a question of shipit's.
 * @param columns of the terminal
 */
export function rowsOf(host: string, text: string, columns: number): string[] {
  const prefix = `${host} asks: `
  const width = Math.max(LEAST_WIDTH, columns - prefix.length - 1)
  const letters = [...text.replaceAll(BLANKS, ' ').trim()]
  const rows: string[] = []
  // a letter may be two columns wide
  for (let at = 0; at < letters.length; at += Math.floor(width / 2)) {
    rows.push(`${prefix}${letters.slice(at, at + Math.floor(width / 2)).join('')}`)
  }
  return rows.length > 0 ? rows : [prefix]
}

async function answerChallenge({ host, text, prompts }: Challenge): Promise<string[] | undefined> {
  const columns = process.stderr.columns || 80
  if (text) say(rowsOf(host, text, columns))
  const answers: string[] = []
  for (const prompt of prompts) {
    const rows = rowsOf(host, prompt.text, columns)
    say(rows.slice(0, -1))
    const question = `${rows.at(-1)} `
    const answer = await (prompt.isShown ? askShown(question) : askSecret(question))
    if (answer === undefined) return undefined
    answers.push(answer)
  }
  return answers
}
