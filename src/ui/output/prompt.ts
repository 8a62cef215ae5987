// Questions to a person, on the terminal; only where there is one.
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CancelledError } from '../../errors.ts'
import { isCi } from '../../words/ci-system.ts'
import { columnsOf, screenLines } from './screen-lines.ts'

/** Says whether a person can be asked: both ends of the question are a terminal, and not one that a CI system gives its jobs. */
export function canAsk(): boolean {
  return !isCi(process.env) && process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** What is painted on the terminal, and stands still for a question. */
export type Screen = { readonly isPainting: boolean; pause: () => Promise<void>; resume: () => void }

let screen: Screen | undefined

/** Says what a question in the middle of a run has to wait for; nothing at its end. */
export function setScreen(now: Screen | undefined): void {
  screen = now
}

/** Asks while nothing is painted. A login may ask when other hosts are at work already. */
async function askAlone<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  const painted = screen
  if (!painted?.isPainting) return work()
  await painted.pause()
  try {
    return await work()
  } finally {
    painted.resume()
  }
}

/** Asks for a secret: what is typed is not shown. @returns nothing when the person gives up (Ctrl-C, Ctrl-D, empty) */
export async function askSecret(question: string): Promise<string | undefined> {
  return askAlone(async () => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const answer = await ask('', silent, { onSilent: () => process.stderr.write(clean(question)) })
    process.stderr.write('\n')
    return answer === INTERRUPTED ? undefined : answer || undefined
  })
}

/** Asks for an answer that may be seen. @returns nothing when the person gives up (Ctrl-C, Ctrl-D, empty) */
export async function askShown(question: string): Promise<string | undefined> {
  return askAlone(async () => {
    const answer = await ask(question, process.stderr)
    return answer === INTERRUPTED ? undefined : answer || undefined
  })
}

/** Asks for a yes; all else is a no. @throws CancelledError on Ctrl-C */
export async function askYes(question: string): Promise<boolean> {
  return /^y(es)?$/i.test(await askLine(`${question} [y/N] `))
}

/** Asks for a line of text. @returns nothing for an empty answer @throws CancelledError on Ctrl-C */
export async function askText(question: string): Promise<string | undefined> {
  return (await askLine(question)) || undefined
}

/** Asks for a number from 1 until one is given. @returns nothing for an empty answer @throws CancelledError on Ctrl-C */
export async function askNumber(question: string, most: number): Promise<number | undefined> {
  for (;;) {
    const answer = await askLine(question)
    if (answer === '') return undefined
    const number = /^[0-9]{1,9}$/.test(answer) ? Number(answer) : 0
    if (number >= 1 && number <= most) return number
  }
}

/**
 * Asks for one of several words until one is given: the word, or its first letter.
 * @param words the first is what a mere Enter means
 * @param giveUp takes the question back
 * @returns nothing when the person gives up (Ctrl-C, Ctrl-D), or `giveUp` says so
 */
export async function askChoice<Word extends string>(
  question: string,
  words: readonly [Word, ...Word[]],
  giveUp?: AbortSignal,
): Promise<Word | undefined> {
  for (;;) {
    const answer = await ask(question, process.stderr, { giveUp })
    if (answer === undefined || answer === INTERRUPTED) return undefined
    const word = answer.trim().toLowerCase()
    const chosen = word === '' ? words[0] : words.find((each) => word === each || word === each[0])
    if (chosen) return chosen
  }
}

let questions = 0
/** settled once all of them are closed */
let answered = Promise.withResolvers<void>()

function beginQuestion(): void {
  if (questions === 0) answered = Promise.withResolvers()
  questions += 1
}

function endQuestion(): void {
  questions -= 1
  if (questions === 0) answered.resolve()
}

/** Says whether a person is being asked: then nothing else may be painted. */
export function isAsking(): boolean {
  return questions > 0
}

/** Waits until no question is open. */
export async function whenAnswered(): Promise<void> {
  while (isAsking()) await answered.promise
}

/** How long a person is given before they are told. */
const NOTICE_MS = 700

/** Waits for what a person does elsewhere. Nothing is painted meanwhile, and if it takes a while they are told. */
export async function waitForPerson<Result>(notice: string, work: () => Promise<Result>): Promise<Result> {
  beginQuestion()
  const tell = () => askAlone(async () => process.stderr.write(`${clean(notice)}\n`))
  const timer = setTimeout(() => void tell(), NOTICE_MS)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
    endQuestion()
  }
}

/** @throws CancelledError on Ctrl-C */
async function askLine(question: string): Promise<string> {
  const answer = await ask(question, process.stderr)
  if (answer !== INTERRUPTED) return answer?.trim() ?? ''
  process.stderr.write('\n')
  throw new CancelledError('interrupted at the question: nothing was done')
}

/** What ask returns on Ctrl-C. */
const INTERRUPTED = Symbol('interrupted')

type Asking = {
  giveUp?: AbortSignal | undefined
  /** called once the terminal no longer shows what is typed: a person may paste as soon as there is a question */
  onSilent?: () => void
}

async function ask(
  question: string,
  output: NodeJS.WritableStream,
  { giveUp, onSilent }: Asking = {},
): Promise<string | typeof INTERRUPTED | undefined> {
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  const given = new AbortController()
  onSilent?.()
  beginQuestion()
  lines.on('SIGINT', () => given.abort(INTERRUPTED))
  lines.on('close', () => given.abort())
  const signal = giveUp ? AbortSignal.any([given.signal, giveUp]) : given.signal
  try {
    return await lines.question(clean(question), { signal })
  } catch {
    return given.signal.reason === INTERRUPTED ? INTERRUPTED : undefined
  } finally {
    lines.close()
    endQuestion()
  }
}

/** A question names branches, runs, people and files. */
function clean(question: string): string {
  const style = { colour: false, paint: (_: string, text: string) => text }
  return screenLines([question], { style, columns: columnsOf(process.stderr) }).join('\n')
}
