// A disk that is full for a while in the middle of a step: the log lacks what was printed then, and nothing of the steps that follow.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makeRunId } from '../../../src/protocol/request.ts'
import { git, shell } from '../../../src/recipe/steps.ts'
import { RenderedHost, SESSION, SHELLS, whyNotShell } from '../support/rendered-host.ts'

/** Waits, for 20 s at most, until the pump has found no room: a busy machine takes its time. */
const UNTIL_TOLD =
  'turns=0; until grep -qs "[^ ]" "$HOME/../../runs/$SHIPIT_RUN/pump-says" || [ "$turns" -ge 200 ]; do sleep 0.1; turns=$((turns + 1)); done'
const FILL = `cat /dev/zero >fill 2>/dev/null || :; echo early; head -c 20000 /dev/zero | tr "\\0" x; ${UNTIL_TOLD}; rm fill`
const STEPS = [
  git(),
  shell('echo first', { name: 'first' }),
  shell(FILL, { name: 'full' }),
  shell('printf "second\\nno newline"', { name: 'second' }),
  shell('echo third', { name: 'third' }),
]

const whyNot = spawnSync('unshare', ['-m', 'true']).status !== 0 && 'nothing can be mounted here'

describe('a disk that is full for a while', { skip: whyNot, concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    it(`costs the log what was printed meanwhile, under ${name}`, { skip: whyNotShell(name) }, () => {
      const top = realpathSync(mkdtempSync(join(tmpdir(), 'shipit-room-')))
      const before = process.env.TMPDIR
      process.env.TMPDIR = top
      const host = new RenderedHost({ shell: name, steps: STEPS })
      if (before === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = before
      host.commit('master', { f: 'f' })
      mkdirSync(host.state)
      const run = makeRunId()
      const request = `deploy --run ${run} --app codebase --branch master --session ${SESSION}`
      const kept = join(top, 'log')
      const words = `mount -t tmpfs -o size=2m x ${host.state} && ${host.gate}; cat ${host.state}/runs/${run}/log >${kept}`
      const { stdout, stderr } = spawnSync('unshare', ['-m', 'sh', '-c', words], {
        cwd: '/',
        env: { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: request },
        encoding: 'latin1',
      })
      const log = readFileSync(kept, 'latin1')
      rmSync(top, { recursive: true })
      assert.match(stdout, /"outcome":"succeeded"/, stderr)
      const [, ...lines] = log.replace(/x+/g, '').split('\n')
      assert.deepEqual(
        lines.filter((line) => line !== ''),
        [
          'first',
          'early',
          'shipit: the log is incomplete: part of the output could not be written',
          'second',
          'no newlinethird',
        ],
      )
      assert.ok(log.length < 20_000)
    })
  }
})
