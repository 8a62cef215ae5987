// What a deploy costs a host: the processes of one with six steps. In a PID namespace of its own numbers follow one another, so that
// the number of the next process says how many there were, whatever else this machine does.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { command } from '../../src/recipe/steps.ts'
import { RenderedHost, SESSION, SHELLS, whyNotShell, withHost } from './support/rendered-host.ts'

const NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c']
const SIX_STEPS = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) => command(['true'], { name }))
/** What it takes where nothing else runs, and some more for the pauses of a slow machine. */
const MOST_PROCESSES = 110

/** Runs a script of sh in a namespace of its own, the gate's request as SSH_ORIGINAL_COMMAND. */
function inNamespace(script: string, request = '') {
  const env = { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: `shipit-gate ${request} --session ${SESSION}` }
  const [program = '', ...words] = NAMESPACE
  return spawnSync(program, [...words, script], { env, cwd: '/', encoding: 'utf8' })
}

const whyNot = inNamespace(':').status === 0 ? false : 'this account can make no PID namespace'

describe('what a deploy costs', { skip: whyNot }, () => {
  for (const shell of Object.keys(SHELLS)) {
    it(
      `takes at most ${MOST_PROCESSES} processes for six steps under ${shell}`,
      { skip: whyNotShell(shell) },
      () =>
        withHost(new RenderedHost({ shell, steps: SIX_STEPS }), async (host) => {
          const request = `deploy --run ${makeRunId()} --app codebase --branch master`
          const made = inNamespace(`${host.gate} >/dev/null || exit; sh -c 'echo $$'`, request)
          assert.equal(made.status, 0, made.stderr)
          assert.ok(Number(made.stdout) <= MOST_PROCESSES, `${made.stdout.trim()} processes`)
        }),
    )
  }
})
