// Not a test: a program that asks, for the tests of the prompts to answer in a terminal.
// ask.ts yes|hostile|choice|number|agent|can
import { setTimeout } from 'node:timers/promises'
import { ShipitError } from '../../../src/errors.ts'
import { askChoice, askNumber, askYes, canAsk, waitForPerson } from '../../../src/ui/output/prompt.ts'

const ASK: Record<string, () => Promise<unknown>> = {
  yes: () => askYes('Really?'),
  hostile: () => askYes('Go back \x1b]0;title\x07to \x1b[2Jrun \u202ex?'),
  choice: () => askChoice('[l]eave, [c]ancel, [g]o on? ', ['leave', 'cancel', 'go on']),
  number: () => askNumber('Which? ', 9),
  can: async () => canAsk(),
  agent: () => waitForPerson('touch the key', () => setTimeout(900, 'signed')),
}

try {
  process.stdout.write(`answer: ${await ASK[process.argv[2] ?? '']?.()}\n`)
} catch (error) {
  process.stdout.write(`exit: ${error instanceof ShipitError ? error.exitCode : error}\n`)
}
