// What a build leaves on a real host, and whom it could serve: the short form of test/attacks/leftovers.test.ts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makeRunId } from '../../src/protocol/request.ts'
import { AttackedHost, CACHE, RUNNER } from '../attacks/support/attacked-host.ts'
import {
  BUILDER,
  findsKey,
  LEAVING_BUILDS,
  type LeavingBuild,
  leavingScript,
  leftBehind,
  openHost,
  WITH_KEY,
} from '../attacks/support/leaving-builds.ts'
import { isWhole } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'

const STEPS = `
  git(),
  make('html', { in: 'doc', out: '_build/html', as: 'build', timeout: 50 }),
  command(['sh', '-c', ${JSON.stringify(`! ${findsKey('of-alice')} && ! ${findsKey('planted-$ENV{SHIPIT_RUN}')}`)}], { name: 'no key', phase: 'prepare' }),
  rsync({ from: 'doc/_build/html/', to: '/var/codebase/doc/', delete: true }),
`
const PLACE = '/var/lib/shipit/build/codebase'

/** Whoever has it as /bin/dash, and runs it by this, has its owner's rights. */
const SETUID_BY_SOCKET = `python3 - <<'END'
import array, os, shutil, socket
shutil.copy('/bin/dash', 'b'); os.chmod('b', 0o4755)
fd = os.open('b', os.O_RDONLY); os.unlink('b')
s = socket.socket(socket.AF_UNIX); s.connect('${CACHE}/socket')
s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [fd, os.open(os.environ['HOME'] + '/..', os.O_RDONLY)]))])
s.recv(1)
END`

/** Passes its stderr and an open folder to whoever listens, and closes a path that is longer than the kernel takes. */
const PASSES_ON = `mkdir -p _build/html open; echo ok >_build/html/index.html; chmod 0777 open; python3 - <<'END'
import array, os, socket
s = socket.socket(socket.AF_UNIX); s.connect('${CACHE}/passed')
s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [2, os.open('open', os.O_RDONLY)]))])
s.recv(1)
for _ in range(20):
    os.mkdir('d' * 250); os.chdir('d' * 250)
os.mkdir('closed'); open('closed/f', 'w').close(); os.chmod('closed', 0)
END
`

// the sweep under another shell, too
const MODES = { 'in a view of its own': 'dash', 'where the host allows no namespaces': 'ash' } as const

