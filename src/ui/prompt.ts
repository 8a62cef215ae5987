// Questions to a person, on the terminal; only where there is one.
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** Says whether a person can be asked: both ends of the question are a terminal. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** Asks for a secret: what is typed is not shown. @returns nothing when the person gives up (Ctrl-C, Ctrl-D, empty) */
export async function askSecret(question: string): Promise<string | undefined> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  process.stderr.write(question)
  const answer = await ask('', silent)
  process.stderr.write('\n')
  return answer || undefined
}

/** Asks for a yes; all else is a no. */
export async function askYes(question: string): Promise<boolean> {
  const answer = await ask(`${question} [y/N] `, process.stderr)
  return /^y(es)?$/i.test(answer?.trim() ?? '')
}

/** Asks for one of the letters. @returns nothing for all else, Ctrl-C too */
export async function askChoice(question: string, letters: string): Promise<string | undefined> {
  const answer = (await ask(question, process.stderr))?.trim().toLowerCase().slice(0, 1)
  return answer && letters.includes(answer) ? answer : undefined
}

let questions = 0

/** Says whether a person is being asked: then nothing else may be painted. */
export function isAsking(): boolean {
  return questions > 0
}

async function ask(question: string, output: NodeJS.WritableStream): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  const given = new AbortController()
  questions += 1
  lines.on('SIGINT', () => given.abort())
  lines.on('close', () => given.abort())
  try {
    return await lines.question(question, { signal: given.signal })
  } catch {
    return undefined
  } finally {
    questions -= 1
    lines.close()
  }
}
