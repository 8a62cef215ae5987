// A host that tells no id of its boot, as some containers have it: whether a run lives is known all the same.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { shell } from '../../../src/recipe/steps.ts'
import {
  outcomeOf,
  RenderedHost,
  SESSION,
  SHELLS,
  WHILE_HELD,
  whyNotShell,
} from '../support/rendered-host.ts'

const BOOT_ID = '/proc/sys/kernel/random/boot_id'
const HIDE = `mount --bind /dev/null ${BOOT_ID}`
const whyNot = spawnSync('unshare', ['-m', 'sh', '-c', HIDE]).status !== 0 && 'nothing can be mounted here'

describe('a host without an id of its boot', { skip: whyNot, concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    it(`begins no run while steps of a killed one live, under ${name}`, {
      skip: whyNotShell(name),
    }, async () => {
      const host = new RenderedHost({ shell: name, steps: [shell(WHILE_HELD, { name: 'held' })] })
      const hidden = `[ -n "$HID" ] || { export HID=yes; exec unshare -m sh -c '${HIDE}; exec "$@"' sh ${host.gate}; };`
      const request = (run: string) =>
        `deploy --run ${run} --app codebase --branch master --session ${SESSION}`
      try {
        host.hold()
        const run = makeRunId()
        const first = host.start(request(run), hidden)
        await first.until('"state":"started"')
        const [head = ''] = readFileSync(`${host.state}/runs/${run}/session`, 'utf8').split(' ')
        process.kill(Number(head), 'SIGKILL')
        const second = host.start(request(makeRunId()), hidden)
        await second.until('"reason":"busy"')
        assert.equal((await second.answer).status, 75)
        host.release()
        assert.equal(outcomeOf(await first.answer).outcome, 'interrupted')
      } finally {
        host.release()
        host.remove()
      }
    })
  }
})
