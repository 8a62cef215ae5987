// The message of `shipit freeze`. Needs 'npm run build'.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { runShipit } from '../run-node.ts'

describe('a message that can not travel is refused with 2, and why is said', { concurrency: true }, () => {
  for (const [message, why] of [
    ['until Monday!', "('!' can't be in it)"],
    ["Don't deploy", "(an apostrophe can't be in it)"],
    ['für später', "('ü' can't be in it)"],
    ['x'.repeat(201), '(it is empty or too long)'],
    [' ', '(it is empty or too long)'],
  ] as const) {
    test(message.slice(0, 20), async () => {
      const { exitCode, stderr } = await runShipit(['freeze', '--message', message], { cwd: '/' })
      assert.equal(exitCode, 2)
      assert.ok(stderr.includes(why), stderr)
    })
  }
})
