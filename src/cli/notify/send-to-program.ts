// Sends one notification to a program of the project.
import { resolve } from 'node:path'
import { type Limits, runBriefly } from './run-briefly.ts'

/** Runs a program with it on stdin, without a shell. Never rejects. @returns why it was not taken; nothing if it was */
export async function sendToProgram(
  [program = '', ...words]: readonly string[],
  body: string,
  { folder, ...limits }: Limits & { folder: string },
): Promise<string | undefined> {
  // a path starts at the config
  const path = program.includes('/') ? resolve(folder, program) : program
  // what it prints on stdout is not the deploy's
  const ended = await runBriefly([path, ...words], { ...limits, folder, input: body, reads: 'stderr' })
  if (typeof ended === 'string') return ended
  const { status, signal, lastLine } = ended
  if (status === 0) return undefined
  const how = signal ? `was ended by ${signal}` : `exited with status ${status}`
  return `it ${how}${lastLine && `: ${lastLine}`}`
}
