// What becomes of a unit after systemctl: in the words that a real one has, told one answer after the other. test/machines has real units.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { Folder, remote, runShell } from '../../../recipe/support/run-shell.ts'
import { inTurn, SHELLS, whyNotShell } from '../../support/rendered-host.ts'

type State = Partial<
  Record<
    | 'LoadState'
    | 'ActiveState'
    | 'SubState'
    | 'Result'
    | 'Type'
    | 'CanReload'
    | 'NRestarts'
    | 'InvocationID'
    | 'ActiveEnterTimestampMonotonic',
    string
  >
>
const RUNS: State = {
  Type: 'simple',
  Result: 'success',
  NRestarts: '0',
  LoadState: 'loaded',
  ActiveState: 'active',
  SubState: 'running',
  ActiveEnterTimestampMonotonic: '100',
  InvocationID: 'a',
  CanReload: 'yes',
}
/** Started again. */
const ANEW: State = { ...RUNS, InvocationID: 'b', ActiveEnterTimestampMonotonic: '200' }
const DEAD: State = { ...RUNS, ActiveState: 'inactive', SubState: 'dead' }
const LOOPS: State = { ...ANEW, ActiveState: 'activating', SubState: 'auto-restart', Result: 'exit-code' }

/** Answers `show` with the next state, the last one again and again, and a verb with STATUS. */
const SYSTEMCTL = `#!/bin/sh
here=\${0%/*}
case "$1" in
show)
	n=$(($(cat "$here/count" 2>/dev/null || echo 0) + 1))
	echo "$n" >"$here/count"
	[ -e "$here/state.$n" ] || n=$(ls "$here" | sed -n 's/^state\\.//p' | sort -n | tail -n 1)
	cat "$here/state.$n"
	! grep -q '^Failed' "$here/state.$n"
	;;
*)
	echo "$*" >>"$here/asked"
	[ "$(wc -l <"$here/asked")" -gt "\${REFUSED:-0}" ] || exit 1
	exit "$STATUS"
	;;
esac
`

const PROGRAM = `set -fu
NEWLINE='\n'
die() { printf 'shipit: %s\\n' "$2" >&2; exit "$1"; }
ACCOUNT=deploybot
as_root() { shift 2; systemctl "$@"; }
${remote['lib/clock']}
${remote['step/running/service']}
ASK_UNIT_SECONDS=2
change_service 60 "$@"
`

type Case = { verb?: string; status?: number; states: (State | string)[]; active?: number; refused?: number }

async function change(
  shell: string,
  { verb = 'restart', status = 0, states, active = 1, refused = 0 }: Case,
) {
  using folder = new Folder()
  folder.write('systemctl', SYSTEMCTL, 0o755)
  states.forEach((state, index) => {
    const lines = Object.entries(state).map(([name, value]) => `${name}=${value}\n`)
    folder.write(`state.${index + 1}`, typeof state === 'string' ? `${state}\n` : lines.join(''))
  })
  const program = folder.write('program', PROGRAM)
  const ran = await runShell(shell, [program, 'shop.service', verb, String(active), '1'], {
    PATH: `${folder.path}:${process.env.PATH}`,
    STATUS: String(status),
    REFUSED: String(refused),
  })
  return { status: ran.status, said: `${ran.stdout}${ran.stderr}` }
}

