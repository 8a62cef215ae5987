// What a run costs a host: the processes of one with six steps, and those of a second of waiting. In a PID namespace of its own numbers
// follow one another, so that the number of the next process says how many there were, whatever else this machine does.
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import { STATES } from '../../src/install/bundle.ts'
import { makeRunId } from '../../src/protocol/request.ts'
import { command, shell as script } from '../../src/recipe/steps.ts'
import { patient } from '../support/patience.ts'
import { RenderedHost, SESSION, SHELLS, whyNotShell, withHost } from './support/rendered-host.ts'

const NAMESPACE = ['--pid', '--fork', '--mount-proc', '--kill-child', 'sh', '-c']
const COUNT = "sh -c 'echo $$'"
const SIX_STEPS = ['one', 'two', 'three', 'four', 'five', 'six'].map((name) => command(['true'], { name }))
/** Without pauses, of which a slow machine needs more. */
const MOST_PROCESSES = 60
const MOST_A_SECOND = 2
const WAITED_SECONDS = 4
/** Far less than what passes until a follower looks around by itself (NAP_SECONDS). */
const SOON_SECONDS = 5

/** Runs lines of sh in a namespace of its own, for the gate with a deploy as the request, and returns the numbers that they print. */
async function inNamespace(...lines: string[]): Promise<number[]> {
  const request = `deploy --run ${makeRunId()} --app codebase --branch master --session ${SESSION}`
  const env = { PATH: process.env.PATH, SSH_ORIGINAL_COMMAND: `shipit-gate ${request}` }
  const { stdout } = await promisify(execFile)('unshare', [...NAMESPACE, lines.join('\n')], { env, cwd: '/' })
  return stdout.trim().split('\n').map(Number)
}

const whyNot = spawnSync('unshare', [...NAMESPACE, ':']).status !== 0 && 'no PID namespace can be made here'

describe('what a run costs', { skip: whyNot, concurrency: true }, () => {
  for (const shell of Object.keys(SHELLS)) {
    const skip = whyNotShell(shell)
    it(`takes at most ${MOST_PROCESSES} processes for six steps under ${shell}`, { skip }, () =>
      withHost(
        new RenderedHost({
          shell,
          steps: SIX_STEPS,
          before: { sleep: 'echo >>"$aside/pauses"; exec "$real" "$@"' },
        }),
        async (host) => {
          const [all = 0] = await inNamespace(`${host.gate} >/dev/null || exit`, COUNT)
          const pauses = host.read('/aside/pauses').length
          assert.ok(all - pauses <= MOST_PROCESSES, `${all - pauses} processes and ${pauses} pauses`)
        },
      ),
    )

    it(
      `takes at most ${MOST_A_SECOND} a second while it waits, and ends at once under ${shell}`,
      { skip },
      () =>
        withHost(
          new RenderedHost({ shell, steps: [script('cd "$HOME/../../.." && : >waits && read -r _ <wait')] }),
          async (host) => {
            const fifo = host.path(`${STATES}/wait`)
            const [first = 0, second = 0, seconds = 0] = await inNamespace(
              `mkfifo ${fifo}`,
              `${host.gate} >/dev/null &`,
              `until [ -e '${host.path(`${STATES}/waits`)}' ]; do sleep 0.1; done`,
              `sleep 4; ${COUNT}; sleep ${WAITED_SECONDS}; ${COUNT}`,
              `began=$(date +%s); echo >${fifo}; wait $! || exit; echo $(($(date +%s) - began))`,
            )
            const made = second - first - 2
            assert.ok(made <= MOST_A_SECOND * WAITED_SECONDS, `${made} processes in ${WAITED_SECONDS} s`)
            assert.ok(seconds <= patient(SOON_SECONDS), `the end is seen after ${seconds} s`)
          },
        ),
    )
  }
})
