// What people with an ordinary shell on a host do to the runs of others: ids that they see, requests that wait, and what a process
// hands on that is no limit and no variable.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeRunId } from '../../src/protocol/request.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const RUNNER = 'sudo -n -u deploybot -- /usr/local/libexec/shipit/runner'
const STEPS = `git(), make('html', { in: 'doc', out: '_build/html', as: 'build' }),
    rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }), root(['/usr/bin/true']),`

/** prctl(2) OPTION VALUE, and then the words as a command; a parent that waits for no child where it says so. */
const PRCTL = `import ctypes, os, sys, time
ctypes.CDLL(None).prctl(int(sys.argv[1]), ctypes.c_ulong(int(sys.argv[2])), 0, 0, 0)
if sys.argv[3] != '0' and os.fork():
    time.sleep(float(sys.argv[3]))
    sys.exit()
os.execvp(sys.argv[4], sys.argv[4:])
`
const untilMade = (file: string) => `until [ -e ${file} ]; do sleep 0.05; done`
const TIMER_SLACK = 29
const CHILD_SUBREAPER = 36
const THP_DISABLE = 41

hostsSuite('people with a shell on a host', { hosts: 1 }, (lab) => {
  const wide = new Project({ lab, hosts: ['web1'], steps: STEPS })
  const narrow = new Project({
    lab,
    hosts: ['web1'],
    steps: STEPS,
    allow: "[{ group: 'deployers', branches: ['master'] }]",
  })
  before(async () => {
    await lab.scenario('web1')
    await wide.install('web1')
    await lab.output('web1', ['/bin/sh', '-c', 'cat >/usr/local/bin/prctl.py'], { input: PRCTL })
  })
  after(() => {
    wide.remove()
    narrow.remove()
  })
  const as = (user: string, command: string) => lab.exec('web1', command, { user })
  const deploy = (id: string, branch = 'master') => `deploy --run ${id} --app codebase --branch ${branch}`

  test('begin no run that another person’s client takes for its own', async () => {
    const id = makeRunId()
    assert.equal((await as('alice', `${RUNNER} '${deploy(id, 'x')}'`)).status, 0)
    for (const request of [deploy(id, 'x'), deploy(id), `rollback --run ${id} --app codebase`]) {
      const { status, stdout } = await as('bob', `${RUNNER} '${request}'`)
      assert.equal(status, 76, stdout)
      assert.match(stdout, /"reason":"used"/)
      assert.doesNotMatch(stdout, /"event":"outcome"/)
    }
    // nor their own of another request, and the same one finds its run
    assert.equal((await as('alice', `${RUNNER} '${deploy(id)}'`)).status, 76)
    assert.match((await as('alice', `${RUNNER} '${deploy(id, 'x')}'`)).stdout, /"outcome":"succeeded"/)
  })

  test('begin nothing by a request that has waited while root took it from the policy', async () => {
    const id = makeRunId()
    const waiting = as(
      'alice',
      `{ ${untilMade('/tmp/is-narrow')}; echo begin now; } | ${RUNNER} '${deploy(id, 'x')} --ask'; echo "status $?"`,
    )
    await sleep(1000)
    await narrow.install('web1')
    await lab.output('web1', ': >/tmp/is-narrow')
    assert.match((await waiting).stdout, /"reason":"policy"[\s\S]*status 77/)
    assert.equal(
      await lab.output('web1', `ls /var/lib/shipit/apps/codebase/runs/${id} 2>/dev/null; true`),
      '',
    )
    await wide.install('web1')
  })

  test('hand on no timer slack, personality or other state of a process', async () => {
    const slow = await as(
      'alice',
      `python3 /usr/local/bin/prctl.py ${TIMER_SLACK} 1000000000000000 0 ${RUNNER} '${deploy(makeRunId())}'`,
    )
    assert.equal(slow.status, 0, slow.stdout + slow.stderr)
    for (const [before, said] of [
      ['setarch i686 ', 'another personality'],
      [`python3 /usr/local/bin/prctl.py ${THP_DISABLE} 1 0 `, 'huge pages switched off'],
    ]) {
      const { status, stderr } = await as('alice', `${before}${RUNNER} '${deploy(makeRunId())}'`)
      assert.deepEqual([status, stderr.includes(`refused: called with ${said}`)], [77, true], stderr)
      const root = await as(
        'deploybot',
        `${before}sudo -n -- /usr/local/libexec/shipit/as-root /usr/bin/timeout -k 5 60 /usr/bin/true`,
      )
      assert.equal(root.status, 77, before)
    }
  })

  test('keep neither builds nor an uninstall from going on by processes that have ended', async () => {
    await lab.output(
      'web1',
      `set -e; git clone -q -b master /srv/git/codebase.git /root/work; cd /root/work
      printf 'html:\\n\\t@mkdir -p _build/html; (setsid sleep 100 &)\\n' >doc/Makefile
      git add -A; git -c user.name=a -c user.email=a@b commit -qm leave; git push -q origin master:leave`,
    )
    const id = makeRunId()
    const unreaped = as(
      'alice',
      `python3 /usr/local/bin/prctl.py ${CHILD_SUBREAPER} 1 60 ${RUNNER} '${deploy(id, 'leave')}'`,
    )
    await lab.output('web1', untilMade(`/var/lib/shipit/apps/codebase/runs/${id}/ended`))
    assert.match(
      await lab.output('web1', 'ps -e -o stat=,user= | grep ^Z || true'),
      /build-codebase|deploybot/,
    )
    const { status, stdout } = await as('bob', `${RUNNER} '${deploy(makeRunId())}'`)
    assert.equal(status, 0, stdout)
    // what it has not waited for is then init's
    await lab.output('web1', "pkill -f 'prctl[.]py'")
    await unreaped
  })

  test('hold up no install, and leave no access list behind', async () => {
    const held = as('alice', `flock -n /etc/sudoers.d sh -c '${untilMade('/tmp/is-checked')}'`)
    await sleep(300)
    assert.equal(
      await lab.output('web1', ['sh', '-s', '--', '--check'], { input: wide.installScript() }),
      'check: nothing differs',
    )
    await lab.output('web1', ': >/tmp/is-checked')
    await held
    const number = (await lab.output('web1', 'id -u deploybot')).trim()
    await as(
      'deploybot',
      `setfacl -m default:other::rwx,default:user:${number}:rwx,user:${number}:rwx /var/codebase/src`,
    )
    await lab.output('web1', ['sh', '-s', '--', '--uninstall'], { input: wide.installScript() })
    const list = await lab.output(
      'web1',
      'getfacl -np /var/codebase/src; umask 022; : >/var/codebase/src/new; stat -c %A /var/codebase/src/new',
    )
    assert.doesNotMatch(list, /default:|user:\d/)
    assert.match(list, /^-rw-r--r--$/m)
  })
})
