// What reaches a program that root runs for a recipe: nothing of the process that asked for it, whatever sudo's own settings are.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { command, git, root } from '../../src/recipe/steps.ts'
import { isWhole } from '../support/whole.ts'
import { InstalledHost, installScript, someConfig } from './support/install-kit.ts'
import { hostsSuite } from './support/lab.ts'

const RUNNER = '/usr/local/libexec/shipit/runner'
const SEEN = '/run/seen'
/** What the root step writes of itself, and the daemon that it leaves. */
const PROBE = `#!/bin/sh
{ env | grep -v ^SHLVL= | sort; umask; pwd; nice; cat /proc/self/oom_score_adj; grep -E '^(SigIgn|Cpus_allowed):' /proc/self/status
chrt -p $$ 2>/dev/null | sed -n 's/.*policy: //p'; grep -E '^Max (open files|locked memory|pending signals)' /proc/self/limits; id -u; } >${SEEN}
`
const CALL = `sudo -n -u deploybot ${RUNNER} "deploy --run $ID --app codebase --branch master"`

// by dash, root steps run in most of the other suites
for (const shell of isWhole ? (['dash', 'ash'] as const) : (['ash'] as const)) {
  hostsSuite(`a root step, by ${shell}`, { hosts: 1, shell }, (lab) => {
    const host = new InstalledHost(lab, 'web1')
    const config = someConfig({
      steps: [
        git(),
        command([
          'sh',
          '-c',
          'cat /proc/self/oom_score_adj >/tmp/step-oom; grep Cpus_allowed: /proc/self/status >/tmp/step-cpus',
        ]),
        root(['/usr/local/sbin/probe', 'start']),
      ],
    })
    let atRest = ''
    const deploy = async (before: string, call = CALL) => {
      const id = makeRunId()
      await host.sh(`rm -f ${SEEN} /tmp/step-*`)
      return lab.exec('web1', `export ID=${id}; ${before}${call}`, { user: 'alice' })
    }

    before(async () => {
      await lab.scenario('web1')
      await lab.output(
        'web1',
        ['/bin/sh', '-c', 'cat >/usr/local/sbin/probe; chmod 755 /usr/local/sbin/probe'],
        { input: PROBE },
      )
      // the worst that an administrator could have set
      await host.sh(
        `sed -i '/secure_path/d; /env_reset/d' /etc/sudoers; cat >/etc/sudoers.d/10-worst <<'END'
Defaults !env_reset
Defaults env_keep += "PATH TMPDIR PYTHONPATH LD_PRELOAD LD_LIBRARY_PATH"
Defaults env_check += "LD_AUDIT"
Defaults runchroot=*, runcwd=*
END`,
      )
      await host.does(installScript(config))
      const { status, stdout, stderr } = await deploy('')
      assert.equal(status, 0, stdout + stderr)
      atRest = await host.sh(`cat ${SEEN}`)
    })

    test('has an environment, a folder, a umask and signals of its own', () => {
      const [environment = '', rest = ''] = atRest.split(/(?=^0022$)/m)
      assert.deepEqual(
        environment
          .trim()
          .split('\n')
          .map((line) => line.replace(/=.*/, '')),
        ['HOME', 'LOGNAME', 'PATH', 'PWD', 'SHELL', 'USER'],
      )
      assert.match(environment, /^PATH=\/usr\/sbin:\/usr\/bin:\/sbin:\/bin$/m)
      assert.match(rest, /^0022\n\/\n0\n0\n/)
      assert.match(rest, /^SigIgn:\t0+$/m)
    })

    test('is the same whatever its caller was like', async () => {
      for (const before of [
        'mkdir -p /tmp/pp; for name in id timeout env sh renice prlimit taskset; do printf "#!/bin/sh\\ntouch /run/planted /tmp/planted\\n" >/tmp/pp/$name; chmod 755 /tmp/pp/$name; done; export PATH=/tmp/pp:$PATH; /usr/bin/',
        'export TMPDIR=/nope PYTHONPATH=/tmp ENV=/tmp/pp/id FOO=bar LC_ALL=xx; ',
        "trap '' HUP INT TERM PIPE USR1; umask 777; cd /tmp; ",
        'echo 1000 >/proc/self/oom_score_adj; ',
        'taskset -p 1 $$ >/dev/null; ulimit -S -n 300; ',
      ]) {
        const { status, stdout, stderr } = await deploy(before)
        assert.equal(status, 0, `${before}\n${stdout}${stderr}`)
        assert.equal(await host.sh(`cat ${SEEN}`), atRest, before)
        assert.equal(await host.sh('ls /run/planted /tmp/planted 2>/dev/null; true'), '', before)
        assert.equal(await host.sh('cat /tmp/step-oom'), '0', before)
        assert.equal(
          await host.sh('sed -n "s/.*:.//p" /tmp/step-cpus'),
          /Cpus_allowed:\t(\S+)/.exec(atRest)?.[1],
          before,
        )
      }
    })

    test('a caller whose state cannot be undone is refused before anything is done', async () => {
      for (const [before, said] of [
        ['nice -n 5 ', /refused: called with a low priority \(nice\)/],
        ['chrt -i 0 ', /refused: called with a low-priority scheduling policy/],
        ['chrt -b 0 ', /refused: called with a low-priority scheduling policy/],
        ['ulimit -l 8; ', /refused: called with a limit \(ulimit -l\)/],
        ['ulimit -i 5; ', /refused: called with a limit \(ulimit -i\)/],
        ['ulimit -q 0; ', /refused: called with a limit \(ulimit -q\)/],
      ] as const) {
        const call = before.startsWith('ulimit') ? `bash -c '${before}${CALL}'` : before + CALL
        const { status, stderr } = await deploy('', call)
        assert.equal(status, 77, before)
        assert.match(stderr, said)
        assert.equal(await host.sh(`ls ${SEEN} 2>/dev/null; true`), '')
      }
    })

    // SELinux forbids the same to a person's processes on some systems (execmem); an older kernel lets it pass
    test('and a whole deploy need no memory that is written and executed', async () => {
      const forbid =
        'import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0); os.execvp(sys.argv[1], sys.argv[1:])'
      const { status, stdout, stderr } = await deploy('', `python3 -c '${forbid}' ${CALL}`)
      assert.equal(status, 0, stdout + stderr)
    })

    test('is run in no root folder, and with no library, of its caller’s', async () => {
      const root = '/usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/local/sbin/probe start'
      const runner = '-u deploybot /usr/local/libexec/shipit/runner hello'
      for (const [user, command] of [
        ['alice', runner],
        ['deploybot', root],
      ] as const) {
        // what would be loaded says so by failing
        const planted = `mkdir -p /tmp/lib; [ -e /tmp/lib/libc.so.6 ] || : >/tmp/lib/libc.so.6; export PATH=/usr/bin:/bin; `
        for (const words of [
          ...['LD_LIBRARY_PATH=/tmp/lib', 'LD_PRELOAD=/tmp/lib/libc.so.6', 'LD_AUDIT=/tmp/lib/libc.so.6'],
          ...['-R /tmp', '-D /tmp', '-E'],
        ]) {
          const { status, stdout, stderr } = await lab.exec('web1', `${planted}sudo -n ${words} ${command}`, {
            user,
          })
          assert.doesNotMatch(stdout + stderr, /libc\.so\.6/, words)
          if (words !== '-E')
            assert.match(stderr, /not (?:allowed|permitted) to/, `${user} ${words}: ${status} ${stdout}`)
        }
      }
    })

    test('deploybot itself can hand nothing on, and runs nothing else', async () => {
      const line = '/usr/bin/timeout -k 5 60 /usr/local/sbin/probe start'
      const asDeploybot = (text: string) => lab.exec('web1', text, { user: 'deploybot' })
      const good = await asDeploybot(
        `PATH=/tmp/pp:$PATH /usr/bin/nice -n 9 /usr/bin/sudo -n -- /usr/local/libexec/shipit/as-root ${line}`,
      )
      assert.equal(good.status, 0, good.stderr)
      assert.equal(await host.sh(`cat ${SEEN}`), atRest)
      for (const words of [
        line,
        `/usr/local/libexec/shipit/as-root /usr/bin/id`,
        '/usr/local/libexec/shipit/as-root',
        `/usr/local/libexec/shipit/as-root ${line} x`,
      ]) {
        assert.notEqual((await asDeploybot(`/usr/bin/sudo -n -- ${words}`)).status, 0, words)
      }
      assert.equal((await asDeploybot(`/usr/local/libexec/shipit/as-root ${line}`)).status, 77)
    })
  })
}
