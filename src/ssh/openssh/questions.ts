// What ssh asks in a login, answered in shipit's way: ssh starts a program for each question (SSH_ASKPASS), which asks here.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { shellWord } from '../../words/shell-word.ts'

/** Answers one question; nothing where nobody does. @param kind `none` where ssh only says something, `confirm` for a yes (ssh(1)) */
export type Answer = (question: string, kind: string) => Promise<string | undefined>

/** The questions of one login. */
export type Questions = { env: NodeJS.ProcessEnv; end: () => void }

/** Run by Node, with the question as its argument: prints the answer, or fails. */
const PROGRAM = `
const socket = require('node:net').connect(process.env.SHIPIT_QUESTIONS)
const fail = () => process.kill(process.pid)
let answers = 0
socket.on('data', () => { answers += 1 }).on('error', fail).on('end', () => answers > 0 || fail())
socket.pipe(process.stdout)
socket.end(JSON.stringify([process.argv[1], process.env.SSH_ASKPASS_PROMPT ?? '']))
`

/** Waits for questions. @param folder nobody else can enter it */
export async function startQuestions(folder: string, answer: Answer): Promise<Questions> {
  const [program, socket] = [join(folder, 'ask'), join(folder, 'q')]
  const words = [process.execPath, '-e', PROGRAM, '--'].map(shellWord).join(' ')
  writeFileSync(program, `#!/bin/sh\nexec ${words} "$1"\n`, { mode: 0o700 })
  const server = createServer({ allowHalfOpen: true }, async (stream) => {
    stream.on('error', () => {})
    const [question = '', kind = ''] = JSON.parse(await text(stream)) as string[]
    stream.end((await answer(question, kind)) ?? '')
  }).listen(socket)
  await once(server, 'listening')
  return {
    env: {
      ...process.env,
      // older ones ask by a program only where they think that there is a display
      DISPLAY: process.env.DISPLAY ?? ':0',
      SSH_ASKPASS: program,
      SSH_ASKPASS_REQUIRE: 'force',
      SHIPIT_QUESTIONS: socket,
    },
    end: () => void server.close(),
  }
}
