// Rollback on a real host: which run it goes back to, whatever became of the branch, the recipe and the right to deploy.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { FaultHost } from '../faults/support/fault-host.ts'
import { isWhole } from '../support/whole.ts'
import { hostsSuite } from './support/lab.ts'
import { Project } from './support/project.ts'

const STEPS = `
    git(),
    rsync({ from: 'src/', to: '/var/codebase/src/', delete: true }),
    shell('test ! -e src/bad', { name: 'good' }),
`

hostsSuite('rollback', { hosts: 1 }, (lab) => {
  let host: FaultHost
  before(async () => {
    host = await FaultHost.make(lab, 'web1', { steps: STEPS })
  })
  after(() => host.remove())

  const live = () => host.sh('cat /var/codebase/src/version')
  const deploy = async (version: number, isGood = true) => {
    await host.push('master', `echo ${version} >src/version; ${isGood ? 'rm -f' : 'touch'} src/bad`)
    const { status, stdout } = await host.project.shipit('deploy', 'production')
    assert.equal(status, isGood ? 0 : 1, stdout)
    assert.equal(await live(), String(version))
  }
  const rollback = (project = host.project, ...words: string[]) =>
    project.shipit('rollback', 'production', '--yes', ...words)

  // test/remote/rollback.test.ts has the long row in the short form too
  const row = isWhole ? [true, true, false, true, false] : [true, false, true]
  const ways = isWhole ? ['4', '2', '1'] : ['1']
  test(`after ${row.map((isGood) => (isGood ? 'good' : 'bad')).join(', ')} it picks the right one each time, and says so when there is none`, async () => {
    for (const [index, isGood] of row.entries()) await deploy(index + 1, isGood)
    for (const version of ways) {
      const { status, stdout } = await rollback()
      assert.equal(status, 0, stdout)
      assert.equal(await live(), version)
    }
    const none = await rollback()
    assert.equal(none.status, 66)
    assert.match(none.stderr, /web1 has no good run before the live one/)
  })

  test('after a force-push it goes to a commit that the repository has no more', async () => {
    await deploy(6)
    await deploy(7)
    await host.sh(`set -e; work=$(mktemp -d); cd $work; git init -q -b master .; mkdir src; echo other >src/version
      /usr/bin/git add -A; /usr/bin/git -c user.name=a -c user.email=a@b commit -qm other
      /usr/bin/git --git-dir /srv/git/codebase.git config receive.denyNonFastForwards false
      /usr/bin/git push -q -f /srv/git/codebase.git master
      /usr/bin/git --git-dir /srv/git/codebase.git reflog expire --expire=now --all
      /usr/bin/git --git-dir /srv/git/codebase.git gc -q --prune=now`)
    assert.equal((await rollback()).status, 0)
    assert.equal(await live(), '6')
  })

  test("after a change of the recipe it says so, and runs today's steps", async () => {
    const changed = new Project({
      lab,
      hosts: ['web1'],
      steps: `${STEPS} shell('echo a new step', { name: 'new' }),`,
    })
    await changed.install('web1')
    assert.equal((await changed.shipit('deploy', 'production')).status, 0)
    const target = (await changed.shipit('history', '--json')).stdout
    assert.match(target, /"run":/)
    const back = await rollback(changed)
    assert.equal(back.status, 0, back.stdout)
    assert.equal(await live(), '6')
    assert.match(back.stdout, /a new step/)
    assert.match(back.stderr, /recipe has changed/)
    await host.project.install('web1')
    changed.remove()
  })

  test('whoever may not deploy the ref of the target is refused', async () => {
    await host.push('secret', 'echo 8 >src/version')
    const policy = {
      lab,
      hosts: ['web1'],
      steps: STEPS,
      allow:
        "[{ group: 'deployers', branches: ['*'], verbs: ['deploy', 'rollback'] }, { group: 'juniors', branches: ['master'], verbs: ['deploy', 'rollback'] }]",
    }
    const alice = new Project(policy)
    const bob = new Project({ ...policy, user: 'bob' })
    await host.sh('groupadd juniors; gpasswd -d bob deployers; gpasswd -a bob juniors')
    // as a directory may call one: it is another group than deployers
    await host.sh("echo 'dns deployers:x:4999:bob' >>/etc/group")
    await alice.install('web1')
    assert.equal((await alice.shipit('deploy', 'production', '--branch', 'secret')).status, 0)
    const forbidden = await bob.shipit('deploy', 'production', '--branch', 'secret')
    assert.equal(forbidden.status, 77, forbidden.stdout)
    assert.equal((await bob.shipit('deploy', 'production', '--back')).status, 0)
    const published = await live()
    const refused = await rollback(bob)
    assert.equal(refused.status, 77, refused.stdout)
    assert.equal(await live(), published)
    assert.notEqual(published, '8')
    assert.equal((await rollback(alice)).status, 0)
    assert.equal(await live(), '8')
    // nor may bob leave what he could not have deployed, though he could go to where he would
    const masters = (await bob.shipit('history', '--json')).stdout.match(/"run":"[^"]*"[^\n]*"master"/g) ?? []
    const named = /[0-9TZ]{16}-[0-9a-f]{16}/.exec(masters[0] ?? '')?.[0] ?? ''
    assert.match(named, /^\d/)
    for (const words of [[], ['--to', named]]) {
      const kept = await rollback(bob, ...words)
      assert.equal(kept.status, 77, kept.stdout)
      assert.match(kept.stdout + kept.stderr, /does not allow you to roll back what is live/)
    }
    assert.equal(await live(), '8')
    assert.doesNotMatch(
      await host.sh('cd /var/lib/shipit/apps/codebase; cat live; ls -d runs/$(cut -d " " -f 4 live)/*'),
      /bad/,
    )
    alice.remove()
    bob.remove()
  })
})
