import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { whyNoTerminal } from '../support/terminal.ts'

const PROGRAM = fileURLToPath(new URL('../support/ask.ts', import.meta.url))
const CTRL_C = '\x03'
const CTRL_D = '\x04'

/** Types each answer once the question stands there, and gives the last line with how often it was asked. */
function asked(kind: string, question: string, ...answers: string[]): Promise<[string, number]> {
  return askedIn({}, kind, question, ...answers)
}

async function askedIn(
  env: Readonly<Record<string, string>>,
  kind: string,
  question: string,
  ...answers: string[]
): Promise<[string, number]> {
  const { PATH, HOME } = process.env
  const child = spawn('script', ['-qec', 'exec "$ASK_NODE" "$ASK_PROGRAM" "$ASK_KIND"', '/dev/null'], {
    env: {
      ...{ PATH, HOME, SHELL: '/bin/sh', TERM: 'xterm' },
      ...{ ASK_NODE: process.execPath, ASK_PROGRAM: PROGRAM, ASK_KIND: kind },
      ...env,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  // who needs no answer may have ended
  child.stdin.on('error', () => {})
  let text = ''
  let times = 0
  child.stdout.on('data', (chunk) => {
    text += chunk
    const seen = text.split(question).length - 1
    for (; times < seen; times += 1) child.stdin.write(answers[times] ?? CTRL_C)
  })
  await once(child, 'close')
  return [/(?:answer|exit): .*/.exec(text)?.[0].trim() ?? text, times]
}

describe('a question in a terminal', { skip: whyNoTerminal, concurrency: true }, () => {
  for (const [answer, says] of [
    ['y\r', 'answer: true'],
    ['yes\r', 'answer: true'],
    ['\r', 'answer: false'],
    ['yellow\r', 'answer: false'],
    [CTRL_D, 'answer: false'],
    [CTRL_C, 'exit: 130'],
  ] as const) {
    test(`for a yes: ${JSON.stringify(answer)} gives ${says}`, async () => {
      assert.deepEqual(await asked('yes', '[y/N] ', answer), [says, 1])
    })
  }

  for (const CI of ['true', '1', 'yes']) {
    test(`is not asked where CI is '${CI}': such a terminal has nobody`, async () => {
      assert.deepEqual(await askedIn({ CI }, 'can', '?'), ['answer: false', 0])
    })
  }

  for (const CI of ['', '0', 'false']) {
    test(`is asked where CI is '${CI}'`, async () => {
      assert.deepEqual(await askedIn({ CI }, 'can', '?'), ['answer: true', 0])
    })
  }

  test('is made safe: it names what others chose', async () => {
    assert.deepEqual(await asked('hostile', 'Go back to run x? [y/N] ', 'y\r'), ['answer: true', 1])
  })

  test('is told of, where a person has to do something elsewhere', async () => {
    assert.deepEqual(await asked('agent', 'touch the key', ''), ['answer: signed', 1])
  })

  for (const [answers, says] of [
    [['c\r'], 'answer: cancel'],
    [['Go on\r'], 'answer: go on'],
    [['\r'], 'answer: leave'],
    [['z\r', 'clear\r', 'g\r'], 'answer: go on'],
    [[CTRL_C], 'answer: undefined'],
    [[CTRL_D], 'answer: undefined'],
  ] as const) {
    test(`for a choice: ${JSON.stringify(answers)} gives ${says}`, async () => {
      assert.deepEqual(await asked('choice', 'o on? ', ...answers), [says, answers.length])
    })
  }

  for (const [answers, says] of [
    [['2\r'], 'answer: 2'],
    [['0\r', '10\r', 'x\r', '9\r'], 'answer: 9'],
    [['\r'], 'answer: undefined'],
    [[CTRL_D], 'answer: undefined'],
    [[CTRL_C], 'exit: 130'],
  ] as const) {
    test(`for a number: ${JSON.stringify(answers)} gives ${says}`, async () => {
      assert.deepEqual(await asked('number', 'Which? ', ...answers), [says, answers.length])
    })
  }
})
