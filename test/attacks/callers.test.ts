// Alice calls the runner herself, with every limit, signal and descriptor that sudo hands on. Either nothing happens at all, or
// a whole deploy with both of its lines in the history.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { makeRunId } from '../../src/protocol/request.ts'
import { hostsSuite, type RunResult } from '../hosts/support/lab.ts'
import { AttackedHost, RUNNER, STATE } from './support/attacked-host.ts'
import { HARMLESS, REFUSED } from './support/odd-callers.ts'

const LOCK = '/etc/shipit/apps/codebase/lock'
const SIGNALS = [
  'HUP',
  'INT',
  'QUIT',
  'ABRT',
  'KILL',
  'USR1',
  'USR2',
  'PIPE',
  'ALRM',
  'TERM',
  'STOP',
  'TSTP',
  'TTIN',
  'SEGV',
  'XCPU',
  'XFSZ',
  'VTALRM',
  'SYS',
]

hostsSuite('odd callers of the runner', { hosts: 1 }, (lab) => {
  const host = new AttackedHost(
    lab,
    `git(), rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }), shell('sleep 0.4', { name: 'last' })`,
  )
  before(async () => {
    await host.prepare()
    await host.root('git --git-dir /srv/git/codebase.git branch release/1 x')
  })
  after(() => host.remove())

  const live = () => host.root('cat /var/codebase/src/webcode.py 2>/dev/null | sed -n 2p')

  /** Calls, waits until the host is quiet, and says what came of it. It asks for the branch that is not live, so that a deploy shows. */
  async function call(
    script: string,
  ): Promise<{ run: string; result: RunResult; lines: string[]; changed: boolean }> {
    const run = makeRunId()
    const [before, liveBefore] = [await host.history(), await live()]
    const branch = liveBefore.includes('branch master') ? 'release/1' : 'master'
    const command = script
      .replaceAll('CALL', `sudo -n -u deploybot ${RUNNER} "$REQUEST"`)
      .replaceAll('RUNNER', RUNNER)
    const result = await lab.exec(
      'web1',
      [
        '/bin/bash',
        '-c',
        `export REQUEST='deploy --run ${run} --app codebase --branch ${branch} --back'; ${command}`,
      ],
      { user: 'alice', timeoutMs: 30_000 },
    )
    // who is stopped before it could say that it won't be stays there, and holds nothing
    await host.root(
      `i=0; until flock -n ${LOCK} true && ! pgrep -u deploybot -r R,S,D >/dev/null; do sleep 0.1; i=$((i + 1)); [ $i -lt 300 ] || exit 1; done; pkill -KILL -u deploybot || true`,
    )
    const history = await host.history()
    assert.ok(history.startsWith(before), 'the history only grows')
    const liveNow = await live()
    const changed = liveNow !== liveBefore
    if (changed) assert.match(liveNow, branch === 'master' ? /of branch master/ : /of branch x/)
    return { run, result, lines: history.slice(before.length).split('\n').filter(Boolean), changed }
  }

  test('a deploy by the book', async () => {
    const { result, lines, changed } = await call('CALL')
    assert.deepEqual([result.status, lines.length, changed], [0, 2, true], result.stdout + result.stderr)
  })

  describe('is refused with', () => {
    for (const [name, script] of Object.entries(REFUSED)) {
      test(name, async () => {
        const { result, lines, changed } = await call(script)
        assert.notEqual(result.status, 0)
        assert.deepEqual([lines, changed], [[], false])
      })
    }
  })

  describe('deploys as a whole, or not at all, with', () => {
    for (const [name, script] of Object.entries(HARMLESS)) {
      test(name, async (t) => {
        const { lines, changed, result } = await call(script)
        t.diagnostic(`${name}: ${lines.length === 0 ? `refused with ${result.status}` : 'deployed'}`)
        assert.equal(lines.length === 0, !changed, lines.join('\n') + result.stderr)
        if (lines.length > 0) {
          assert.equal(lines.length, 2)
          assert.match(lines[0] ?? '', /"event":"run".*"user":"alice"/)
          assert.match(lines[1] ?? '', /"outcome":"succeeded"/, result.stdout)
        }
      })
    }
  })

  describe('a run goes on to its end when its sudo gets', () => {
    for (const signal of SIGNALS) {
      test(signal, async () => {
        const { lines, changed } = await call(
          `CALL >/tmp/said 2>&1 & call=$!; until grep -q '"event":"step"' /tmp/said; do sleep 0.02; done; kill -${signal} $call; sleep 0.2; pkill -${signal} -u alice -x sudo; sleep 0.2; kill -CONT $call 2>/dev/null; kill -KILL $call 2>/dev/null; wait; rm -f /tmp/said`,
        )
        assert.equal(lines.length, 2, lines.join('\n'))
        assert.match(lines[1] ?? '', /"outcome":"succeeded"/)
        assert.equal(changed, true)
      })
    }
  })

  for (const [what, kill] of Object.entries({ killed: 'kill -KILL', 'stopped, then killed': 'kill -TSTP' })) {
    test(`${what} at any moment of its beginning, a call leaves a deploy with its history, or nothing, and no lock`, async () => {
      for (let delayMs = 0; delayMs <= 120; delayMs += 6) {
        const { run, lines, changed } = await call(
          `CALL >/dev/null 2>&1 & call=$!; sleep ${delayMs / 1000}; ${kill} $call; sleep 0.05; pkill -KILL -u alice -x sudo; kill -KILL $call; wait; true`,
        )
        const starts = lines.filter((line) => line.includes('"event":"run"'))
        const folder = await host.root(`ls ${STATE}/runs | grep -c ${run} || true`)
        assert.ok(lines.length === 0 || lines.length === 2, `${delayMs} ms: ${lines.join('\n')}`)
        assert.equal(
          changed,
          lines.some((line) => line.includes('succeeded')),
        )
        assert.ok(!changed || starts.length === 1)
        assert.equal(folder, lines.length === 0 ? '0' : '1')
      }
    })
  }

  test('a run whose head was killed keeps the lock from nobody, also where its caller is the parent and never waits for it', async () => {
    const run = makeRunId()
    const deploy = `deploy --run ${run} --app codebase --branch master --back`
    // PR_SET_CHILD_SUBREAPER: what lost its parent is this process's
    const adopting = host.alice(`exec python3 -c '
import ctypes, subprocess, time
ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
subprocess.Popen(["sudo", "-n", "-u", "deploybot", "${RUNNER}", "${deploy}"])
time.sleep(50)' >/dev/null 2>&1`)
    const folder = `${STATE}/runs/${run}`
    await host.root(
      `until [ -s ${folder}/watch ] && [ -s ${folder}/step.100001 ]; do sleep 0.02; done; kill -KILL "$(cut -d ' ' -f 1 ${folder}/session)"`,
    )
    const ask = `sudo -n -u deploybot ${RUNNER} 'status --app codebase'`
    const { stdout } = await host.alice(
      `for turn in $(seq 60); do said=$(${ask}); case $said in *'"lock":"free"'*'"outcome"'*) break ;; esac; sleep 0.2; done; printf '%s' "$said"`,
    )
    await host.root('pkill -x -u alice python3')
    await adopting
    assert.match(stdout, /"lock":"free"/)
    assert.match(stdout, new RegExp(`"run":"${run}","outcome":"interrupted"`))
  })

  describe('a deploy that asks, while it waits for its word,', () => {
    /** Starts one for alice; the word is sent when /tmp/word is there. What it says is in /tmp/asked. */
    const asks = (words = '', user = 'alice', run = makeRunId()) =>
      lab.exec(
        'web1',
        `{ until [ -e /tmp/word ]; do sleep 0.05; done; cat /tmp/word; } |
        sudo -n -u deploybot ${RUNNER} 'deploy --run ${run} --app codebase --branch master --back${words} --ask' >/tmp/asked 2>&1; echo $?`,
        { user, timeoutMs: 60_000 },
      )
    const isReady = () => host.root('until grep -q ready /tmp/asked 2>/dev/null; do sleep 0.05; done')
    const say = (word: string) =>
      host.root(`echo ${word} >/tmp/new; chmod 644 /tmp/new; mv /tmp/new /tmp/word`)

    test('holds up nobody, and gives its stdin to no program but the one that reads the word', async () => {
      const waiting = asks()
      await isReady()
      const readers = await host.root(
        `for p in $(pgrep -u deploybot); do for fd in /proc/$p/fd/*; do case $(readlink $fd) in pipe:*) [ "\${fd##*/}" -le 2 ] || echo "$(cat /proc/$p/comm)"; esac; done; done | sort -u`,
      )
      assert.equal(readers, 'runner')
      const before = await host.history()
      const beside = await host.alice(
        `sudo -n -u deploybot ${RUNNER} 'deploy --run ${makeRunId()} --app codebase --branch master --back'`,
      )
      assert.equal(beside.status, 0, beside.stdout)
      assert.equal((await host.history()).slice(before.length).trim().split('\n').length, 2)
      await say('begin')
      assert.equal((await waiting).stdout.trim(), '77')
      await host.root('rm /tmp/word /tmp/asked')
    })

    test('has its id for itself: nobody else uses it up, or waits with it', async () => {
      const run = makeRunId()
      const others = (words: string) =>
        lab.exec('web1', `sudo -n -u deploybot ${RUNNER} '${words}' </dev/null`, { user: 'bob' })
      await host.root('gpasswd -a bob deployers >/dev/null')
      const waiting = asks('', 'alice', run)
      await isReady()
      for (const words of [' --branch nothing', ' --branch nothing --ask', ' --branch nothing --wait']) {
        const { status, stdout } = await others(`deploy --run ${run} --app codebase${words}`)
        assert.deepEqual([status, /"reason":"(.*?)"/.exec(stdout)?.[1]], [77, 'policy'], words)
        const allowed = words.replace('nothing', 'release/nothing')
        const used = await others(`deploy --run ${run} --app codebase${allowed}`)
        assert.deepEqual([used.status, /"reason":"(.*?)"/.exec(used.stdout)?.[1]], [76, 'used'], allowed)
      }
      await say('begin now')
      assert.equal((await waiting).stdout.trim(), '0')
      await host.root('gpasswd -d bob deployers >/dev/null; rm /tmp/word /tmp/asked')
    })

    test('is judged anew after it: who was taken out of the group learns nothing, and gets no place in the line', async () => {
      const waiting = asks(' --wait')
      await isReady()
      await host.root('gpasswd -d alice deployers >/dev/null')
      // so long it goes by the groups that it has read (FRESH_MS)
      await setTimeout(11_000)
      await host.root(`flock ${LOCK} sleep 3 >/dev/null 2>&1 &`)
      await say('begin now')
      assert.equal((await waiting).stdout.trim(), '77')
      const said = await host.root('sed 1,/ready/d /tmp/asked')
      assert.match(said, /"reason":"policy"/)
      assert.doesNotMatch(said, /locked|holder|inLine/)
      assert.equal(await host.root(`ls ${STATE}/line 2>/dev/null || true`), '')
      await host.root(`gpasswd -a alice deployers >/dev/null; flock ${LOCK} true`)
    })
  })
})