for (const [mode, shell] of Object.entries(MODES)) {
  hostsSuite(`a build ${mode}`, { hosts: 1, diskSize: '1g', shell }, (lab) => {
    const host = new AttackedHost(lab, STEPS)
    /** The short form asks it of one mode. */
    const more = (name: string, run: () => Promise<void>) => {
      if (isWhole || mode === 'in a view of its own') test(name, run)
    }
    before(async () => {
      await host.prepare()
      await openHost(host)
      if (mode !== 'in a view of its own') await host.root('chmod 0700 /usr/bin/unshare')
      const names = Object.keys(LEAVING_BUILDS) as LeavingBuild[]
      // one without processes to spare would do nothing else, and a bomb takes all of the machine
      const greedy: LeavingBuild[] = ['a fork bomb', 'all the processes that it can have']
      await push('all', leavingScript(names.filter((name) => !greedy.includes(name))))
      await push('processes', leavingScript(['all the processes that it can have']))
      await push('socket', `mkdir -p _build/html; echo ok >_build/html/index.html\n${SETUID_BY_SOCKET}\n`)
      await push('passes', PASSES_ON)
      await push('slow', 'mkdir -p _build/html; sleep 3; cat index.rst >_build/html/index.html\n')
    })
    after(() => host.remove())

    async function push(branch: string, script: string): Promise<void> {
      const made = await lab.exec(
        'web1',
        `set -e; rm -rf /root/work; git clone -q -b master /srv/git/codebase.git /root/work; cd /root/work; git checkout -q -b evil/${branch}
        printf 'html:\\n\\t@sh leave.sh\\n' >doc/Makefile; cat >doc/leave.sh
        git add -A; git -c user.name=a -c user.email=a@b commit -qm evil; git push -q -f origin evil/${branch}`,
        { input: script },
      )
      assert.equal(made.status, 0, made.stderr)
    }

    async function deploy(branch: string): Promise<string> {
      const { status, stdout } = await host.alice(
        `${WITH_KEY} sudo -n -u deploybot ${RUNNER} 'deploy --run ${makeRunId()} --app codebase --branch ${branch} --back'`,
      )
      assert.equal(status, 0, stdout)
      return stdout
    }

    test('leaves nothing, whatever it tried', async () => {
      const said = await deploy('evil/all')
      assert.equal(await leftBehind(host), '')
      assert.equal(await host.root('ls /var/codebase/doc'), 'index.html', 'it sees no key of its caller')
      const planted = findsKey(`planted-${/"run":"([^"]+)"/.exec(said)?.[1]}`)
      const { stdout } = await lab.exec('web1', `${planted} && echo found || echo none`, { user: BUILDER })
      assert.equal(stdout, 'none\n', 'no key stays')
    })

    more('has a bound of processes, and leaves none', async () => {
      // 2,000 of them take a smaller machine all that it has, from the other tests too
      const bound = isWhole ? 2048 : 256
      const program = '/usr/local/libexec/shipit/build'
      await host.root(
        `cp -p ${program} /root/build; sed -i 's/^MAX_PROCESSES=2048$/MAX_PROCESSES=${bound}/' ${program}; grep -qx MAX_PROCESSES=${bound} ${program}`,
      )
      await deploy('evil/processes')
      assert.equal(await leftBehind(host), '')
      const made = Number(await host.root('cat /var/codebase/doc/made'))
      assert.ok(made > bound / 2 && made < bound, `${made} processes`)
      await host.root(`mv /root/build ${program}`)
      await deploy('master')
    })

    more('has a home in which it can write nothing', async () => {
      const home = await host.root(`getent passwd ${BUILDER} | cut -d : -f 6`)
      assert.equal(await host.root(`stat -c '%a %U' ${home}; ls -A ${home}`), '755 root')
    })

    more('works where no other account comes', async () => {
      assert.equal(await host.root(`stat -c '%a %U:%G' ${PLACE}`), `1770 root:${BUILDER}`)
      const running = deploy('evil/slow')
      await host.root(`until [ -d ${PLACE}/build/work/doc ]; do sleep 0.05; done; sleep 0.5`)
      assert.equal(await host.root(`stat -c '%a %U' ${PLACE}/build`), `700 ${BUILDER}`)
      const tried = await host.alice(
        `echo OWNED >>${PLACE}/build/work/doc/index.rst; mv ${PLACE}/build ${PLACE}/x; ls ${PLACE}; mkdir ${PLACE}/y`,
      )
      assert.equal(tried.stdout, '')
      await running
      assert.doesNotMatch(await host.root('cat /var/codebase/doc/index.html'), /OWNED/)
    })

    more('gives nobody its rights, nor a way into its place, by a descriptor', async () => {
      const receiver = host.alice(`rm -f ${CACHE}/socket; python3 - <<'END'
import array, os, socket, subprocess
s = socket.socket(socket.AF_UNIX); s.bind('${CACHE}/socket'); os.chmod('${CACHE}', 0o755); os.chmod('${CACHE}/socket', 0o777); s.listen()
peer, _ = s.accept()
fds = array.array('i')
for _, _, data in peer.recvmsg(1, socket.CMSG_SPACE(8))[1]: fds.frombytes(data)
peer.send(b'x'); peer.close()
print('received', len(fds))
print(subprocess.run(['/proc/self/fd/%d' % fds[0], '-p', '-c', 'id'], pass_fds=fds, capture_output=True, text=True).stdout)
try: print('OPENED', os.open('build', os.O_RDONLY, dir_fd=fds[1]))
except OSError: pass
try: print('MADE', os.mkdir('z', dir_fd=fds[1]))
except OSError: pass
END`)
      await host.root(`until [ -S ${CACHE}/socket ]; do sleep 0.05; done`)
      await deploy('evil/socket')
      const { stdout } = await receiver
      assert.match(stdout, /^received 2$/m)
      assert.doesNotMatch(stdout, /OPENED|MADE/)
      // without namespaces of its own a file that is open elsewhere can't be taken back (SECURITY.md)
      if (mode === 'in a view of its own') assert.doesNotMatch(stdout, new RegExp(BUILDER))
    })

    more(
      'ends, and lets others build, whoever holds its output or an open folder, and however deep its folders are',
      async () => {
        const holder = host.alice(`rm -f ${CACHE}/passed; python3 - <<'END'
import array, os, socket, time
s = socket.socket(socket.AF_UNIX); s.bind('${CACHE}/passed'); os.chmod('${CACHE}/passed', 0o777); s.listen()
peer, _ = s.accept()
fds = array.array('i')
for _, _, data in peer.recvmsg(1, socket.CMSG_SPACE(8))[1]: fds.frombytes(data)
os.umask(0o077); os.mkdir('mine', dir_fd=fds[1]); os.close(os.open('mine/f', os.O_CREAT | os.O_WRONLY, dir_fd=fds[1]))
peer.send(b'x')
while not os.path.exists('/tmp/let-go'): time.sleep(0.05)
try: os.write(fds[0], b'WRITTEN LATER\\n')
except OSError: print('closed')
END`)
        await host.root(`until [ -S ${CACHE}/passed ]; do sleep 0.05; done`)
        await host.root('rm -f /tmp/let-go')
        // they end while the output is still held
        await deploy('evil/passes')
        assert.match(await deploy('master'), /ask root to remove \S+\/left\.0/)
        await host.root(': >/tmp/let-go')
        assert.match((await holder).stdout, /^closed$/m)
        await host.root(`/usr/bin/rm -rf ${PLACE}/left.*`)
        assert.doesNotMatch(await deploy('master'), /left\.0/)
      },
    )

    if (mode === 'in a view of its own')
      test('is done without namespaces only where the host does not allow them', async () => {
        const unshare = (says: string) =>
          host.root(
            `[ -e /usr/bin/unshare.real ] || mv /usr/bin/unshare /usr/bin/unshare.real
          printf '#!/bin/sh\necho "unshare: unshare failed: ${says}" >&2; exit 1\n' >/usr/bin/unshare; chmod 755 /usr/bin/unshare`,
          )
        await unshare('No space left on device')
        const { status, stdout } = await host.alice(
          `sudo -n -u deploybot ${RUNNER} 'deploy --run ${makeRunId()} --app codebase --branch master --back'`,
        )
        assert.equal(status, 1, stdout)
        assert.match(stdout, /can no longer get its own view of the host: .*No space left/)
        await unshare('Operation not permitted')
        await deploy('master')
        await host.root('mv /usr/bin/unshare.real /usr/bin/unshare')
        await deploy('master')
      })
    else
      test('begins only where nobody else has the rights of its account', async () => {
        const program = '/usr/local/libexec/shipit/build'
        // looks that find the same each time
        if (!isWhole)
          await host.root(
            `sed -i 's/^END_TURNS=50$/END_TURNS=5/' ${program}; grep -qx END_TURNS=5 ${program}`,
          )
        // 117 is setresuid of one thread, on x86-64
        for (const keep of [
          ...(isWhole ? ['os.setresuid(-1, -1, os.getuid())'] : []),
          't = threading.Thread(target=time.sleep, args=(60,), daemon=True); t.start(); uid = os.getuid(); ctypes.CDLL(None).syscall(117, uid, uid, uid)',
        ]) {
          await host.root(`install -m 4755 -o ${BUILDER} /usr/bin/python3 ${CACHE}/borrowed; rm -f /tmp/held`)
          const holder = host.alice(
            `${CACHE}/borrowed -c 'import ctypes, os, threading, time; ${keep}; open("/tmp/held", "w"); time.sleep(60)'`,
          )
          await host.root(`until [ -e /tmp/held ]; do sleep 0.05; done`)
          const { status, stdout } = await host.alice(
            `sudo -n -u deploybot ${RUNNER} 'deploy --run ${makeRunId()} --app codebase --branch master --back'`,
          )
          assert.equal(status, 1)
          assert.match(
            stdout,
            /a process has this account's rights, and this account cannot end it: ask root to end \/proc\/\d+\/status/,
          )
          await host.root(`pkill -f ^${CACHE}/borrowed; rm -f ${CACHE}/borrowed`)
          await holder
        }
        await deploy('master')
      })
  })
}
