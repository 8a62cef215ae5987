// What steps leave read-only, or of other accounts, on a real host: it is gone after the run, and keeps nobody from going back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FaultHost } from '../faults/support/fault-host.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const STATE = '/var/lib/shipit/apps/codebase'
/** As a tool leaves it that writes a cache of modules. */
const VENDOR = `command(['sh', '-c', 'mkdir -p src/ro/x; echo 1 >src/ro/x/f; chmod -R a-w src/ro; chmod 0 src/ro/x/f; chmod 0444 src/ro/x/f'], { name: 'vendor', phase: 'prepare' }),`
const CHECK = "check('http://localhost/ok.txt', { retries: 0, onFailure: 'rollback' }),"

hostsSuite('removing what steps leave', { hosts: 1 }, (lab) => {
  let host: FaultHost
  before(async () => {
    host = await FaultHost.make(lab, 'web1')
    await host.sh('apachectl start; mkdir -p /var/codebase/doc; echo ok >/var/codebase/doc/ok.txt')
  })
  after(() => host.remove())

  const installed = async (steps: string) => {
    const project = new Project({ lab, hosts: ['web1'], steps: `git(), ${VENDOR} ${steps}` })
    after(() => project.remove())
    await project.install('web1')
    return project
  }
  const trees = () => host.sh(`find ${STATE}/tree -mindepth 1 -maxdepth 1`)

  test('a read-only folder keeps no host from going back by itself, and no tree stays', async () => {
    const project = await installed(
      `rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }), ${CHECK}`,
    )
    await host.push('master', 'echo 1 >src/version')
    const good = await project.shipit('deploy', 'production')
    assert.equal(good.status, 0, good.stdout + good.stderr)
    assert.equal(await trees(), '')
    await host.push('master', 'echo 2 >src/version')
    await host.sh('rm /var/codebase/doc/ok.txt')
    const bad = await project.shipit('deploy', 'production')
    assert.equal(bad.status, 1)
    assert.match(bad.stdout + bad.stderr, /the host went back by itself to run/)
    assert.equal(await host.sh('cat /var/codebase/src/version'), '1')
    assert.equal(await trees(), '')
    await host.sh('apachectl start; mkdir -p /var/codebase/doc; echo ok >/var/codebase/doc/ok.txt')
    assert.equal((await project.shipit('deploy', 'production')).status, 0)
    const back = await project.shipit('rollback', 'production', '--yes')
    assert.equal(back.status, 0, back.stdout + back.stderr)
  })

  test('the tree of a run that was killed goes with the next run; files of another account are named, and stay', async () => {
    const project = await installed("shell('exec hold prepare', { name: 'hold', phase: 'prepare' }),")
    await host.hold('prepare')
    const held = host.startIn(project, 'deploy', 'production')
    for (let tries = 0; !(await host.sh(`ls -d ${STATE}/tree/*/src/ro || :`)); tries++)
      assert.ok(tries < 1000)
    const tree = await host.sh(`ls -d ${STATE}/tree/* | grep -v home`)
    await host.sh(`mkdir ${tree}/theirs; echo x >${tree}/theirs/f; pkill -KILL -u deploybot`)
    await held.ended
    await host.release('prepare')
    const next = await project.shipit('deploy', 'production')
    assert.equal(next.status, 0, next.stdout + next.stderr)
    assert.match(next.stdout, /it has files of other accounts/)
    assert.match(next.stdout, /root .*\/theirs/)
    assert.equal(await host.sh(`find ${STATE}/tree -type f`), `${tree}/theirs/f`)
    await host.sh(`rm -rf ${tree}`)
  })

  test('releases with read-only folders are removed, half ones too, and can have shared paths in them', async () => {
    const project = await installed(
      "releases({ root: '/var/app', keep: 2, from: 'src/', shared: ['ro/logs'] }),",
    )
    for (const version of [3, 4, 5]) {
      await host.push('master', `echo ${version} >src/version`)
      const { status, stdout, stderr } = await project.shipit('deploy', 'production')
      assert.equal(status, 0, stdout + stderr)
      assert.doesNotMatch(stdout, /cannot remove/)
    }
    assert.equal(await host.sh('cat /var/app/current/version; ls /var/app/releases | wc -l'), '5\n2')
    assert.equal(await host.sh('readlink /var/app/current/ro/logs'), '../../../shared/ro/logs')
    // a step that fails in the middle of a release
    await host.sh('rm -rf /var/app/shared/ro; chown root /var/app/shared')
    assert.equal((await project.shipit('deploy', 'production')).status, 1)
    assert.equal(await host.sh('ls /var/app/releases | grep -F . || :'), '')
  })

  test('a build hands its folder back in place of a read-only one', async () => {
    const project = await installed(
      "shell('mkdir -p out/x; chmod 0555 out/x out', { name: 'before', phase: 'prepare' }), shell('chmod -R u+w out; rm -rf out; mkdir out; echo new >out/f', { as: 'build', out: 'out', name: 'build', phase: 'prepare' }), rsync({ from: 'out/', to: '/var/codebase/src/', delete: true }),",
    )
    const { status, stdout, stderr } = await project.shipit('deploy', 'production')
    assert.equal(status, 0, stdout + stderr)
    assert.equal(await host.sh('cat /var/codebase/src/f'), 'new')
    assert.equal(await trees(), '')
  })
})