describe('the service step', { concurrency: true }, () => {
  for (const name of Object.keys(SHELLS)) {
    describe(`under ${name}`, { skip: whyNotShell(name), concurrency: true }, () => {
      const it = inTurn(name)
      const succeeds = async (each: Case, said: RegExp) => {
        const ran = await change(name, each)
        assert.equal(ran.status, 0, ran.said)
        assert.match(ran.said, said)
      }
      const fails = async (each: Case, said: RegExp) => {
        const ran = await change(name, each)
        assert.equal(ran.status, 1, ran.said)
        assert.match(ran.said, said)
      }
      const STAYED = /^shop\.service is active, and has been for 1 s without a restart$/m
      const JOURNAL = '.*:\\njournalctl -u shop\\.service -n 50 --no-pager\\n$'
      const fault = (why: string) => new RegExp(`^shipit: shop\\.service: ${why}${JOURNAL}`, 'm')

      it('is content with a unit that stays active, whether it was reloaded, started again or started', async () => {
        await Promise.all([
          succeeds({ states: [RUNS, ANEW] }, STAYED),
          succeeds({ verb: 'reload', states: [RUNS, { ...RUNS, ActiveState: 'reloading' }, RUNS] }, STAYED),
          succeeds({ verb: 'reload-or-restart', states: [RUNS, RUNS] }, STAYED),
          succeeds({ verb: 'reload-or-restart', states: [DEAD, ANEW] }, STAYED),
          succeeds(
            { states: [{ ...RUNS, CanReload: 'no' }, { ...ANEW, ActiveState: 'activating' }, ANEW] },
            STAYED,
          ),
          // it was started again by itself, long ago
          succeeds({ verb: 'reload', states: [{ ...RUNS, NRestarts: '4' }] }, STAYED),
          succeeds({ states: [{ ...RUNS, NRestarts: '4' }, ANEW] }, STAYED),
          succeeds(
            {
              states: [
                { ...RUNS, NRestarts: '4' },
                { ...ANEW, NRestarts: '4' },
              ],
            },
            STAYED,
          ),
          // a moment without an answer
          succeeds({ states: [RUNS, ANEW, 'Failed to connect to bus', ANEW] }, STAYED),
        ])
      })

      it('fails where the unit ends, fails or has to be started again', async () => {
        const again = fault("it ended and was started again after 'systemctl restart'")
        await Promise.all([
          fails({ states: [RUNS, ANEW, { ...ANEW, InvocationID: 'c', NRestarts: '1' }] }, again),
          // before it was asked for the first time
          fails({ states: [RUNS, { ...ANEW, NRestarts: '1' }] }, again),
          fails(
            { states: [RUNS, ANEW, LOOPS] },
            fault('it did not stay active .* is activating \\(auto-restart, exit-code\\)'),
          ),
          fails(
            { states: [RUNS, LOOPS] },
            fault("it is not active 1 s after 'systemctl restart', but activating"),
          ),
          fails(
            { states: [RUNS, { ...ANEW, ActiveState: 'failed', SubState: 'failed' }] },
            fault('it failed after'),
          ),
          fails(
            { states: [RUNS, ANEW, DEAD] },
            fault('its program ended after .*inactive \\(dead, success\\)'),
          ),
          fails(
            { verb: 'reload', states: [RUNS, ANEW] },
            fault("it ended and was started again after 'systemctl reload'"),
          ),
        ])
      })

      it('fails where systemd says no more, also of a unit that was active', async () => {
        const mute = /^shipit: systemd no longer says what shop\.service is doing: Failed to connect to bus$/m
        await Promise.all([
          fails({ states: [RUNS, ANEW, 'Failed to connect to bus'] }, mute),
          fails(
            { states: [RUNS, 'Failed to connect to bus'], active: 1 },
            fault('it is not active 1 s after .*'),
          ),
        ])
      })

      it('knows a restart by its time, where systemd is older than ids and counts', async () => {
        const { NRestarts: _, InvocationID: __, CanReload: ___, ...old } = RUNS
        const anew = { ...old, ActiveEnterTimestampMonotonic: '200' }
        await Promise.all([
          succeeds({ states: [old, anew] }, STAYED),
          succeeds({ verb: 'reload', states: [old] }, STAYED),
          fails({ verb: 'reload', states: [old, anew] }, fault('it ended and was started again')),
        ])
      })

      it('waits for no unit that runs once, since systemctl did', async () => {
        const once: State = { ...DEAD, Type: 'oneshot' }
        await succeeds({ states: [once, once] }, /^shop\.service has run, and ended well$/m)
        await fails(
          { states: [once, { ...once, ActiveState: 'failed', Result: 'exit-code' }] },
          fault('it failed after'),
        )
      })

      it('says what systemctl could not do, and what to do about it', async () => {
        await Promise.all([
          fails({ status: 1, states: [RUNS] }, fault("'systemctl restart' failed with status 1")),
          fails({ status: 124, states: [RUNS] }, fault("'systemctl restart' did not end within 60 s")),
          fails(
            { status: 1, verb: 'reload', states: [DEAD] },
            fault('it is not running, .* reload-or-restart'),
          ),
        ])
      })

      it('waits as long as systemd begins nothing, since the unit was started too often', async () => {
        const over: State = { ...DEAD, ActiveState: 'failed', SubState: 'failed', Result: 'exit-code' }
        await succeeds({ refused: 2, states: [over, over, over, ANEW] }, STAYED)
        // it began, and ended
        await fails(
          { refused: 1, states: [over, { ...over, InvocationID: 'c' }, ANEW] },
          fault("'systemctl restart' failed with status 1"),
        )
      })

      it('does not begin where systemd does not know the unit, or cannot reload it', async () => {
        const before: [Case, RegExp][] = [
          [{ states: [{ ...DEAD, LoadState: 'not-found' }] }, /this host has no unit shop\.service: make it/],
          [{ states: [{ ...DEAD, LoadState: 'masked' }] }, /systemctl unmask shop\.service/],
          [
            { states: [{ ...DEAD, LoadState: 'bad-setting' }] },
            /\(bad-setting\): 'systemd-analyze verify shop\.service'/,
          ],
          [
            { verb: 'reload', states: [{ ...RUNS, CanReload: 'no' }] },
            /cannot be reloaded: give it ExecReload=/,
          ],
          [
            { states: ['Failed to connect to bus'] },
            /cannot ask systemd for shop\.service as deploybot \(Failed to connect/,
          ],
        ]
        await Promise.all(before.map(([each, said]) => fails({ ...each, status: 9 }, said)))
      })
    })
  }
})
